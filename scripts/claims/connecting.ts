/**
 * What is told when there is no connection. No query leaves the machine.
 */
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { connect } from "node:net"
import { setTimeout as pause } from "node:timers/promises"
import { type Claim, each, failed, isWorkerd, told } from "./claim.ts"
import { child } from "./clients.ts"
import type { Ask } from "./send.ts"
import { refusing } from "./server.ts"

// A label has 63 characters at most: a resolver refuses a longer one without asking anybody.
const noName = `http://${"a".repeat(64)}.example/`
const unasked = "http://snaptrade.example/"
// An address of the range for documentation.
const noRoute = "http://192.0.2.1/"

const withoutNetwork = ["unshare", "--net", "--map-root-user"]

/** What a client says in a namespace of its own, which has no network at all. */
const alone = async (name: "undici" | "Node fetch" | "Bun", ask: Ask): Promise<string> => {
  const client = await child(name, withoutNetwork)
  const answer = failed(await client.send(ask))
  await client.stop()
  return answer
}

// It listens, and then never comes to accept.
const neverAccepting = `require("net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, function () {
  require("fs").writeSync(1, String(this.address().port))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`

/** An address that never answers, since its queue is full. */
const unanswering = async () => {
  const listener = spawn(process.execPath, ["-e", neverAccepting], { stdio: ["ignore", "pipe", "inherit"] })
  const [said] = await once(listener.stdout, "data")
  const port = Number(said)
  const queue = Array.from({ length: 4 }, () => connect(port, "127.0.0.1").on("error", () => {}))
  await pause(200)
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of queue) socket.destroy()
      listener.kill("SIGKILL")
      await once(listener, "exit")
    }
  }
}

export const connecting: ReadonlyArray<Claim> = [
  {
    claim: "A refused connection is `ECONNREFUSED`, on workerd “Network connection lost”",
    measure: async (clients) => {
      const url = await refusing()
      const answers = await each(clients, async (client) => failed(await client.send({ url })))
      const holds = [...answers].map(([name, answer]) =>
        isWorkerd({ name }) ? answer.startsWith("Network connection lost") : answer === "ECONNREFUSED"
      )
      return { holds, measured: told(answers) }
    }
  },
  {
    claim: "A connect that never ends is ended by undici's own timeout, and by nothing that can be known on Bun",
    measure: async (clients) => {
      await using address = await unanswering()
      const ask = { url: address.url, timeout: 12_000 }
      const answers = new Map(
        await Promise.all(clients.map(async (client) => [client.name, failed(await client.send(ask))] as const))
      )
      return {
        holds: [answers.get("undici") === "UND_ERR_CONNECT_TIMEOUT", answers.get("Bun") === "TimeoutError"],
        measured: `within 12 s: ${told(answers)}`
      }
    }
  },
  {
    claim: "A name that is not found is `ENOTFOUND` on Node and Bun",
    measure: async (clients) => {
      const answers = await each(clients, async (client) =>
        failed(await client.send({ url: noName })).replace(/reference = .*/, "…")
      )
      const holds = [...answers].filter(([name]) => !isWorkerd({ name })).map(([, answer]) => answer === "ENOTFOUND")
      return { holds, measured: `${told(answers)}. By a label of 64 characters, which is looked up nowhere` }
    }
  },
  {
    claim: "A network that cannot be reached is `ENETUNREACH` on Bun",
    measure: async () => {
      const [program = "", ...args] = withoutNetwork
      if (spawnSync(program, [...args, "true"]).status !== 0) {
        return { holds: [], measured: "not measured: this machine gives no namespace without a network" }
      }
      const runtimes = ["undici", "Node fetch", "Bun"] as const
      const tell = async (url: string) => {
        const answers = new Map<string, string>()
        for (const name of runtimes) answers.set(name, await alone(name, { url, timeout: 10_000 }))
        return answers
      }
      const [route, longName, name] = [await tell(noRoute), await tell(noName), await tell(unasked)]
      return {
        holds: [route.get("Bun") === "ENETUNREACH"],
        measured: `in a namespace without a network: ${told(route)}; the label of 64 characters, ${told(longName)}; a name that would have to be asked for, ${told(name)}`
      }
    }
  }
]

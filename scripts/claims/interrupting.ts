/**
 * What a client does with a connection when it gives up.
 */
import { connect } from "node:net"
import { setTimeout as pause } from "node:timers/promises"
import { type Claim, each, onNode, told } from "./claim.ts"
import type { Client } from "./clients.ts"
import { ok, serve } from "./server.ts"

// The handshake's own time is 10 s with undici.
const watched = 12_000

const interrupted = async (client: Client) => {
  await using server = await serve({})
  const { gaveUpAt = 0 } = await client.send({ url: server.url, giveUpAfter: 200 })
  const end = await server.firstEnd(watched)
  return end === undefined ? undefined : { by: end.by, after: Math.max(0, end.at - gaveUpAt) }
}

const inHandshake = async (client: Client) => {
  await using server = await serve({})
  const { gaveUpAt = 0 } = await client.send({ url: server.url.replace("http:", "https:"), giveUpAfter: 200 })
  const end = await server.firstEnd(watched)
  if (end === undefined) return `open after ${watched / 1000} s`
  const after = end.at - gaveUpAt
  return `${end.by} ${after > 1000 ? `after ${Math.round(after / 1000)} s` : `within ${Math.max(10, after)} ms`}`
}

/** A network that holds the handshake back until the client has given up. */
const lateHandshake = async (client: Client) => {
  await using tls = await serve({ tls: true, received: ({ socket }) => void socket.write(ok) })
  await using network = await serve({
    connected: (socket) => {
      socket.removeAllListeners("data").pause()
      setTimeout(() => {
        const onward = connect(Number(new URL(tls.url).port), "127.0.0.1")
        onward.on("error", () => {})
        socket.pipe(onward).pipe(socket)
      }, 500)
    }
  })
  await client.send({ url: network.url.replace("http:", "https:"), giveUpAfter: 200 })
  await pause(1500)
  return tls.requests.length
}

/** One that waits for a connection, on a client that has given up. */
const latePosts = async (client: Client) => {
  await using server = await serve({})
  await Promise.all(Array.from({ length: 20 }, (_, i) => client.send({ url: server.url, giveUpAfter: i * 5 })))
  const atTheEnd = server.requests.length
  await pause(500)
  return server.requests.length - atTheEnd
}

export const interrupting: ReadonlyArray<Claim> = [
  {
    claim: "An interruption is a FIN on undici, Node fetch and workerd, an RST on Bun, within about 10 ms",
    measure: async (clients) => {
      const answers = await each(clients, async (client) => {
        const ends = [await interrupted(client), await interrupted(client), await interrupted(client)]
        const after = Math.max(...ends.map((end) => end?.after ?? Infinity))
        return { by: [...new Set(ends.map((end) => end?.by))].join(" or "), after }
      })
      return {
        holds: [...answers].map(([name, { after, by }]) => by === (name === "Bun" ? "RST" : "FIN") && after <= 20),
        measured: told(
          new Map([...answers].map(([name, { after, by }]) => [name, `${by} within ${Math.max(10, after)} ms`]))
        )
      }
    }
  },
  {
    claim: "In the TLS handshake undici and Node fetch leave the socket open until its own timeout",
    measure: async (clients) => {
      const answers = new Map(
        await Promise.all(clients.map(async (client) => [client.name, await inHandshake(client)] as const))
      )
      const holds = [...answers].map(([name, answer]) => onNode({ name }) !== answer.includes("within"))
      return { holds, measured: told(answers) }
    }
  },
  {
    claim: "No POST is sent after its interruption",
    measure: async (clients) => {
      const answers = await each(clients, async (client) => {
        const [handshake, waiting] = [await lateHandshake(client), await latePosts(client)]
        return `${handshake} after a handshake that came late, ${waiting} of 20 interrupted early`
      })
      return { holds: [...answers.values()].map((answer) => /^0 .* 0 of/.test(answer)), measured: told(answers) }
    }
  }
]

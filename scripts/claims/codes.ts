/**
 * What a failure says of whether the request was applied.
 */
import { connect, type Socket } from "node:net"
import { type Claim, each, failed, isWorkerd, onNode, told } from "./claim.ts"
import type { Client } from "./clients.ts"
import type { Told } from "./send.ts"
import { ok, refusing, serve } from "./server.ts"

/** The codes of a request that was not read, and of one that was. */
interface Codes {
  readonly before: ReadonlySet<string>
  readonly after: ReadonlySet<string>
}

const ending: ReadonlyArray<(socket: Socket) => void> = [
  (socket) => socket.destroy(),
  (socket) => socket.resetAndDestroy()
]

const codesOf = async (client: Client): Promise<Codes> => {
  const before = new Set<string>()
  const after = new Set<string>()
  for (const end of ending) {
    for (let i = 0; i < 20; i++) {
      {
        // The connection ends in the instant in which the request would leave.
        await using server = await serve({ connected: end })
        before.add(failed(await client.send({ url: server.url })))
      }
      await using server = await serve({ received: ({ socket }) => end(socket) })
      const { error } = await client.send({ url: server.url })
      after.add(failed({ ...(error !== undefined && { error }) }))
    }
  }
  // Something that is no TLS, in place of a handshake, and in place of a reply.
  await using plain = await serve({ connected: (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n") })
  before.add(failed(await client.send({ url: plain.url.replace("http:", "https:") })))
  let towards: Socket | undefined
  await using tls = await serve({ tls: true, received: () => towards?.end(Buffer.alloc(64, 0xff)) })
  await using network = await serve({
    connected: (socket) => {
      towards = socket.removeAllListeners("data")
      const onward = connect(Number(new URL(tls.url).port), "127.0.0.1").on("error", () => {})
      socket.pipe(onward).pipe(socket)
    }
  })
  after.add(failed(await client.send({ url: network.url.replace("http:", "https:"), timeout: 2000 })))
  return { before, after }
}

const list = (codes: Iterable<string>) => [...codes].toSorted().join(", ")

const lost = async (client: Client) => {
  const refused = await client.send({ url: await refusing() })
  await using dropping = await serve({ received: ({ socket }) => socket.destroy() })
  const applied: Array<Told> = []
  for (let i = 0; i < 40; i++) applied.push(await client.send({ url: dropping.url }))
  return { refused, applied, read: dropping.requests.length }
}

const words = ({ error, status }: Told) =>
  error === undefined ? `status ${status}` : `“${error.message}”, retryable: ${error.retryable}`

const lies = (answer: string) => /^(ECONNREFUSED|Network connection lost\.) after 1/.test(answer)

export const codes: ReadonlyArray<Claim> = [
  {
    claim:
      "On Node `ECONNRESET`, `UND_ERR_SOCKET`, `EPROTO` and `ERR_SSL_*` come before and after a request was applied",
    measure: async (clients) => {
      const answers = await each(
        clients.filter((client) => onNode(client) || client.name === "Bun"),
        codesOf
      )
      return {
        holds: ["undici", "Node fetch"].flatMap((name) =>
          [/^ECONNRESET$/, /^UND_ERR_SOCKET$/, /^(EPROTO|ERR_SSL_.+)$/].map((code) =>
            [answers.get(name)?.before, answers.get(name)?.after].every((seen) =>
              [...(seen ?? [])].some((one) => code.test(one))
            )
          )
        ),
        measured: told(
          new Map(
            [...answers].map(([name, { after, before }]) => [name, `before ${list(before)}; after ${list(after)}`])
          )
        )
      }
    }
  },
  {
    claim: "A timeout carries no cause",
    measure: async (clients) => {
      await using server = await serve({})
      const answers = await each(clients, async (client) => {
        const { error } = await client.send({ url: server.url, timeout: 100 })
        return `${error?.name}, ${error?.caused === true ? "with" : "without"} a cause`
      })
      return {
        holds: [...answers.values()].map((answer) => answer.endsWith("without a cause")),
        measured: told(answers)
      }
    }
  },
  {
    claim: "On workerd a refused and an applied request share “Network connection lost” and `retryable: true`",
    measure: async (clients) => {
      const answers = await each(clients.filter(isWorkerd), lost)
      const same = "“Network connection lost.”, retryable: true"
      return {
        holds: [...answers.values()].map(({ applied, refused }) =>
          [refused, ...applied].every((one) => words(one) === same)
        ),
        measured: told(
          new Map(
            [...answers].map(([name, { applied, read, refused }]) => [
              name,
              `refused ${words(refused)}; ${read} that were read ${list(new Set(applied.map(words)))}`
            ])
          )
        )
      }
    }
  },
  {
    claim: "A followed redirect makes codes lie",
    measure: async (clients) => {
      const location = await refusing()
      const fetches = clients.filter(({ name }) => name !== "undici")
      const answers = await each(fetches, async (client) => {
        await using server = await serve({
          received: ({ socket }) => void socket.write(ok.replace("200 OK", `307 Moved\r\nlocation: ${location}`))
        })
        return `${failed(await client.send({ url: server.url, redirect: "follow" }))} after ${server.requests.length} was read`
      })
      return { holds: [...answers.values()].map(lies), measured: told(answers) }
    }
  }
]

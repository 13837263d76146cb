import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"

/** What stands between a client and its server, and fails as a network does. */
export interface Proxy {
  /** The server's address, through the proxy. */
  readonly url: string
  /** Lets nothing through any more, in either direction, and closes nothing. */
  readonly hang: () => void
  /** Lets through what is sent to the server, and nothing of what it answers, until the connections are cut. */
  readonly swallowReplies: () => void
  /** Cuts every connection; new ones work. */
  readonly cut: () => void
  readonly close: () => Promise<void>
}

export const startProxy = async (server: string): Promise<Proxy> => {
  const target = new URL(server)
  const pairs = new Set<{ readonly client: Socket; readonly upstream: Socket }>()
  let mode: "open" | "deaf" | "hung" = "open"
  const listener = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    const pair = { client, upstream }
    pairs.add(pair)
    client.on("data", (chunk) => mode !== "hung" && upstream.write(chunk))
    upstream.on("data", (chunk) => mode === "open" && client.write(chunk))
    for (const socket of [client, upstream]) {
      socket.on("error", () => {})
      socket.on("close", () => {
        pairs.delete(pair)
        client.destroy()
        upstream.destroy()
      })
    }
  }).listen(0, "127.0.0.1")
  await once(listener, "listening")
  const address = listener.address()
  if (address === null || typeof address === "string") throw new Error("no port was given")
  const cut = () => {
    mode = "open"
    for (const { client } of pairs) client.destroy()
  }
  return {
    url: `postgres://postgres@127.0.0.1:${address.port}/postgres`,
    hang: () => {
      mode = "hung"
    },
    swallowReplies: () => {
      mode = "deaf"
    },
    cut,
    close: async () => {
      cut()
      listener.close()
      await once(listener, "close")
    }
  }
}

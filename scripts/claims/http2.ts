/**
 * What becomes of a POST over HTTP/2.
 */
import { once } from "node:events"
import { constants, createSecureServer } from "node:http2"
import { type Claim, each, failed, told } from "./claim.ts"
import type { Client } from "./clients.ts"
import type { Ask } from "./send.ts"
import { certificate } from "./server.ts"

/** Speaks both versions; over HTTP/2 it refuses the first request when it has read it. */
const refusedOnce = async (client: Client, how: Pick<Ask, "h2"> = {}) => {
  const versions: Array<string> = []
  const server = createSecureServer({ ...certificate, allowHTTP1: true })
  server.on("request", (request, response) => {
    request.on("error", () => {})
    request.resume()
    request.on("end", () => {
      versions.push(request.httpVersion)
      if (versions.length === 1 && "stream" in request) request.stream?.close(constants.NGHTTP2_REFUSED_STREAM)
      else response.end("{}")
    })
  })
  const sessions = new Set<{ readonly destroy: () => void }>()
  server.on("session", (session) => sessions.add(session))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  const port = typeof address === "object" ? address?.port : address
  const reply = await client.send({ url: `https://127.0.0.1:${port}/`, timeout: 3000, ...how })
  for (const session of sessions) session.destroy()
  server.close()
  return { versions, text: `HTTP/${versions[0]}, sent ${versions.length}×, ${failed(reply)}` }
}

export const http2: ReadonlyArray<Claim> = [
  {
    claim: "Over HTTP/2 undici silently sends a POST twice on `REFUSED_STREAM`, and resolves",
    measure: async (clients) => {
      const undici = clients.filter(({ name }) => name === "undici")
      const answers = [...(await each(undici, (client) => refusedOnce(client, { h2: true }))).values()]
      return {
        holds: answers.map(({ text }) => text === "HTTP/2.0, sent 2×, status 200"),
        measured: answers.map(({ text }) => text).join("; ")
      }
    }
  },
  {
    claim: "With `allowH2: false` undici speaks HTTP/1.1 to a server that offers both; the others do by themselves",
    measure: async (clients) => {
      const answers = await each(clients, (client) => refusedOnce(client))
      return {
        holds: [...answers.values()].map(({ versions }) => versions.join() === "1.1"),
        measured: told(new Map([...answers].map(([name, { text }]) => [name, text])))
      }
    }
  }
]

import { registerUser } from "@effect-snaptrade/core"
import { NodeSnapTrade } from "@effect-snaptrade/node"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { once } from "node:events"
import { constants, createSecureServer, type Http2ServerRequest, type ServerHttp2Session } from "node:http2"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { selfSigned } from "../../testing/src/internal/certificate.ts"
import { Agent } from "undici"

const certificate = selfSigned(new Date())

type Answer = (request: Http2ServerRequest, nth: number) => void

const register: Answer = (request) => {
  request.stream.respond({ ":status": 200, "content-type": "application/json" })
  request.stream.end(`{"userId":"user-123","userSecret":"secret"}`)
}

/** A server that speaks HTTP/1.1 and HTTP/2, and answers over the latter as told once it has read a request. */
const speakingBoth = (answer: Answer) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const versions: Array<string> = []
      const sessions = new Set<ServerHttp2Session>()
      const server = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
        request.on("error", () => {})
        request.resume().on("end", () => {
          versions.push(request.httpVersion)
          if (request.httpVersion === "2.0") answer(request, versions.length)
          else response.end(`{"userId":"user-123","userSecret":"secret"}`)
        })
      })
      server.on("session", (session) => sessions.add(session))
      server.on("sessionError", () => {})
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      return { server, sessions, versions }
    }),
    ({ server, sessions }) =>
      Effect.sync(() => {
        for (const session of sessions) session.destroy()
        server.close()
      })
  ).pipe(
    Effect.map(({ server, versions }) => {
      const address = server.address()
      return { versions, baseUrl: `https://127.0.0.1:${typeof address === "object" ? address?.port : ""}` }
    })
  )

const registering = (baseUrl: string, options?: NodeSnapTrade.HttpClientOptions) =>
  registerUser({ userId: "user-123" }).pipe(
    Effect.provide(
      NodeSnapTrade.layer({ clientId: "MY-APP", consumerKey: Redacted.make("a key"), baseUrl, ...options })
    )
  )

beforeAll(() => setDefaultCACertificates([...getCACertificates(), certificate.cert]))

describe("HTTP/2", () => {
  it.live("is not spoken, even to a server that offers it", () =>
    Effect.gen(function* () {
      const { baseUrl, versions } = yield* speakingBoth(register)
      yield* registering(baseUrl)
      assert.deepStrictEqual(versions, ["1.1"])
    }).pipe(Effect.scoped)
  )

  const endings: Record<string, Answer> = {
    "a stream that is always refused": (request) => request.stream.close(constants.NGHTTP2_REFUSED_STREAM),
    "a stream that ends in an error": (request) => request.stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    "a stream that ends without a reply": (request) => request.stream.close(constants.NGHTTP2_NO_ERROR),
    "a connection that goes away": (request) => request.stream.session?.goaway(constants.NGHTTP2_INTERNAL_ERROR, 0),
    "a connection that is cut": (request) => request.stream.session?.destroy()
  }
  for (const [what, answer] of Object.entries(endings)) {
    it.live(`by a dispatcher of one's own: ${what}, after the request was read, is not called RequestNotSent`, () =>
      Effect.gen(function* () {
        const { baseUrl, versions } = yield* speakingBoth(answer)
        const dispatcher = new Agent({ allowH2: true })
        const error = yield* Effect.flip(registering(baseUrl, { dispatcher }))
        assert.strictEqual(versions[0], "2.0")
        assert.deepInclude(error, { _tag: "ConnectionLost", outcome: "unknown" })
        yield* Effect.promise(() => dispatcher.destroy())
      }).pipe(Effect.scoped)
    )
  }
})

import { registerUser } from "@effect-snaptrade/core"
import { BunSnapTrade } from "@effect-snaptrade/bun"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { once } from "node:events"
import { createServer, type Socket } from "node:net"

const failingAt = (baseUrl: string) =>
  Effect.flip(
    registerUser({ userId: "user-123" }).pipe(
      Effect.provide(BunSnapTrade.layer({ clientId: "MY-APP", consumerKey: Redacted.make("a key"), baseUrl }))
    )
  )

/** A TCP server that does whatever a test wants with a connection. */
const against = (onConnection: (socket: Socket) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(async () => {
        const server = createServer((socket) => {
          socket.on("error", () => {})
          onConnection(socket)
        })
        server.listen(0, "127.0.0.1")
        await once(server, "listening")
        return server
      }),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => {
      const address = server.address()
      return `127.0.0.1:${typeof address === "object" ? address?.port : address}`
    }
  )

describe("on Bun it is proven that nothing was sent", () => {
  it.live("when the connection is refused", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* failingAt("http://127.0.0.1:1"), { _tag: "RequestNotSent", outcome: "not-applied" })
    })
  )
})

describe("on Bun it is unknown", () => {
  it.live("when the connection is closed before the request was read", () =>
    Effect.gen(function* () {
      const server = yield* against((socket) => socket.destroy())
      assert.deepInclude(yield* failingAt(`http://${server}`), { _tag: "ConnectionLost", outcome: "unknown" })
    }).pipe(Effect.scoped)
  )

  it.live("when the connection is reset after the request was read", () =>
    Effect.gen(function* () {
      const server = yield* against((socket) => socket.once("data", () => socket.resetAndDestroy()))
      assert.deepInclude(yield* failingAt(`http://${server}`), { _tag: "ConnectionLost", outcome: "unknown" })
    }).pipe(Effect.scoped)
  )

  it.live("when the server speaks no TLS: Bun's code for it comes after a request was applied too", () =>
    Effect.gen(function* () {
      const server = yield* against((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
      assert.deepInclude(yield* failingAt(`https://${server}`), { _tag: "ConnectionLost", outcome: "unknown" })
    }).pipe(Effect.scoped)
  )
})

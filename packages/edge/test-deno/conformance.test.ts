import { registerUser } from "@effect-snaptrade/core"
import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import { Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { conformance } from "@effect-snaptrade/testing/conformance"
import { layerServer } from "@effect-snaptrade/testing/server"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { once } from "node:events"
import { createServer, type Socket } from "node:net"

it("these tests run on Deno", () => {
  assert.match(navigator.userAgent, /^Deno\//)
})

conformance({
  name: "Deno",
  layer: EdgeSnapTrade.layer,
  local: layerServer(),
  clock: "live",
  refusal: { by: "address", provable: false }
})

const layerOfLocal = Layer.unwrap(
  Effect.map(LocalSnapTrade, ({ baseUrl, clientId, consumerKey }) =>
    EdgeSnapTrade.layer({ baseUrl, clientId, consumerKey })
  )
).pipe(Layer.provideMerge(layerServer()))

/** A TCP server that does whatever a test wants with a connection. */
const listen = async (onConnection: (socket: Socket) => void) => {
  const server = createServer((socket) => {
    socket.on("error", () => {})
    onConnection(socket)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  return { server, baseUrl: `http://127.0.0.1:${typeof address === "object" ? address?.port : address}` }
}

const failingAt = (baseUrl: string) =>
  Effect.flip(
    registerUser({ userId: "user-123" }).pipe(
      Effect.provide(EdgeSnapTrade.layer({ clientId: "MY-APP", consumerKey: Redacted.make("a key"), baseUrl }))
    )
  )

// Deno tells these apart in the words of its message only, which are nobody's promise.
describe("on Deno it is unknown whether a request was carried out", () => {
  // The suite refuses by port 1, which Deno's fetch blocks without trying it.
  it.live("when the connection is refused", () =>
    Effect.gen(function* () {
      const { baseUrl, server } = yield* Effect.promise(() => listen(() => {}))
      server.close()
      yield* Effect.promise(() => once(server, "close"))
      assert.deepInclude(yield* failingAt(baseUrl), { _tag: "ConnectionLost", outcome: "unknown" })
    })
  )

  it.live("when the connection is closed after the request was read", () =>
    Effect.gen(function* () {
      const { baseUrl, server } = yield* Effect.promise(() =>
        listen((socket) => socket.once("data", () => socket.destroy()))
      )
      assert.deepInclude(yield* failingAt(baseUrl), { _tag: "ConnectionLost", outcome: "unknown" })
      server.close()
    })
  )

  // Deno's fetch sends a POST a second time then, unless its body can be read only once (denoland/deno#32566).
  it.live("when a reply is lost on a connection that was used before", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* registerUser({ userId: "user-1" })
      yield* local.next(Instruction.dropReply)
      const error = yield* Effect.flip(registerUser({ userId: "user-2" }))
      assert.deepInclude(error, { _tag: "ConnectionLost", outcome: "unknown" })
    }).pipe(Effect.provide(layerOfLocal))
  )
})

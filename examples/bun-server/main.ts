/**
 * The server: its layers, and Bun.serve around them. See README.md.
 */
import { BunSnapTrade } from "@effect-snaptrade/bun"
import type { SnapTrade } from "@effect-snaptrade/core"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import { layerUsers, Secrets } from "./Users.ts"

// What is used of Bun here; an app has its types from @types/bun.
declare const Bun: {
  readonly serve: (options: {
    readonly port: number
    readonly idleTimeout: number
    readonly fetch: (request: Request) => Promise<Response>
  }) => { readonly url: URL; readonly stop: () => Promise<void> }
}

const serve = Effect.gen(function* () {
  const port = yield* Config.withDefault(Config.Int("PORT"), 3000)
  const services = yield* Effect.context<Secrets | SnapTrade>()
  const { handler } = HttpRouter.toWebHandler(layerUsers.pipe(Layer.provideMerge(Layer.succeedContext(services))))
  const server = yield* Effect.acquireRelease(
    // Bun hangs up after 10 seconds of silence, and a registration may take the 30 of its time budget.
    Effect.sync(() => Bun.serve({ port, idleTimeout: 60, fetch: (request) => handler(request) })),
    // Requests that are being answered are waited for: a secret may be on its way.
    (running) => Effect.promise(() => running.stop())
  )
  yield* Console.log(`Listening at ${server.url}`)
})

const layerApp = Layer.effectDiscard(serve).pipe(Layer.provide([BunSnapTrade.layerConfig(), Secrets.layerMemory]))

Layer.launch(layerApp).pipe(NodeRuntime.runMain)

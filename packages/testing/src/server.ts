/**
 * The local SnapTrade over a socket, on Node and Bun: the same handler as in memory.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import type { ServeError } from "effect/http/HttpServerError"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import { createServer, IncomingMessage } from "node:http"
import { layer as layerLocalSnapTrade, LocalSnapTrade, type Options } from "./LocalSnapTrade.ts"

/**
 * Where it listens.
 */
export interface ServerOptions extends Options {
  /** A free one unless told. */
  readonly port?: number | undefined
  /** `127.0.0.1` unless told: it is not meant for strangers. */
  readonly host?: string | undefined
}

const closeConnection = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ source }) => {
  if (source instanceof IncomingMessage) source.socket.destroy()
  return Effect.never
})

const layerServe = Layer.effectDiscard(
  Effect.gen(function* () {
    const local = yield* LocalSnapTrade
    yield* local.handler.pipe(
      Effect.catchTag("ConnectionDropped", () => closeConnection),
      // A server runs its handlers uninterruptibly; a client that has gone must not keep one waiting.
      Effect.interruptible,
      HttpServer.serveEffect()
    )
  })
)

/**
 * Serves a local SnapTrade over HTTP while the layer lives; `HttpServer` knows its address, {@link baseUrl} as a URL.
 *
 * @example
 * ```ts
 * import { LocalSnapTrade } from "@effect-snaptrade/testing"
 * import { baseUrl, layerServer } from "@effect-snaptrade/testing/server"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const { clientId } = yield* LocalSnapTrade
 *   yield* Effect.log(`${yield* baseUrl} takes requests of ${clientId}`)
 * }).pipe(Effect.provide(layerServer()))
 * ```
 */
export const layerServer = (
  options: ServerOptions = {}
): Layer.Layer<LocalSnapTrade | HttpServer.HttpServer, ServeError> =>
  layerServe.pipe(
    Layer.provideMerge(layerLocalSnapTrade(options)),
    Layer.provideMerge(
      NodeHttpServer.layerServer(createServer, { port: options.port ?? 0, host: options.host ?? "127.0.0.1" })
    )
  )

/**
 * The base URL of the server that {@link layerServer} runs, such as `http://127.0.0.1:4010`.
 */
export const baseUrl: Effect.Effect<string, never, HttpServer.HttpServer> = HttpServer.addressFormattedWith((url) =>
  Effect.succeed(url)
)

/**
 * The local SnapTrade over a socket, on Node and Bun: the same handler as in memory.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import type { ServeError } from "effect/http/HttpServerError"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import { createServer, IncomingMessage } from "node:http"
import { adminPath } from "./Admin.ts"
import * as Handler from "./Handler.ts"
import { makeAdminHandler } from "./internal/adminHandlers.ts"
import { LocalSnapTrade } from "./LocalSnapTrade.ts"

/**
 * Where it listens, and who may instruct it from outside.
 */
export interface ServerOptions extends Handler.Options {
  /** A free one unless told. */
  readonly port?: number | undefined
  /** `127.0.0.1` unless told: it is not meant for strangers. */
  readonly host?: string | undefined
  /** Opens the admin interface to those who have this token; without one there is none. */
  readonly adminToken?: Redacted.Redacted | undefined
}

// The server itself never closes a connection halfway; a handler that is done can.
const closeConnection = Effect.map(HttpServerRequest.HttpServerRequest, ({ source }) => {
  if (source instanceof IncomingMessage) source.socket.destroy()
  return HttpServerResponse.empty()
})

/**
 * Serves a local SnapTrade over HTTP while the layer lives; its `baseUrl` says where.
 *
 * @example
 * ```ts
 * import { LocalSnapTrade } from "@effect-snaptrade/testing"
 * import { layerServer } from "@effect-snaptrade/testing/server"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const { baseUrl, clientId } = yield* LocalSnapTrade
 *   yield* Effect.log(`${baseUrl} takes requests of ${clientId}`)
 * }).pipe(Effect.provide(layerServer()))
 * ```
 */
export const layerServer = (options: ServerOptions = {}): Layer.Layer<LocalSnapTrade, ServeError> =>
  Layer.effect(
    LocalSnapTrade,
    Effect.gen(function* () {
      const hosted = Handler.make(options)
      const answer = Effect.catchTag(hosted.handler, "ConnectionDropped", () => closeConnection)
      const admin = options.adminToken === undefined ? answer : yield* makeAdminHandler(hosted, options.adminToken)
      yield* HttpServerRequest.HttpServerRequest.pipe(
        Effect.flatMap(({ url }) => (url.startsWith(`${adminPath}/`) ? admin : answer)),
        // A server runs its handlers uninterruptibly; a client that has gone must not keep one waiting.
        Effect.interruptible,
        HttpServer.serveEffect()
      )
      const baseUrl = yield* HttpServer.addressFormattedWith((address) => Effect.succeed(address))
      return LocalSnapTrade.of({ ...hosted, baseUrl })
    })
  ).pipe(
    Layer.provide(
      NodeHttpServer.layerServer(createServer, { port: options.port ?? 0, host: options.host ?? "127.0.0.1" })
    )
  )

/**
 * The local SnapTrade over a socket, on Node and Bun: the same handler as in memory. What breaks a connection or a reply
 * on purpose needs Node.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpServer from "effect/http/HttpServer"
import type { ServeError } from "effect/http/HttpServerError"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import { createServer, IncomingMessage, type Server } from "node:http"
import { adminPath } from "./Admin.ts"
import * as Handler from "./Handler.ts"
import { guarded } from "./internal/adminGuard.ts"
import { makeAdminHandler } from "./internal/adminHandlers.ts"
import { makeDoors } from "./internal/doors.ts"
import { makeInspection } from "./internal/inspection.ts"
import { withInspectorPage } from "./internal/inspectorPage.ts"
import type { Post } from "./internal/webhooks.ts"
import { close, replyBytes } from "./internal/raw.ts"
import { LocalSnapTrade } from "./LocalSnapTrade.ts"
import * as StateFile from "./StateFile.ts"
import type { StateFileError } from "./StateFile.ts"

export { layerServerProcess } from "./ServerProcess.ts"
export { StateFileError } from "./StateFile.ts"

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
  /**
   * Names, in lower case, under which the admin interface may be asked for beside `localhost` and any IP address. Another
   * name is refused: it may be that of a web page which lets it lead here.
   */
  readonly adminHosts?: ReadonlyArray<string> | undefined
  /** Where webhooks are delivered to; nowhere unless told. */
  readonly webhookUrl?: string | undefined
  /** A file that keeps its users, for the next one that is given it; nothing is kept unless told. */
  readonly stateFile?: string | undefined
}

// A receiver that is not there, or takes more than ten seconds, gets its webhook again.
const postTo =
  (url: string): Post =>
  ({ body, signature }) =>
    HttpClientRequest.post(url).pipe(
      HttpClientRequest.bodyText(body, "application/json"),
      HttpClientRequest.setHeader("signature", signature),
      HttpClient.execute,
      Effect.map((response) => response.status),
      Effect.timeout("10 seconds"),
      Effect.catch(() => Effect.succeed(0)),
      Effect.provide(FetchHttpClient.layer)
    )

const onBun = "bun" in process.versions
const nodeOnly = (what: string) =>
  new Error(`${what} needs a local SnapTrade that runs on Node: use layerServerProcess, or "pnpm emulate"`)

const socketOf = Effect.map(HttpServerRequest.HttpServerRequest, ({ source }) =>
  source instanceof IncomingMessage ? source.socket : undefined
)

// The server's own response cannot be broken; on Bun there is nothing beside it.
const bytesReplied = (reply: Handler.BytesReplied) =>
  Effect.flatMap(socketOf, (socket) =>
    socket === undefined || onBun ? Effect.die(nodeOnly("A Wire reply")) : replyBytes(socket, reply)
  )

const connectionDropped = ({ by }: Handler.ConnectionDropped) =>
  Effect.flatMap(socketOf, (socket) => {
    if (socket !== undefined && !onBun) return close(socket, by)
    socket?.destroy()
    return Effect.succeed(HttpServerResponse.empty())
  })

const isAdmin = (url: string) => url === adminPath || url.startsWith(`${adminPath}/`) || url.startsWith(`${adminPath}?`)

const serve = Effect.fnUntraced(function* (http: Server, options: ServerOptions) {
  const { stateFile, webhookUrl } = options
  const hosted = yield* Handler.make({
    ...(webhookUrl !== undefined && { webhooks: postTo(webhookUrl) }),
    ...(stateFile !== undefined && { state: yield* StateFile.make(stateFile) }),
    ...options
  })
  const openDoor = makeDoors(http, yield* Effect.scope)
  const inspection = makeInspection(hosted)
  const local = {
    ...hosted,
    reset: inspection.reset,
    door: onBun ? () => Effect.die(nodeOnly("Another address")) : openDoor
  }
  const answer = Effect.catchTags(hosted.handler, { BytesReplied: bytesReplied, ConnectionDropped: connectionDropped })
  const { adminHosts = [], adminToken } = options
  const admin =
    adminToken === undefined
      ? answer
      : guarded(withInspectorPage(yield* makeAdminHandler(local, inspection, adminToken)), adminHosts)
  yield* HttpServerRequest.HttpServerRequest.pipe(
    Effect.flatMap(({ url }) => (isAdmin(url) ? admin : answer)),
    // A server runs its handlers uninterruptibly; a client that has gone must not keep one waiting.
    Effect.interruptible,
    HttpServer.serveEffect()
  )
  // A connection that was left open on purpose would hold up the end.
  yield* Effect.addFinalizer(() => Effect.sync(() => http.closeAllConnections()))
  const baseUrl = yield* HttpServer.addressFormattedWith((address) => Effect.succeed(address))
  return LocalSnapTrade.of({ ...local, baseUrl })
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
export const layerServer = (options: ServerOptions = {}): Layer.Layer<LocalSnapTrade, ServeError | StateFileError> =>
  Layer.unwrap(
    Effect.sync(() => {
      // Node closes idle connections after five seconds; a test that waits as long would meet one that is just being closed.
      const http = createServer({ keepAliveTimeout: 600_000 })
      return Layer.effect(LocalSnapTrade, serve(http, options)).pipe(
        Layer.provide(
          Layer.merge(
            NodeHttpServer.layerServer(() => http, { port: options.port ?? 0, host: options.host ?? "127.0.0.1" }),
            NodeFileSystem.layer
          )
        )
      )
    })
  )

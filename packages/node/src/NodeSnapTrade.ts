// What declares a module that declares nothing itself cannot be imported.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./internal/agent.d.ts" />
/**
 * The layers that make SnapTrade's operations run on Node.
 */
import {
  type CallOptions,
  credentialsConfig,
  type InvalidCredentials,
  layerHttpClient as layerRuntimeClient,
  makeSnapTradeOn,
  type Options,
  Signer,
  SnapTrade
} from "@effect-snaptrade/core"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type { HttpClient } from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Undici from "undici"
import Agent from "undici/lib/dispatcher/agent.js"
import { hmacSha256 } from "./internal/hmacSha256.ts"
import { Sending } from "./internal/Sending.ts"
import { makeUndiciClient } from "./internal/undiciClient.ts"

/**
 * What Node adds to the options of every runtime.
 */
export interface HttpClientOptions {
  /**
   * An undici dispatcher of your own: a proxy, an agent with certificates. It is not closed with the layer. Give it
   * `allowH2: false`: over HTTP/2 undici was seen to send a POST twice. Compose no interceptor that retries or redirects:
   * it breaks the promise of what is sent once, and carries the signature elsewhere.
   */
  readonly dispatcher?: Undici.Dispatcher | undefined
}

// Below the default timeout of a whole operation, so that an address that never answers is tried again.
const connectTimeout = 10_000

const dispatcher = (options: HttpClientOptions | undefined) =>
  options?.dispatcher === undefined
    ? Effect.acquireRelease(
        Effect.sync(() => new Agent({ allowH2: false, connect: { timeout: connectTimeout } })),
        (agent) => Effect.promise(() => agent.destroy())
      )
    : Effect.succeed(options.dispatcher)

const witness = () => new Sending()

const client = (options: HttpClientOptions | undefined) => Effect.map(dispatcher(options), makeUndiciClient)

const signer: Signer["Service"] = {
  signWith: (consumerKey) => {
    const sign = hmacSha256(Redacted.value(consumerKey))
    return (message) => Effect.sync(() => sign(message))
  }
}

/**
 * undici over HTTP/1.1, watched so that a request which never began to be written is known not to have been sent.
 *
 * @example
 * ```ts
 * import { layerSnapTrade } from "@effect-snaptrade/core"
 * import { NodeSnapTrade } from "@effect-snaptrade/node"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const parts = Layer.merge(NodeSnapTrade.layerHttpClient(), NodeSnapTrade.layerSigner)
 * const live = layerSnapTrade({ clientId: "MY-APP", consumerKey: Redacted.make("…") }).pipe(Layer.provide(parts))
 * ```
 */
export const layerHttpClient = (options?: HttpClientOptions): Layer.Layer<HttpClient> =>
  Layer.unwrap(Effect.map(client(options), (undici) => layerRuntimeClient({ client: undici, witness })))

/**
 * HMAC-SHA256 by `node:crypto`, synchronous; each consumerKey is prepared once.
 */
export const layerSigner: Layer.Layer<Signer> = Layer.succeed(Signer, signer)

/**
 * SnapTrade with the credentials given. Fails with `InvalidCredentials` when a key is empty after trimming.
 *
 * @example
 * ```ts
 * import { registerUser } from "@effect-snaptrade/core"
 * import { NodeSnapTrade } from "@effect-snaptrade/node"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * const live = NodeSnapTrade.layer({ clientId: "MY-APP", consumerKey: Redacted.make("…"), timeout: "10 seconds" })
 * const program = registerUser({ userId: "user-123" }).pipe(Effect.provide(live))
 * ```
 */
export const layer = (options: Options & HttpClientOptions): Layer.Layer<SnapTrade, InvalidCredentials> =>
  Layer.effect(
    SnapTrade,
    Effect.flatMap(client(options), (undici) => makeSnapTradeOn({ client: undici, signer, witness }, options))
  )

/**
 * SnapTrade with the credentials from `SNAPTRADE_CLIENT_ID`, `SNAPTRADE_CONSUMER_KEY` and, when it is set,
 * `SNAPTRADE_BASE_URL`.
 *
 * @example
 * ```ts
 * import { registerUser } from "@effect-snaptrade/core"
 * import { NodeSnapTrade } from "@effect-snaptrade/node"
 * import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
 * import * as Effect from "effect/Effect"
 *
 * registerUser({ userId: "user-123" }).pipe(Effect.provide(NodeSnapTrade.layerConfig()), NodeRuntime.runMain)
 * ```
 */
export const layerConfig = (
  options?: CallOptions & HttpClientOptions
): Layer.Layer<SnapTrade, InvalidCredentials | Config.ConfigError> =>
  Layer.unwrap(Effect.map(credentialsConfig, (credentials) => layer({ ...options, ...credentials })))

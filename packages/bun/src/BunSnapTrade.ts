/**
 * The layers that make SnapTrade's operations run on Bun.
 */
import {
  type Attempt,
  type CallOptions,
  credentialsConfig,
  type InvalidCredentials,
  layerHttpClient as layerRuntimeClient,
  makeFetchClient,
  makeSnapTradeOn,
  type Options,
  Signer,
  SnapTrade
} from "@effect-snaptrade/core"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import type { HttpClient } from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { createHmac, createSecretKey } from "node:crypto"
import { neverSent } from "./internal/neverSent.ts"

// Bun unfolds a body before anybody can count it: 200 kB took 200 MB. It then asks for no compression either.
const uncompressed: RequestInit & { readonly decompress: boolean } = { decompress: false }

const client = makeFetchClient({ init: uncompressed })

const signer: Signer["Service"] = {
  signWith: (consumerKey) => {
    const key = createSecretKey(Redacted.value(consumerKey), "utf8")
    return (message) => Effect.sync(() => createHmac("sha256", key).update(message).digest("base64"))
  }
}

const witness = (): Attempt => ({ context: identity, neverSent })

/**
 * Bun's `fetch`, which here follows no redirect and unfolds no compressed body (SnapTrade is not asked for one); a POST whose
 * connection was refused is known not to have been sent.
 *
 * @example
 * ```ts
 * import { BunSnapTrade } from "@effect-snaptrade/bun"
 * import { layerSnapTrade } from "@effect-snaptrade/core"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const parts = Layer.merge(BunSnapTrade.layerHttpClient, BunSnapTrade.layerSigner)
 * const live = layerSnapTrade({ clientId: "MY-APP", consumerKey: Redacted.make("…") }).pipe(Layer.provide(parts))
 * ```
 */
export const layerHttpClient: Layer.Layer<HttpClient> = layerRuntimeClient({ client, witness })

/**
 * HMAC-SHA256 by `node:crypto`, synchronous, with one key object for each consumerKey.
 */
export const layerSigner: Layer.Layer<Signer> = Layer.succeed(Signer, signer)

/**
 * SnapTrade with the credentials given. Fails with `InvalidCredentials` when a key is empty after trimming.
 *
 * @example
 * ```ts
 * import { BunSnapTrade } from "@effect-snaptrade/bun"
 * import { registerUser } from "@effect-snaptrade/core"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * const live = BunSnapTrade.layer({ clientId: "MY-APP", consumerKey: Redacted.make("…") })
 * const program = registerUser({ userId: "user-123" }).pipe(Effect.provide(live))
 * ```
 */
export const layer = (options: Options): Layer.Layer<SnapTrade, InvalidCredentials> =>
  Layer.effect(SnapTrade, makeSnapTradeOn({ client, signer, witness }, options))

/**
 * SnapTrade with the credentials from `SNAPTRADE_CLIENT_ID`, `SNAPTRADE_CONSUMER_KEY` and, when it is set,
 * `SNAPTRADE_BASE_URL`.
 *
 * @example
 * ```ts
 * import { BunSnapTrade } from "@effect-snaptrade/bun"
 * import { registerUser } from "@effect-snaptrade/core"
 * import * as Effect from "effect/Effect"
 *
 * const program = registerUser({ userId: "user-123" }).pipe(Effect.provide(BunSnapTrade.layerConfig()))
 * ```
 */
export const layerConfig = (options?: CallOptions): Layer.Layer<SnapTrade, InvalidCredentials | Config.ConfigError> =>
  Layer.unwrap(Effect.map(credentialsConfig, (credentials) => layer({ ...options, ...credentials })))

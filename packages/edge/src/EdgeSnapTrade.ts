/**
 * The layers that make SnapTrade's operations run on Cloudflare Workers, Deno and other runtimes with `fetch` and
 * WebCrypto. They build synchronously, hold no lock between requests, and do nothing at import.
 *
 * On Workers no failure of the network is ever `not-applied`: a refused connection and an applied request fail alike
 * there (measured), so every such failure is `ConnectionLost` or `RequestTimeout`, and `RequestNotSent` does not occur.
 */
import {
  type Attempt,
  type CallOptions,
  type InvalidCredentials,
  layerHttpClient as layerRuntimeClient,
  makeFetchClient,
  makeSnapTradeOn,
  type Options,
  Signer,
  SnapTrade
} from "@effect-snaptrade/core"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import { constFalse, identity } from "effect/Function"
import type { HttpClient } from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

// Deno sends a request again when a connection that was used before is lost, unless its body can be read only once
// (denoland/deno#32566): a registration that was carried out would come back as UserAlreadyExists.
const sentOnce = (body: string | Uint8Array<ArrayBuffer>) => new Blob([body])

const utf8 = new TextEncoder()
const hmac = { name: "HMAC", hash: "SHA-256" }

const client = makeFetchClient({ bodyOf: sentOnce })

const signer: Signer["Service"] = {
  signWith: (consumerKey) => {
    // The key and not its promise: that of a request which Workers cancelled never settles, for those after it either.
    let key: CryptoKey | undefined
    return (message) =>
      Effect.promise(async () => {
        key ??= await crypto.subtle.importKey("raw", utf8.encode(Redacted.value(consumerKey)), hmac, false, ["sign"])
        return Base64.encode(new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8.encode(message))))
      })
  }
}

const witness = (): Attempt => ({ context: identity, neverSent: constFalse })

/**
 * The runtime's `fetch`, which here never follows a redirect, and never sends a body twice.
 *
 * @example
 * ```ts
 * import { layerSnapTrade } from "@effect-snaptrade/core"
 * import { EdgeSnapTrade } from "@effect-snaptrade/edge"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const parts = Layer.merge(EdgeSnapTrade.layerHttpClient, EdgeSnapTrade.layerSigner)
 * const live = layerSnapTrade({ clientId: "MY-APP", consumerKey: Redacted.make("…") }).pipe(Layer.provide(parts))
 * ```
 */
export const layerHttpClient: Layer.Layer<HttpClient> = layerRuntimeClient({ client, witness })

/**
 * HMAC-SHA256 by WebCrypto. The key is imported at the first signature, not when the layer builds, and then kept.
 */
export const layerSigner: Layer.Layer<Signer> = Layer.succeed(Signer, signer)

/**
 * SnapTrade with the credentials given. Fails with `InvalidCredentials` when a key is empty after trimming.
 *
 * @example
 * ```ts
 * import { EdgeSnapTrade } from "@effect-snaptrade/edge"
 * import * as Redacted from "effect/Redacted"
 *
 * const live = EdgeSnapTrade.layer({ clientId: "MY-APP", consumerKey: Redacted.make("…"), timeout: "10 seconds" })
 * ```
 */
export const layer = (options: Options): Layer.Layer<SnapTrade, InvalidCredentials> =>
  Layer.effect(SnapTrade, makeSnapTradeOn({ client, signer, witness }, options))

// What is neither text nor a number, such as a binding of another kind, is as good as empty: refused.
const setting = (env: object, variable: string): string | undefined => {
  const value: unknown = Reflect.get(env, variable)
  if (value === undefined) return undefined
  return typeof value === "string" || typeof value === "number" ? String(value) : ""
}

/**
 * SnapTrade with the credentials from a Worker's `env`: `SNAPTRADE_CLIENT_ID`, `SNAPTRADE_CONSUMER_KEY` and, when it is
 * set, `SNAPTRADE_BASE_URL`. There is no ambient environment on the edge.
 *
 * @example
 * ```ts
 * import { registerUser, type SnapTrade } from "@effect-snaptrade/core"
 * import { EdgeSnapTrade } from "@effect-snaptrade/edge"
 * import * as Effect from "effect/Effect"
 * import * as ManagedRuntime from "effect/ManagedRuntime"
 *
 * let runtime: ManagedRuntime.ManagedRuntime<SnapTrade, unknown> | undefined
 *
 * export default {
 *   fetch(_: Request, env: Record<string, string>): Promise<Response> {
 *     runtime ??= ManagedRuntime.make(EdgeSnapTrade.layerConfig(env))
 *     return runtime.runPromise(
 *       Effect.map(registerUser({ userId: crypto.randomUUID() }), (user) => Response.json({ userId: user.userId }))
 *     )
 *   }
 * }
 * ```
 */
export const layerConfig = (env: object, options?: CallOptions): Layer.Layer<SnapTrade, InvalidCredentials> =>
  layer({
    ...options,
    clientId: setting(env, "SNAPTRADE_CLIENT_ID") ?? "",
    consumerKey: Redacted.make(setting(env, "SNAPTRADE_CONSUMER_KEY") ?? ""),
    baseUrl: setting(env, "SNAPTRADE_BASE_URL")
  })

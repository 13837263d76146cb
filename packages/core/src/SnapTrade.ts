/**
 * The service that every operation requires, and how it is built from an HTTP client and a signer.
 */
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { constTrue, dual, identity } from "effect/Function"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Credentials from "./Credentials.ts"
import { durationOf } from "./internal/duration.ts"
import { makeInterpreter } from "./internal/interpreter.ts"
import { makeSigningClient } from "./internal/signingClient.ts"
import type { Definition, Response } from "./Operation.ts"
import * as RetryPolicy from "./RetryPolicy.ts"
import { type Attempt, SendWitness } from "./SendWitness.ts"
import { Signer } from "./Signature.ts"
import type { ErrorOf, SpecificTag } from "./SnapTradeError.ts"

/**
 * SnapTrade, for one clientId. Operations such as `registerUser` require it; a runtime package's `layer` provides it.
 * `execute` sends what an operation describes; it is also the one place where a test, or a wrapper that counts or
 * refuses calls, comes between.
 *
 * @example
 * ```ts
 * import { registerUser, SnapTrade } from "@effect-snaptrade/core"
 *
 * const response = SnapTrade.use((snapTrade) => snapTrade.execute(registerUser.definition, { userId: "user-123" }))
 * ```
 */
export class SnapTrade extends Context.Service<
  SnapTrade,
  {
    /** Whose app it is. */
    readonly clientId: string
    readonly execute: <Input extends object, A, Tag extends SpecificTag>(
      definition: Definition<Input, A, Tag>,
      input: Input
    ) => Effect.Effect<Response<A>, ErrorOf<Tag>>
  }
>()("@effect-snaptrade/core/SnapTrade") {}

/**
 * What holds for every call of a layer, whoever its credentials are.
 */
export interface CallOptions {
  /**
   * For a whole operation, attempts and waits together; 30 seconds unless told. Nothing is sent again in its last quarter, at most
   * the last 5 seconds of it.
   */
  readonly timeout?: Duration.Input | undefined
  readonly retryPolicy?: RetryPolicy.RetryPolicy | undefined
  /**
   * Wraps the HTTP client outside signing and redaction: it sees the unsigned request, and what it changes in path, query
   * or body is what gets signed. The `request` of the reply is the signed one: do not log it. A client that retries breaks the
   * promise that no failure of unknown outcome is repeated. One that waits, such as a rate limiter, waits within the timeout; when it
   * is over meanwhile the outcome is `unknown`, for what a client does in there cannot be known.
   */
  readonly transformClient?: ((client: HttpClient.HttpClient) => HttpClient.HttpClient) | undefined
}

/**
 * The options of a layer, the same on every runtime.
 */
export interface Options extends CallOptions {
  /** The public name of the app at SnapTrade; trimmed. */
  readonly clientId: string
  /** The secret that signs every request; trimmed. */
  readonly consumerKey: Redacted.Redacted
  /** `https://api.snaptrade.com` unless told. A path that it has is sent and signed before every operation's. */
  readonly baseUrl?: string | undefined
}

/**
 * The time budget of the operations in this fiber; `undefined` leaves it to the layer.
 */
const CurrentTimeout = Context.Reference<Duration.Duration | undefined>(
  "@effect-snaptrade/core/SnapTrade/CurrentTimeout",
  { defaultValue: () => undefined }
)

/**
 * Bounds the operations inside by another time, attempts and waits together, in place of the layer's. Unlike
 * `Effect.timeout` it ends in a failure of the operation, with the outcome that is known.
 *
 * @example
 * ```ts
 * import { registerUser, withTimeout } from "@effect-snaptrade/core"
 *
 * const quick = registerUser({ userId: "user-123" }).pipe(withTimeout("5 seconds"))
 * ```
 */
export const withTimeout: {
  (timeout: Duration.Input): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, timeout: Duration.Input): Effect.Effect<A, E, R>
} = dual(2, <A, E, R>(self: Effect.Effect<A, E, R>, timeout: Duration.Input): Effect.Effect<A, E, R> =>
  Effect.provideService(self, CurrentTimeout, durationOf("timeout", timeout))
)

// A span of the client would record headers and query, and send `traceparent` and `b3`. A redirect that Effect's client over
// fetch follows would carry the signature, and on 307 and 308 the body, to another server.
const restrained = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  HttpClient.transformResponse(
    client,
    Effect.updateContext((context: Context.Context<never>) => {
      const init = Context.getOrUndefined(context, FetchHttpClient.RequestInit)
      return Context.add(context, HttpClient.TracerDisabledWhen, constTrue).pipe(
        Context.add(FetchHttpClient.RequestInit, { ...init, redirect: "manual" })
      )
    })
  )

/**
 * What a runtime supplies.
 */
export interface Platform {
  /**
   * It must have no span of its own, which would record headers and query, and send no trace headers: nothing is switched
   * off here. `makeSnapTrade` does that, and takes any client.
   */
  readonly client: HttpClient.HttpClient
  readonly signer: Signer["Service"]
  /** As `SendWitness` says. */
  readonly witness: () => Attempt
}

/**
 * Builds the service on one runtime, as the runtime packages do, over a client without tracing. Fails with
 * `InvalidCredentials` when a key is empty after trimming, or the base URL is none.
 *
 * @example
 * ```ts
 * import { makeFetchClient, makeSnapTradeOn, type Platform } from "@effect-snaptrade/core"
 * import { constFalse, identity } from "effect/Function"
 * import * as Redacted from "effect/Redacted"
 *
 * const onMyRuntime = (signer: Platform["signer"]) =>
 *   makeSnapTradeOn(
 *     { client: makeFetchClient(), signer, witness: () => ({ context: identity, neverSent: constFalse }) },
 *     { clientId: "MY-APP", consumerKey: Redacted.make("…") }
 *   )
 * ```
 */
export const makeOn = (
  { client, signer, witness }: Platform,
  options: Options
): Effect.Effect<SnapTrade["Service"], Credentials.InvalidCredentials> =>
  Effect.map(Credentials.make(options), (credentials) => {
    const { clientId, consumerKey } = credentials
    const { transformClient = identity } = options
    const retryPolicy = RetryPolicy.complete(options.retryPolicy ?? RetryPolicy.defaultRetryPolicy)
    const timeout = durationOf("timeout", options.timeout ?? "30 seconds")
    const execute = makeInterpreter({
      signedClient: transformClient(makeSigningClient({ client, clientId, sign: signer.signWith(consumerKey) })),
      unsignedClient: transformClient(client),
      credentials,
      witness,
      limits: (context) => ({
        timeout: Context.get(context, CurrentTimeout) ?? timeout,
        retryPolicy: Context.get(context, RetryPolicy.CurrentRetryPolicy) ?? retryPolicy
      })
    })
    return SnapTrade.of({ clientId, execute })
  })

/**
 * Builds the service over any `HttpClient`, which has no span of its own here, sends no trace headers and, where it is Effect's
 * over `fetch`, follows no redirect. Fails as `makeSnapTradeOn` does.
 *
 * @example
 * ```ts
 * import { makeSnapTrade } from "@effect-snaptrade/core"
 * import * as Redacted from "effect/Redacted"
 *
 * const snapTrade = makeSnapTrade({ clientId: "MY-APP", consumerKey: Redacted.make("…"), timeout: "10 seconds" })
 * ```
 */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<SnapTrade["Service"], Credentials.InvalidCredentials, HttpClient.HttpClient | Signer> {
  const client = restrained(yield* HttpClient.HttpClient)
  return yield* makeOn({ client, signer: yield* Signer, witness: yield* SendWitness }, options)
})

/**
 * The service as a layer, over any `HttpClient` and `Signer`. The runtime packages' `layer` brings both.
 *
 * @example
 * ```ts
 * import { layerSnapTrade, Signer } from "@effect-snaptrade/core"
 * import type * as HttpClient from "effect/http/HttpClient"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const onMyRuntime = (platform: Layer.Layer<HttpClient.HttpClient | Signer>) =>
 *   layerSnapTrade({ clientId: "MY-APP", consumerKey: Redacted.make("…") }).pipe(Layer.provide(platform))
 * ```
 */
export const layer = (
  options: Options
): Layer.Layer<SnapTrade, Credentials.InvalidCredentials, HttpClient.HttpClient | Signer> =>
  Layer.effect(SnapTrade, make(options))

/**
 * The same, with credentials from `SNAPTRADE_CLIENT_ID`, `SNAPTRADE_CONSUMER_KEY` and `SNAPTRADE_BASE_URL`.
 */
export const layerConfig = (
  options?: CallOptions
): Layer.Layer<SnapTrade, Credentials.InvalidCredentials | Config.ConfigError, HttpClient.HttpClient | Signer> =>
  Layer.effect(
    SnapTrade,
    Effect.flatMap(Credentials.config, (credentials) => make({ ...options, ...credentials }))
  )

/**
 * Receiving webhooks: verified, handled once, answered so that SnapTrade delivers again what was not handled.
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import { type InProgress, Malformed, type Replayed, type VerificationError, type WebhookError } from "./WebhookError.ts"
import type { WebhookEvent } from "./WebhookEvent.ts"
import { WebhookStore } from "./WebhookStore.ts"
import { type Delivery, type Verifier, verify } from "./WebhookVerifier.ts"

// One notification goes to each OAuth app that its user has let in, and all of them may share this address.
const idOf = (event: WebhookEvent): string => {
  const app =
    event.eventType === "UNKNOWN"
      ? event.payload["oauthClientId"]
      : "schemaVersion" in event
        ? event.oauthClientId
        : undefined
  return typeof app === "string" ? `${app}/${event.webhookId}` : event.webhookId
}

/**
 * Verifies a webhook and hands it to `handle`, unless it was handled before. It counts as handled once `handle` has
 * succeeded; when that fails, answer SnapTrade with an error, and the webhook comes again.
 *
 * @example
 * ```ts
 * import * as Webhook from "@effect-snaptrade/core/webhook"
 * import * as Effect from "effect/Effect"
 *
 * const received = (headers: Headers, body: Uint8Array) =>
 *   Webhook.receive({ headers, body }, (event) => Effect.log(event.eventType)).pipe(
 *     Effect.catchTag("WebhookReplayed", () => Effect.void)
 *   )
 * ```
 */
export const receive = <A, E, R>(
  delivery: Delivery,
  handle: (event: WebhookEvent) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | VerificationError | Replayed | InProgress, Verifier | WebhookStore | R> =>
  Effect.flatMap(verify(delivery), (event) =>
    WebhookStore.use((store) =>
      store.once(
        idOf(event),
        Effect.suspend(() => handle(event))
      )
    )
  )

/**
 * How a handler reads requests.
 */
export interface HandlerOptions {
  /** The longest body that is read, in bytes; 1,048,576 unless told. */
  readonly maxBodySize?: number | undefined
}

const bodyOf = (request: HttpServerRequest.HttpServerRequest, limit: number): Effect.Effect<Uint8Array, Malformed> => {
  const tooLong = () => new Malformed({ detail: `the body is longer than ${limit} bytes` })
  if (Number(request.headers["content-length"]) > limit) return Effect.fail(tooLong())
  let length = 0
  // No server bounds bodies by itself, and a length that is told need not be true.
  return request.stream.pipe(
    Stream.mapError(() => new Malformed({ detail: "the body is missing, or broke off" })),
    Stream.mapEffect((chunk) => {
      length += chunk.length
      return length > limit ? Effect.fail(tooLong()) : Effect.succeed(chunk)
    }),
    Stream.mkUint8Array
  )
}

const statuses: Readonly<Record<WebhookError["_tag"], number>> = {
  // SnapTrade has nothing left to do.
  WebhookReplayed: 200,
  WebhookMalformed: 400,
  WebhookStale: 400,
  WebhookSignatureMissing: 401,
  WebhookSignatureRejected: 401,
  // Had the other delivery failed, 200 would lose the event.
  WebhookInProgress: 409
}

const answer = (status: number, error?: string) =>
  error === undefined ? HttpServerResponse.empty({ status }) : HttpServerResponse.jsonUnsafe({ error }, { status })

const refused = (error: WebhookError) => {
  const status = statuses[error._tag]
  return status === 200
    ? Effect.as(Effect.logInfo(error.message), answer(status))
    : Effect.as(Effect.logWarning(error.message), answer(status, error.message))
}

const failed = (cause: Cause.Cause<unknown>) =>
  Effect.as(
    Effect.logError("A webhook could not be handled; SnapTrade will deliver it again.", cause),
    answer(500, "The webhook could not be handled.")
  )

/**
 * Webhooks as the handler of an `effect/http` route. It answers 200 when `handle` has succeeded, and for a webhook that was
 * handled before; 400 for one that is malformed or stale; 401 for a missing or rejected signature; 409 while another
 * delivery of it is being handled; 500 when `handle` fails, which is logged and not told. SnapTrade delivers again what was
 * not answered 200. `HttpRouter` interrupts `handle` when the sender hangs up: where that must not be, make it
 * `Effect.uninterruptible`.
 *
 * @example
 * ```ts
 * import * as Webhook from "@effect-snaptrade/core/webhook"
 * import * as Effect from "effect/Effect"
 * import * as HttpRouter from "effect/http/HttpRouter"
 *
 * const route = HttpRouter.add(
 *   "POST",
 *   "/webhooks/snaptrade",
 *   Webhook.handler((event) => Effect.log(event.eventType))
 * )
 * ```
 */
export const handler = <E, R>(
  handle: (event: WebhookEvent) => Effect.Effect<unknown, E, R>,
  options?: HandlerOptions
): Effect.Effect<
  HttpServerResponse.HttpServerResponse,
  never,
  HttpServerRequest.HttpServerRequest | Verifier | WebhookStore | R
> =>
  HttpServerRequest.HttpServerRequest.use((request) =>
    Effect.flatMap(bodyOf(request, options?.maxBodySize ?? 1024 * 1024), (body) =>
      // As a defect, so that no failure of the handler's passes for a refusal of ours.
      receive({ headers: request.headers, body }, (event) => Effect.orDie(handle(event)))
    )
  ).pipe(
    Effect.matchEffect({ onSuccess: () => Effect.succeed(answer(200)), onFailure: refused }),
    Effect.catchCause(failed)
  )

/**
 * Webhooks as a `fetch` handler, for Workers and wherever else there are Web requests. The layer is built by the first
 * request, since a Worker has no clock before; one that cannot be built is logged, answered 500, and built anew by the next
 * request. On Workers it has to build without waiting: a request that is cancelled meanwhile would hold up those after it.
 *
 * @example
 * ```ts
 * import * as Webhook from "@effect-snaptrade/core/webhook"
 * import { EdgeSnapTrade } from "@effect-snaptrade/edge"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const fetch = Webhook.toWebHandler(
 *   (event) => Effect.log(event.eventType),
 *   Webhook.layer({ consumerKey: Redacted.make("…"), tolerance: "4 hours" }).pipe(
 *     Layer.provide(EdgeSnapTrade.layerSigner),
 *     Layer.merge(Webhook.layerStoreMemory())
 *   )
 * )
 * ```
 */
export const toWebHandler = <E, R, LE>(
  handle: (event: WebhookEvent) => Effect.Effect<unknown, E, R>,
  layer: Layer.Layer<Verifier | WebhookStore | R, LE>,
  options?: HandlerOptions
): ((request: Request) => Promise<Response>) => {
  const respond = handler(handle, options)
  let runtime: ManagedRuntime.ManagedRuntime<Verifier | WebhookStore | R, LE> | undefined
  return (request) => {
    const current = (runtime ??= ManagedRuntime.make(layer))
    return current.contextEffect.pipe(
      // It remembers a failure as it does a success: the next request builds anew.
      Effect.tapCause(() => {
        if (runtime === current) runtime = undefined
        return current.disposeEffect
      }),
      Effect.flatMap((context) => Effect.provideContext(respond, context)),
      Effect.catchCause(failed),
      Effect.provideService(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromWeb(request)),
      Effect.map((response) => HttpServerResponse.toWeb(response)),
      Effect.runPromise
    )
  }
}

/**
 * Proving that a webhook is SnapTrade's, unaltered and fresh.
 */
import * as Clock from "effect/Clock"
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Credentials from "./Credentials.ts"
import { durationOf } from "./internal/duration.ts"
import { equals, Signer } from "./Signature.ts"
import { Malformed, SignatureMissing, SignatureRejected, Stale, type VerificationError } from "./WebhookError.ts"
import { fromPayload, type WebhookEvent } from "./WebhookEvent.ts"
import { parse } from "./WebhookSpelling.ts"

/**
 * A webhook as it came in. The body must be what was sent, byte for byte: not parsed and written again.
 */
export interface Delivery {
  /** Names in any case. */
  readonly headers: Headers.Input
  readonly body: Uint8Array | string
}

/**
 * Verifies webhooks with one consumerKey.
 */
export class Verifier extends Context.Service<
  Verifier,
  { readonly verify: (delivery: Delivery) => Effect.Effect<WebhookEvent, VerificationError> }
>()("@effect-snaptrade/core/WebhookVerifier") {}

/**
 * How fresh a webhook must be.
 */
export interface Freshness {
  /**
   * How old an event may be. SnapTrade delivers one again up to three times, after 30 minutes and then ever longer: the 5
   * minutes of its own sample refuse all of these. `"4 hours"` takes them.
   */
  readonly tolerance: Duration.Input
  /** How far this clock may be behind SnapTrade's; a minute unless told. */
  readonly allowance?: Duration.Input | undefined
}

/**
 * How webhooks are verified.
 */
export interface Options extends Freshness {
  /** The consumerKey of the clientId whose webhooks come here; trimmed. It is not the deprecated webhook secret. */
  readonly consumerKey: Redacted.Redacted
}

// A byte that is not UTF-8 must not become a replacement character, nor a byte order mark vanish: what is signed is what came.
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const textOf = (body: Uint8Array | string) =>
  typeof body === "string"
    ? Effect.succeed(body)
    : Effect.try({
        try: () => strictUtf8.decode(body),
        catch: () => new Malformed({ detail: "the body is not UTF-8" })
      })

const notAnObject = () => new Malformed({ detail: "the body is not a JSON object" })

const payloadOf = (text: string) =>
  Effect.filterOrFail(
    Effect.try({ try: () => parse(text), catch: notAnObject }),
    (payload) => payload !== undefined,
    notAnObject
  )

/**
 * Builds the service. Fails with `InvalidCredentials` when the key is empty after trimming: anybody could sign with that.
 *
 * @example
 * ```ts
 * import * as Webhook from "@effect-snaptrade/core/webhook"
 * import * as Redacted from "effect/Redacted"
 *
 * const verifier = Webhook.make({ consumerKey: Redacted.make("…"), tolerance: "4 hours" })
 * ```
 */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Verifier["Service"], Credentials.InvalidCredentials, Signer> {
  // No clientId takes part in a webhook's signature; the key is trimmed and checked as it is for requests.
  const { consumerKey } = yield* Credentials.make({ clientId: "none", consumerKey: options.consumerKey })
  const sign = (yield* Signer).signWith(consumerKey)
  const tolerance = durationOf("tolerance", options.tolerance)
  const aheadAtMost = Duration.negate(durationOf("allowance", options.allowance ?? "1 minute"))

  const verify = Effect.fnUntraced(function* ({
    body,
    headers
  }: Delivery): Effect.fn.Return<WebhookEvent, VerificationError> {
    const signature = Headers.fromInput(headers)["signature"]?.trim() ?? ""
    if (signature === "") return yield* new SignatureMissing()
    const { spellings, value } = yield* payloadOf(yield* textOf(body))
    let verified = false
    for (const spelling of spellings) verified ||= equals(yield* sign(spelling), signature)
    if (!verified) return yield* new SignatureRejected()
    const event = yield* fromPayload(value)
    const now = yield* Clock.currentTimeMillis
    const age = Duration.millis(now - DateTime.toEpochMillis(event.eventTimestamp))
    if (Duration.isGreaterThan(age, tolerance) || Duration.isLessThan(age, aheadAtMost)) {
      return yield* new Stale({ webhookId: event.webhookId, age })
    }
    return event
  })

  return Verifier.of({ verify })
})

/**
 * The service as a layer, over any `Signer`: the runtime packages have one, as `layerSigner`.
 *
 * @example
 * ```ts
 * import * as Webhook from "@effect-snaptrade/core/webhook"
 * import { NodeSnapTrade } from "@effect-snaptrade/node"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const live = Webhook.layer({ consumerKey: Redacted.make("…"), tolerance: "4 hours" }).pipe(
 *   Layer.provide(NodeSnapTrade.layerSigner)
 * )
 * ```
 */
export const layer = (options: Options): Layer.Layer<Verifier, Credentials.InvalidCredentials, Signer> =>
  Layer.effect(Verifier, make(options))

/**
 * The same, with the key from `SNAPTRADE_CONSUMER_KEY`.
 */
export const layerConfig = (
  options: Freshness
): Layer.Layer<Verifier, Credentials.InvalidCredentials | Config.ConfigError, Signer> =>
  Layer.effect(
    Verifier,
    Effect.flatMap(Credentials.config, ({ consumerKey }) => make({ ...options, consumerKey }))
  )

/**
 * Verifies a webhook and decodes it: it is signed with the consumerKey, as it came or in a canonical spelling, and it is
 * fresh. Whether it was handled before is not asked: `receive` does.
 *
 * @example
 * ```ts
 * import * as Webhook from "@effect-snaptrade/core/webhook"
 * import * as Effect from "effect/Effect"
 *
 * const eventOf = (request: Request) =>
 *   Effect.flatMap(Effect.promise(() => request.bytes()), (body) => Webhook.verify({ headers: request.headers, body }))
 * ```
 */
export const verify = (delivery: Delivery): Effect.Effect<WebhookEvent, VerificationError, Verifier> =>
  Verifier.use((verifier) => verifier.verify(delivery))

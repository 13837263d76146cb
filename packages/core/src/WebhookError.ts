/**
 * Why a webhook is refused. None of these holds the payload, the key or a signature: they may be logged and answered.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { DurationInMillis } from "./internal/duration.ts"
import { told } from "./internal/told.ts"

/**
 * There is no `Signature` header: whoever sent this did not sign it.
 */
export class SignatureMissing extends told(Schema.TaggedError<SignatureMissing>()("WebhookSignatureMissing", {})) {
  override get message(): string {
    return "The webhook has no Signature header, so it is not SnapTrade's, or a proxy took the header away."
  }
}

/**
 * The signature is not that of this body under this consumerKey: forged, altered on its way, or signed with another key.
 */
export class SignatureRejected extends told(Schema.TaggedError<SignatureRejected>()("WebhookSignatureRejected", {})) {
  override get message(): string {
    return "The webhook's signature does not verify. If it is SnapTrade's, check that the consumerKey is whole and that of the clientId whose webhooks come here, and that nothing changes the body before it is verified."
  }
}

/**
 * The event is older than the tolerance, or further in the future than clocks may differ (its age is negative then).
 */
export class Stale extends told(
  Schema.TaggedError<Stale>()("WebhookStale", {
    webhookId: Schema.String,
    age: DurationInMillis
  })
) {
  override get message(): string {
    return Duration.isNegative(this.age)
      ? `Webhook ${this.webhookId} is from the future, by ${Duration.format(Duration.abs(this.age))}. Check this machine's clock.`
      : `Webhook ${this.webhookId} is ${Duration.format(this.age)} old, which is more than is tolerated. If it is a redelivery, the tolerance is too small: the first comes after 30 minutes.`
  }
}

/**
 * This webhook was handled before. `webhookId` is the id that the store knows it by.
 */
export class Replayed extends told(Schema.TaggedError<Replayed>()("WebhookReplayed", { webhookId: Schema.String })) {
  override get message(): string {
    return `Webhook ${this.webhookId} was handled before.`
  }
}

/**
 * Another delivery of this webhook is being handled at this moment, and how that ends is not known yet.
 */
export class InProgress extends told(
  Schema.TaggedError<InProgress>()("WebhookInProgress", { webhookId: Schema.String })
) {
  override get message(): string {
    return `Webhook ${this.webhookId} is being handled already. Let it be delivered again, in case that fails.`
  }
}

/**
 * The body is no webhook: not UTF-8, not a JSON object, without an id or a time, or too long. `detail` says what.
 */
export class Malformed extends told(Schema.TaggedError<Malformed>()("WebhookMalformed", { detail: Schema.String })) {
  override get message(): string {
    return `The webhook cannot be read: ${this.detail}.`
  }
}

/** What verifying a webhook can fail with. */
export type VerificationError = SignatureMissing | SignatureRejected | Stale | Malformed

/** Any refusal of a webhook. */
export type WebhookError = VerificationError | Replayed | InProgress

/**
 * What SnapTrade tells by webhook: one schema for each documented type of event, and one for all others.
 *
 * An event comes in one of two forms. Apps with an API key get `clientId`, `brokerageAuthorizationId` and the deprecated
 * `webhookSecret`; OAuth apps get `schemaVersion: "oauth_v1"`, `oauthClientId` and `connectionId`. `eventType` tells the
 * events apart, `"schemaVersion" in event` the forms.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"
import { Malformed } from "./WebhookError.ts"

const written = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))$/

const epochMillis = (text: string): number | undefined => {
  const [whole, date, time, fraction = "", sign, hours, minutes] = written.exec(text) ?? []
  if (whole === undefined) return undefined
  // The one format that every engine reads alike.
  const local = Date.parse(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, "0")}Z`)
  // Some engines take 30 February for 2 March.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(`${date}T${time}`)) return undefined
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * 60_000
  return sign === "-" ? local + offset : local - offset
}

/**
 * A time as Python writes it, such as `2022-01-21 15:11:19.217000-05:00` or `2022-01-21T20:11:19+00:00`. What is finer
 * than a millisecond is dropped. One without an offset is refused: nobody could say when it was.
 *
 * @example
 * ```ts
 * import { EventTimestamp } from "@effect-snaptrade/core/webhook"
 * import * as Schema from "effect/Schema"
 *
 * const when = Schema.decodeSync(EventTimestamp)("2022-01-21 15:11:19.217000-05:00") // 2022-01-21T20:11:19.217Z
 * ```
 */
export const EventTimestamp = Schema.String.pipe(
  Schema.decodeTo(Schema.DateTimeUtc, {
    decode: SchemaGetter.transformEffect((text, options) => {
      const millis = epochMillis(text)
      return millis === undefined
        ? Effect.fail(new SchemaIssue.InvalidValue({ message: "is no time with an offset" }, text, options))
        : Effect.succeed(DateTime.makeUnsafe(millis))
    }),
    encode: SchemaGetter.transform(DateTime.formatIso)
  })
)

/**
 * The secret that webhooks were told by before they were signed. It is deprecated: verify the signature, and leave this
 * alone. Redacted, and refused by the encoder, so that an event must be stripped of it before it is stored.
 */
export const WebhookSecret = Schema.String.pipe(
  Schema.decodeTo(Schema.Redacted(Schema.String, { label: "webhookSecret", disallowJsonEncode: true }), {
    decode: SchemaGetter.transform((secret) => Redacted.make(secret, { label: "webhookSecret" })),
    // RedactedFromValue's own would refuse an event that has no secret, too.
    encode: SchemaGetter.transformEffect(() =>
      Effect.fail(new SchemaIssue.Forbidden({ message: "a webhookSecret must not be encoded" }))
    )
  })
)

/**
 * How an attempt to connect ended, as far as it is documented. An event takes other words too.
 */
export const ConnectionAttemptedResult = Schema.Literals([
  "SUCCESS",
  "AUTH_EXPIRED",
  "INVALID_AUTH_CODE",
  "AUTH_NOT_IN_PROGRESS",
  "DIFFERENT_ACCOUNT",
  "UNCAUGHT_ERROR",
  "INVALID_CREDENTIALS",
  "INVALID_MFA_CODE",
  "NO_DATA"
])

const Id = Schema.NonEmptyString
const Details = Schema.Record(Schema.String, Schema.Json)

const common = {
  /** The notification's id. */
  webhookId: Id,
  eventTimestamp: EventTimestamp,
  /** The app's name for its user; for OAuth apps SnapTrade's. */
  userId: Id,
  /** What else SnapTrade tells, in its own words. */
  details: Schema.optionalKey(Details)
}

const event = <Type extends string, ApiKey extends Schema.Struct.Fields, OAuth extends Schema.Struct.Fields>(
  eventType: Type,
  fields: { readonly apiKey: ApiKey; readonly oauth: OAuth }
) =>
  Schema.Union([
    Schema.Struct({
      ...common,
      eventType: Schema.Literal(eventType),
      schemaVersion: Schema.Literal("oauth_v1"),
      oauthClientId: Id,
      ...fields.oauth
    }),
    Schema.Struct({
      ...common,
      eventType: Schema.Literal(eventType),
      clientId: Id,
      webhookSecret: Schema.optionalKey(WebhookSecret),
      ...fields.apiKey
    })
  ])

const user = { apiKey: {}, oauth: {} }

const connection = { apiKey: { brokerageAuthorizationId: Id }, oauth: { connectionId: Id } }

const brokerageConnection = {
  apiKey: { ...connection.apiKey, brokerageId: Id },
  // OAuth apps are told the brokerage "when available".
  oauth: { ...connection.oauth, brokerageId: Schema.optionalKey(Id) }
}

const account = {
  apiKey: { ...connection.apiKey, accountId: Id },
  oauth: { ...connection.oauth, accountId: Id }
}

const brokerageAccount = {
  apiKey: { ...brokerageConnection.apiKey, accountId: Id },
  oauth: { ...brokerageConnection.oauth, accountId: Id }
}

const trade = {
  apiKey: { ...brokerageAccount.apiKey, details: Details },
  oauth: { ...brokerageAccount.oauth, details: Details }
}

const attemptedResult = Schema.Union([ConnectionAttemptedResult, Schema.String])

/** A user was registered. The userSecret is not told: only the reply to `registerUser` has it. */
export const UserRegistered = event("USER_REGISTERED", user)
export type UserRegistered = typeof UserRegistered.Type

/** A user that was queued for deletion is gone. */
export const UserDeleted = event("USER_DELETED", user)
export type UserDeleted = typeof UserDeleted.Type

/** A user tried to connect a brokerage account, with success or not. */
export const ConnectionAttempted = event("CONNECTION_ATTEMPTED", {
  apiKey: { brokerageId: Id, connectionAttemptedResult: attemptedResult },
  oauth: {
    brokerageId: Schema.optionalKey(Id),
    connectionId: Schema.optionalKey(Id),
    connectionAttemptedResult: attemptedResult
  }
})
export type ConnectionAttempted = typeof ConnectionAttempted.Type

/** A brokerage was connected. */
export const ConnectionAdded = event("CONNECTION_ADDED", brokerageConnection)
export type ConnectionAdded = typeof ConnectionAdded.Type

/** A connection was deleted, and its data with it. */
export const ConnectionDeleted = event("CONNECTION_DELETED", brokerageConnection)
export type ConnectionDeleted = typeof ConnectionDeleted.Type

/** A connection stopped working: the user has to mend it (`loginUser` with `reconnect`). */
export const ConnectionBroken = event("CONNECTION_BROKEN", connection)
export type ConnectionBroken = typeof ConnectionBroken.Type

/** A broken connection works again. */
export const ConnectionFixed = event("CONNECTION_FIXED", connection)
export type ConnectionFixed = typeof ConnectionFixed.Type

/** A connection was changed. */
export const ConnectionUpdated = event("CONNECTION_UPDATED", connection)
export type ConnectionUpdated = typeof ConnectionUpdated.Type

/** A user's attempt to connect a brokerage failed. */
export const ConnectionFailed = event("CONNECTION_FAILED", {
  apiKey: {},
  oauth: { connectionId: Schema.optionalKey(Id), brokerageId: Schema.optionalKey(Id) }
})
export type ConnectionFailed = typeof ConnectionFailed.Type

/** A connection has an account that was not known before. */
export const NewAccountAvailable = event("NEW_ACCOUNT_AVAILABLE", account)
export type NewAccountAvailable = typeof NewAccountAvailable.Type

/** An account's transactions were fetched for the first time. */
export const AccountTransactionsInitialUpdate = event("ACCOUNT_TRANSACTIONS_INITIAL_UPDATE", account)
export type AccountTransactionsInitialUpdate = typeof AccountTransactionsInitialUpdate.Type

/** An account has new transactions. */
export const AccountTransactionsUpdated = event("ACCOUNT_TRANSACTIONS_UPDATED", account)
export type AccountTransactionsUpdated = typeof AccountTransactionsUpdated.Type

/** An account was taken out of its connection. */
export const AccountRemoved = event("ACCOUNT_REMOVED", account)
export type AccountRemoved = typeof AccountRemoved.Type

/** An account's holdings were fetched, or were tried to: `details` says what failed. */
export const AccountHoldingsUpdated = event("ACCOUNT_HOLDINGS_UPDATED", brokerageAccount)
export type AccountHoldingsUpdated = typeof AccountHoldingsUpdated.Type

/** Orders were executed in an account that is watched; `details.orders` has them. */
export const TradeDetection = event("TRADE_DETECTION", trade)
export type TradeDetection = typeof TradeDetection.Type

/** An order that was placed through SnapTrade has a new status; `details.orders` has it. */
export const TradeUpdate = event("TRADE_UPDATE", trade)
export type TradeUpdate = typeof TradeUpdate.Type

/**
 * An event of a type that is not documented, or of a documented one with fields that do not fit. `receivedType` is the
 * `eventType` that came; `payload` is all that came, without any `webhookSecret`.
 */
export const UnknownEvent = Schema.Struct({
  eventType: Schema.Literal("UNKNOWN"),
  webhookId: Id,
  eventTimestamp: EventTimestamp,
  receivedType: Schema.optionalKey(Schema.String),
  payload: Schema.Record(Schema.String, Schema.Json)
})
export type UnknownEvent = typeof UnknownEvent.Type

const documented = [
  UserRegistered,
  UserDeleted,
  ConnectionAttempted,
  ConnectionAdded,
  ConnectionDeleted,
  ConnectionBroken,
  ConnectionFixed,
  ConnectionUpdated,
  ConnectionFailed,
  NewAccountAvailable,
  AccountTransactionsInitialUpdate,
  AccountTransactionsUpdated,
  AccountRemoved,
  AccountHoldingsUpdated,
  TradeDetection,
  TradeUpdate
] as const

/**
 * Any event. It encodes too, for a queue between the one who receives and the one who acts, once it is stripped of its
 * `webhookSecret`.
 *
 * @example
 * ```ts
 * import type * as Webhook from "@effect-snaptrade/core/webhook"
 *
 * const describe = (event: Webhook.WebhookEvent): string => {
 *   switch (event.eventType) {
 *     case "USER_DELETED":
 *       return `${event.userId} is gone`
 *     case "CONNECTION_BROKEN":
 *       return `${event.userId} has to mend ${"schemaVersion" in event ? event.connectionId : event.brokerageAuthorizationId}`
 *     case "UNKNOWN":
 *       return `something new: ${event.receivedType}`
 *     default:
 *       return event.eventType
 *   }
 * }
 * ```
 */
export const WebhookEvent = Schema.Union([...documented, UnknownEvent])
export type WebhookEvent = typeof WebhookEvent.Type

const decodeDocumented = Schema.decodeUnknownOption(Schema.Union(documented))
const decodeEnvelope = Schema.decodeUnknownEffect(Schema.Struct({ webhookId: Id, eventTimestamp: EventTimestamp }))

const isArray: (json: Schema.Json) => json is Schema.JsonArray = Array.isArray

const withoutSecret = (json: Schema.Json): Schema.Json =>
  json === null || typeof json !== "object" ? json : isArray(json) ? json.map(withoutSecret) : stripped(json)

const stripped = (payload: Schema.JsonObject): Schema.JsonObject =>
  Object.fromEntries(
    Object.entries(payload)
      .filter(([key]) => key !== "webhookSecret")
      .map(([key, value]) => [key, withoutSecret(value)])
  )

/**
 * The event that a payload tells. It does not verify anything: `verify` does, and then calls this.
 */
export const fromPayload = Effect.fnUntraced(function* (
  payload: Schema.JsonObject
): Effect.fn.Return<WebhookEvent, Malformed> {
  const { eventType, webhookId, webhookSecret, webookId } = payload
  // Some of SnapTrade's samples spell it webookId, or have both.
  const told = { ...stripped(payload), webhookId: webhookId ?? webookId }
  const envelope = yield* Effect.mapError(
    decodeEnvelope(told),
    () => new Malformed({ detail: "its webhookId or its eventTimestamp is missing, or is none" })
  )
  return Option.getOrElse(
    decodeDocumented({ ...told, ...(typeof webhookSecret === "string" && { webhookSecret }) }),
    () => ({
      ...envelope,
      eventType: "UNKNOWN" as const,
      ...(typeof eventType === "string" && { receivedType: eventType }),
      payload: stripped(payload)
    })
  )
})

/**
 * The fourteen ways in which an operation fails, and the one table from a reply's status and code to a failure.
 *
 * Each failure carries the `operation`, its `outcome`, what SnapTrade said where there was a reply, and a `message` for
 * the person who reads it at night. None holds a request, a response or a transport error: those print secrets.
 *
 * `outcome` is what is known about the effect at SnapTrade: `"not-applied"`, nothing changed; `"applied"`, it was carried
 * out but the reply cannot be used; `"unknown"`, it may have been carried out.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { DurationInMillis, inWords } from "./internal/duration.ts"
import { told } from "./internal/told.ts"

const notApplied = Schema.Literal("not-applied").pipe(
  Schema.withConstructorDefault(Effect.succeed("not-applied" as const))
)
const unknown = Schema.Literal("unknown").pipe(Schema.withConstructorDefault(Effect.succeed("unknown" as const)))

const replyFields = {
  /** The reply's HTTP status. */
  status: Schema.optionalKey(Schema.Finite),
  /** SnapTrade's own code, as a string. */
  code: Schema.optionalKey(Schema.String),
  /** What SnapTrade said, scrubbed of what was sent. */
  detail: Schema.optionalKey(Schema.String),
  /** `X-Request-ID`: SnapTrade's support asks for it. */
  requestId: Schema.optionalKey(Schema.String)
}

const unsentFields = { operation: Schema.String, outcome: notApplied, detail: Schema.String }
const refusedFields = { operation: Schema.String, outcome: notApplied, ...replyFields }
const lostFields = {
  operation: Schema.String,
  outcome: unknown,
  ...replyFields,
  /** What a lost reply of this operation means, and what to do. */
  advice: Schema.optionalKey(Schema.String)
}

interface Said {
  readonly status?: number
  readonly code?: string
  readonly detail?: string
  readonly requestId?: string
}

const fact = (name: string, value: unknown): ReadonlyArray<string> =>
  value === undefined ? [] : [`${name} ${String(value)}`]

const inBrackets = ({ code, detail, requestId, status }: Said): string => {
  const facts = [...fact("status", status), ...fact("code", code), ...fact("request id", requestId)].join(", ")
  const parts = [detail?.replace(/\.$/, ""), facts].filter(Boolean).join("; ")
  return parts === "" ? "" : ` (${parts})`
}

interface Told extends Said {
  readonly operation: string
  readonly advice?: string
}

const refusal = (error: Told, what: string, advice = ""): string =>
  `${error.operation}: ${what}${inBrackets(error)}.${advice && ` ${advice}`}`

const loss = (error: Told, what: string, known = "whether it was carried out is unknown"): string =>
  `${error.operation}: ${what}${inBrackets(error)}; ${known}.${error.advice === undefined ? "" : ` ${error.advice}`}`

/**
 * Refused before sending: the input does not fit the operation (an empty userId, a lone surrogate).
 */
export class InvalidInput extends told(Schema.TaggedError<InvalidInput>()("InvalidInput", unsentFields)) {
  override get message(): string {
    return `${this.operation} was not sent: ${this.detail}`
  }
}

/**
 * Proven that nothing was sent: the connection was refused, a name did not resolve, TLS failed, time ran out before a
 * connection stood. Safe to repeat, and repeated by default. Never on Workers, where nothing is provable.
 */
export class RequestNotSent extends told(Schema.TaggedError<RequestNotSent>()("RequestNotSent", unsentFields)) {
  override get message(): string {
    return `${this.operation} never left this machine: ${this.detail}. Nothing changed; call again once SnapTrade can be reached (is the base URL right?).`
  }
}

/**
 * 429: the rate limit of this clientId is used up (250 requests a minute, all operations together). `retryAfter` is the
 * first of `Retry-After`, `X-RateLimit-Reset` and the sentence in `detail` that is a number of seconds; else 60 s.
 */
export class RateLimited extends told(
  Schema.TaggedError<RateLimited>()("RateLimited", {
    ...refusedFields,
    limit: Schema.optionalKey(Schema.Finite),
    remaining: Schema.optionalKey(Schema.Finite),
    retryAfter: DurationInMillis
  })
) {
  override get message(): string {
    return `${this.operation} was refused by SnapTrade's rate limit${inBrackets(this)}. Nothing changed; call again ${Duration.toMillis(this.retryAfter) === 0 ? "now" : `in ${inWords(this.retryAfter)}`}.`
  }
}

/**
 * 400 / 1010: a user with this userId exists already, and its secret is not shown again.
 */
export class UserAlreadyExists extends told(
  Schema.TaggedError<UserAlreadyExists>()("UserAlreadyExists", refusedFields)
) {
  override get message(): string {
    return refusal(
      this,
      "SnapTrade has a user with this userId already",
      "Use the secret that was stored when it was registered; if that is lost, register another userId."
    )
  }
}

/**
 * 400 / 1012 that says so: a Personal key may not register users.
 */
export class PersonalKeyRefused extends told(
  Schema.TaggedError<PersonalKeyRefused>()("PersonalKeyRefused", refusedFields)
) {
  override get message(): string {
    return refusal(
      this,
      "a Personal key may not register users",
      "Use the clientId and consumerKey of a Commercial key."
    )
  }
}

/**
 * 401 or 400 / 1076: the signature does not verify.
 */
export class SignatureRejected extends told(
  Schema.TaggedError<SignatureRejected>()("SignatureRejected", refusedFields)
) {
  override get message(): string {
    return refusal(
      this,
      "SnapTrade could not verify the signature",
      "Check that the consumerKey is whole and belongs to this clientId, that this machine's clock is right, and that no proxy rewrites path, query or body."
    )
  }
}

/**
 * 401 / 1083 on an operation that carries no userSecret: SnapTrade does not know this clientId.
 */
export class ClientIdRejected extends told(Schema.TaggedError<ClientIdRejected>()("ClientIdRejected", refusedFields)) {
  override get message(): string {
    return refusal(
      this,
      "SnapTrade does not know this clientId",
      "Check SNAPTRADE_CLIENT_ID, and that it belongs to the environment at the base URL."
    )
  }
}

/**
 * Any other 401, and 403.
 */
export class AccessDenied extends told(Schema.TaggedError<AccessDenied>()("AccessDenied", refusedFields)) {
  override get message(): string {
    return refusal(
      this,
      "SnapTrade denied access",
      "Check that this key may do this, and whose userId and userSecret were given."
    )
  }
}

/**
 * Any other 400.
 */
export class InvalidRequest extends told(Schema.TaggedError<InvalidRequest>()("InvalidRequest", refusedFields)) {
  override get message(): string {
    return refusal(this, "SnapTrade refused the request as invalid")
  }
}

/**
 * 404.
 */
export class NotFound extends told(Schema.TaggedError<NotFound>()("NotFound", refusedFields)) {
  override get message(): string {
    return refusal(this, "SnapTrade has nothing there", "Check the ids that were given, and the base URL.")
  }
}

/**
 * 5xx: SnapTrade failed; the operation may have been carried out.
 */
export class ServerError extends told(Schema.TaggedError<ServerError>()("ServerError", lostFields)) {
  override get message(): string {
    return loss(this, "SnapTrade failed")
  }
}

/**
 * The connection was reset or closed, or the reply cut short, after the request may have left.
 */
export class ConnectionLost extends told(Schema.TaggedError<ConnectionLost>()("ConnectionLost", lostFields)) {
  override get message(): string {
    return loss(this, "the connection was lost before a whole reply came")
  }
}

/**
 * No whole reply in time, once the request may have left.
 */
export class RequestTimeout extends told(
  Schema.TaggedError<RequestTimeout>()("RequestTimeout", {
    ...lostFields,
    timeout: DurationInMillis
  })
) {
  override get message(): string {
    return loss(this, `no whole reply came within ${inWords(this.timeout)}`)
  }
}

/**
 * A status that is no row of the table (408 and redirects too: they are never followed), or a 2xx whose body does not
 * decode, belongs to another user, or is over the limit. A 2xx was applied; of the rest nothing is known.
 */
export class UnexpectedReply extends told(
  Schema.TaggedError<UnexpectedReply>()("UnexpectedReply", {
    ...lostFields,
    outcome: Schema.Literals(["applied", "unknown"])
  })
) {
  override get message(): string {
    return loss(this, "SnapTrade's reply cannot be used", this.outcome === "applied" ? "it was carried out" : undefined)
  }
}

/**
 * What every operation can fail with.
 */
export type CommonError =
  | InvalidInput
  | RequestNotSent
  | RateLimited
  | SignatureRejected
  | AccessDenied
  | InvalidRequest
  | NotFound
  | ServerError
  | ConnectionLost
  | RequestTimeout
  | UnexpectedReply

/**
 * What only some operations can fail with; they list it as a value. Elsewhere the same reply is `InvalidRequest` or
 * `AccessDenied` with its code.
 */
export type SpecificError = UserAlreadyExists | PersonalKeyRefused | ClientIdRejected

/** The tags that an operation may list beside the common ones. */
export type SpecificTag = SpecificError["_tag"]

/**
 * Any failure of any operation, as a schema too: for an RPC, a workflow or a queue that carries them.
 *
 * @example
 * ```ts
 * import { SnapTradeError } from "@effect-snaptrade/core"
 * import * as Schema from "effect/Schema"
 *
 * const toJson = Schema.encodeEffect(Schema.toCodecJson(SnapTradeError))
 * ```
 */
export const SnapTradeError = Schema.Union([
  InvalidInput,
  RequestNotSent,
  RateLimited,
  UserAlreadyExists,
  PersonalKeyRefused,
  SignatureRejected,
  ClientIdRejected,
  AccessDenied,
  InvalidRequest,
  NotFound,
  ServerError,
  ConnectionLost,
  RequestTimeout,
  UnexpectedReply
])
export type SnapTradeError = CommonError | SpecificError

/** The failures of an operation that lists these tags. */
export type ErrorOf<Tag extends SpecificTag> = CommonError | Extract<SpecificError, { readonly _tag: Tag }>

/**
 * A reply as the table reads it.
 */
export interface FailedReply {
  /** What every failure tells of it. */
  readonly said: Said & { readonly operation: string; readonly status: number }
  readonly advice: string
  readonly rateLimit: { readonly limit?: number; readonly remaining?: number; readonly retryAfter: Duration.Duration }
}

interface Row {
  readonly status: number | readonly [from: number, to: number]
  readonly code?: string
  readonly detail?: RegExp
  readonly failure: (reply: FailedReply) => CommonError
}

interface SpecificRow extends Omit<Row, "failure"> {
  readonly tag: SpecificTag
  readonly failure: (reply: FailedReply) => SpecificError
}

const refused =
  <E>(Refusal: new (said: FailedReply["said"]) => E) =>
  ({ said }: FailedReply): E =>
    new Refusal(said)

const rateLimited = ({ rateLimit, said }: FailedReply) => new RateLimited({ ...said, ...rateLimit })

const serverError = ({ advice, said }: FailedReply) => new ServerError({ ...said, advice })

const unexpected = ({ advice, said }: FailedReply) =>
  new UnexpectedReply({ ...said, advice, outcome: said.status >= 200 && said.status < 300 ? "applied" : "unknown" })

// The table: the first row that fits decides; a row with a tag only for operations that list it.
const table: ReadonlyArray<Row | SpecificRow> = [
  { status: 400, code: "1010", tag: "UserAlreadyExists", failure: refused(UserAlreadyExists) },
  {
    status: 400,
    code: "1012",
    detail: /personal/i,
    tag: "PersonalKeyRefused",
    failure: refused(PersonalKeyRefused)
  },
  { status: 400, code: "1076", failure: refused(SignatureRejected) },
  { status: 400, failure: refused(InvalidRequest) },
  { status: 401, code: "1076", failure: refused(SignatureRejected) },
  { status: 401, code: "1083", tag: "ClientIdRejected", failure: refused(ClientIdRejected) },
  { status: 401, failure: refused(AccessDenied) },
  { status: 403, failure: refused(AccessDenied) },
  { status: 404, failure: refused(NotFound) },
  { status: 429, failure: rateLimited },
  { status: [500, 599], failure: serverError },
  { status: [0, 999], failure: unexpected }
]

const fits = (row: Row | SpecificRow, { code, detail, status }: FailedReply["said"]): boolean =>
  (typeof row.status === "number" ? row.status === status : row.status[0] <= status && status <= row.status[1]) &&
  (row.code === undefined || row.code === code) &&
  (row.detail === undefined || row.detail.test(detail ?? ""))

const isListed = <Tag extends SpecificTag>(
  tags: ReadonlyArray<Tag>,
  error: SpecificError
): error is Extract<SpecificError, { readonly _tag: Tag }> => tags.some((tag) => tag === error._tag)

/**
 * The failure that a reply is, for an operation that lists `tags`. The status decides first; `code` and `detail` are
 * absent where the body could not be read.
 */
export const fromReply = <Tag extends SpecificTag>(tags: ReadonlyArray<Tag>, reply: FailedReply): ErrorOf<Tag> => {
  for (const row of table) {
    if (!fits(row, reply.said)) continue
    if (!("tag" in row)) return row.failure(reply)
    const error = row.failure(reply)
    if (isListed(tags, error)) return error
  }
  return unexpected(reply)
}

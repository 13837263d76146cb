/**
 * An operation of SnapTrade's API as a value: what is sent, what comes back, how it can fail, what a lost reply means.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { HttpMethod } from "effect/http/HttpMethod"
import type * as Schema from "effect/Schema"
import { SnapTrade } from "./SnapTrade.ts"
import type { ErrorOf, SpecificTag } from "./SnapTradeError.ts"

/**
 * What an operation is. Everything that makes a request of it (signing, timeouts, retries, failures, redaction) is the
 * same for all.
 */
export interface Definition<Input extends object, A, Tag extends SpecificTag = never> {
  /** The operation's name, in failures, spans and metrics. */
  readonly name: string
  readonly method: HttpMethod
  /** The path below the base URL; `{name}` takes the input's field of that name. */
  readonly path: `/${string}`
  /**
   * The input, encoded to the wire's fields. Fields that are `Redacted` are treated as secrets: they show nowhere, and
   * are scrubbed from what SnapTrade answers.
   */
  readonly input: Schema.Codec<Input, { readonly [field: string]: Schema.Json | undefined }>
  /** Fields that travel in the query, in this order. All others travel in the JSON body; on GET, in the query. */
  readonly query?: ReadonlyArray<keyof Input & string>
  /** The body of a 2xx reply. What does not decode is `UnexpectedReply`. */
  readonly reply: Schema.Decoder<A>
  /** The longest reply body that is read, in bytes; 65,536 unless told. */
  readonly replyLimit?: number
  /** Whether a decoded reply is an answer to this input; what is not is `UnexpectedReply`. */
  readonly answers?: (input: Input, value: A) => boolean
  /** The tags that this operation can fail with beside the common ones. */
  readonly errors?: ReadonlyArray<Tag>
  /** What it means when the reply is lost. */
  readonly lostReply: {
    /** Whether the operation may be sent again when its outcome is unknown: reads may. */
    readonly repeatable: boolean
    /** Said in the message of every failure whose outcome is not known to be `not-applied`. */
    readonly advice: string
  }
}

/**
 * A value, and what came with it.
 */
export interface Response<A> {
  readonly value: A
  /** The HTTP status, a 2xx. */
  readonly status: number
  /** `X-Request-ID`: SnapTrade's support asks for it. */
  readonly requestId: string | undefined
  readonly rateLimit: RateLimit
}

/**
 * The rate limit as the reply's `X-RateLimit-*` headers told it; a field that was missing or no number is `undefined`.
 */
export interface RateLimit {
  /** Requests allowed in a rolling window (250 a minute, all operations of a clientId together). */
  readonly limit: number | undefined
  readonly remaining: number | undefined
  /** How long until there is room again. */
  readonly reset: Duration.Duration | undefined
}

/**
 * An operation: a function from its input to an Effect that needs {@link SnapTrade}.
 */
export interface Operation<Input extends object, A, Tag extends SpecificTag = never> {
  (input: Input): Effect.Effect<A, ErrorOf<Tag>, SnapTrade>
  /** The same, for those who need the request id and what is left of the rate limit. */
  readonly withResponse: (input: Input) => Effect.Effect<Response<A>, ErrorOf<Tag>, SnapTrade>
  readonly definition: Definition<Input, A, Tag>
}

/**
 * Describes an operation. SnapTrade has 55; whoever needs one that is not wrapped here describes it, and it is signed,
 * typed, bounded and redacted like ours.
 *
 * @example
 * ```ts
 * import { makeOperation } from "@effect-snaptrade/core"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 * import * as Schema from "effect/Schema"
 *
 * const listAccounts = makeOperation({
 *   name: "listAccounts",
 *   method: "GET",
 *   path: "/accounts",
 *   input: Schema.Struct({ userId: Schema.String, userSecret: Schema.RedactedFromValue(Schema.String) }),
 *   reply: Schema.Array(Schema.Struct({ id: Schema.String, name: Schema.NullOr(Schema.String) })),
 *   replyLimit: 1024 * 1024,
 *   lostReply: { repeatable: true, advice: "Nothing changed; call again." }
 * })
 *
 * const names = listAccounts({ userId: "user-123", userSecret: Redacted.make("…") }).pipe(
 *   Effect.map((accounts) => accounts.map((account) => account.name))
 * )
 * ```
 */
export const make = <Input extends object, A, Tag extends SpecificTag = never>(
  definition: Definition<Input, A, Tag>
): Operation<Input, A, Tag> => {
  const withResponse = (input: Input) => SnapTrade.use((snapTrade) => snapTrade.execute(definition, input))
  return Object.assign((input: Input) => Effect.map(withResponse(input), (response) => response.value), {
    withResponse,
    definition
  })
}

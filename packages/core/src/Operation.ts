/**
 * An operation of SnapTrade's API as a value: what is sent, what comes back, how it can fail, what a lost reply means.
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import { define, defineList } from "./internal/define.ts"
import type { Reply } from "./internal/reply.ts"
import type { SnapTrade } from "./SnapTrade.ts"
import type { CommonError, ErrorOf, SpecificTag } from "./SnapTradeError.ts"

export type { Reply } from "./internal/reply.ts"

/**
 * What is the same for every operation, whatever it answers. How a request of it is made (signing, timeouts, retries,
 * failures, redaction) is the same for all.
 */
export interface Call<Input extends object, Tag extends SpecificTag = never> {
  /** The operation's name, in failures, spans and metrics. */
  readonly name: string
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** The path below the base URL; `{name}` takes the input's field of that name. */
  readonly path: `/${string}`
  /**
   * The input, encoded to the wire's fields. Fields that are `Redacted`, and a `userId`, show nowhere, and are scrubbed
   * from what SnapTrade answers.
   */
  readonly input: Schema.Codec<Input, { readonly [field: string]: Schema.Json | undefined }>
  /** The wire's fields that travel in the query, in this order. All others travel in the JSON body; on GET, in the query. */
  readonly query?: ReadonlyArray<string>
  /** Whether requests carry clientId, timestamp and signature; they do unless told. */
  readonly signed?: boolean
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
 * An operation that answers one value.
 */
export interface Description<Input extends object, A, Tag extends SpecificTag = never> extends Call<Input, Tag> {
  /** The body of a 2xx reply. What does not decode is `UnexpectedReply`. */
  readonly reply: Schema.Decoder<A>
  /** The longest reply body that is read, in bytes; 65,536 unless told. */
  readonly replyLimit?: number
  /** Whether a decoded reply is an answer to this input; what is not is `UnexpectedReply`. */
  readonly answers?: (input: Input, value: A) => boolean
}

/**
 * An operation that answers a list, which is decoded as it streams, however long it is.
 */
export interface ListDescription<Input extends object, Element, Tag extends SpecificTag = never> extends Call<
  Input,
  Tag
> {
  /** One element of the JSON array that a 2xx reply is. */
  readonly element: Schema.Decoder<Element>
  /** The longest element that is read, in characters; 65,536 unless told. */
  readonly elementLimit?: number
}

/**
 * An operation as `SnapTrade` executes it: what is sent, and how a 2xx reply is read. Made by {@link make} and
 * {@link makeList}.
 */
export interface Definition<Input extends object, A, Tag extends SpecificTag = never> extends Call<Input, Tag> {
  readonly read: (reply: Reply, input: Input) => Effect.Effect<A, CommonError>
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
 * The arguments of an operation: its input, which may be left out where nothing in it is required.
 */
export type Arguments<Input extends object> = {} extends Input ? [input?: Input] : [input: Input]

/**
 * An operation: a function from its input to an Effect that needs {@link SnapTrade}.
 */
export interface Operation<Input extends object, A, Tag extends SpecificTag = never> {
  (...input: Arguments<Input>): Effect.Effect<A, ErrorOf<Tag>, SnapTrade>
  /** The same, for those who need the request id and what is left of the rate limit. */
  readonly withResponse: (...input: Arguments<Input>) => Effect.Effect<Response<A>, ErrorOf<Tag>, SnapTrade>
  readonly definition: Definition<Input, A, Tag>
}

/**
 * An operation that answers a list: as an array, or as it comes.
 */
export interface ListOperation<Input extends object, Element, Tag extends SpecificTag = never> extends Operation<
  Input,
  ReadonlyArray<Element>,
  Tag
> {
  /**
   * The elements as they arrive, in memory that does not grow with their number. Retries and the time budget end with the
   * reply's head, and so do span and metrics; from then on each wait for more is bounded by the budget.
   */
  readonly stream: (...input: Arguments<Input>) => Stream.Stream<Element, ErrorOf<Tag>, SnapTrade>
  readonly streamDefinition: Definition<Input, Stream.Stream<Element, CommonError>, Tag>
}

// A mistake in a description is told where it is made. What fields a union or a record has is not known here.
const check = <Input extends object, Tag extends SpecificTag>({ input, name, path, query = [] }: Call<Input, Tag>) => {
  const refuse = (what: string) => {
    throw new TypeError(`${name}: ${what}`)
  }
  if (!path.startsWith("/")) refuse(`the path ${path} must begin with a slash`)
  if (/[?#]/.test(path)) refuse(`the path ${path} must have no query: name its fields in \`query\``)
  const { ast } = Schema.toEncoded(input)
  if (ast._tag !== "Objects" || ast.indexSignatures.length > 0) return
  const isField = (field: string) => ast.propertySignatures.some((property) => property.name === field)
  for (const [, field = ""] of path.matchAll(/\{([^}]*)\}/g)) {
    if (!isField(field)) refuse(`the path ${path} names {${field}}, which the input does not have once it is encoded`)
  }
  for (const field of query) {
    if (!isField(field)) refuse(`the query names ${field}, which the input does not have once it is encoded`)
  }
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
  description: Description<Input, A, Tag>
): Operation<Input, A, Tag> => {
  check(description)
  return define(description)
}

/**
 * Describes an operation that answers a list.
 *
 * @example
 * ```ts
 * import { makeListOperation } from "@effect-snaptrade/core"
 * import * as Schema from "effect/Schema"
 * import * as Stream from "effect/Stream"
 *
 * const listBrokerages = makeListOperation({
 *   name: "listBrokerages",
 *   method: "GET",
 *   path: "/brokerages",
 *   input: Schema.Struct({}),
 *   element: Schema.Struct({ id: Schema.String, slug: Schema.String }),
 *   lostReply: { repeatable: true, advice: "Nothing changed; call again." }
 * })
 *
 * const all = listBrokerages() // Effect<ReadonlyArray<…>, …>
 * const count = Stream.runCount(listBrokerages.stream())
 * ```
 */
export const makeList = <Input extends object, Element, Tag extends SpecificTag = never>(
  description: ListDescription<Input, Element, Tag>
): ListOperation<Input, Element, Tag> => {
  check(description)
  return defineList(description)
}

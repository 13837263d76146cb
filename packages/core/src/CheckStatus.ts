/**
 * `GET /`: whether SnapTrade is up, and how far its clock and ours are apart.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { define } from "./internal/define.ts"
import { DurationInMillis } from "./internal/duration.ts"

/**
 * SnapTrade's status, as of when it arrived.
 */
export class Status extends Schema.Class<Status>("@effect-snaptrade/core/Status")({
  online: Schema.Boolean,
  version: Schema.optionalKey(Schema.Finite),
  /** SnapTrade's clock. */
  timestamp: Schema.DateTimeUtc,
  /**
   * SnapTrade's clock less ours, by which requests are signed; negative when SnapTrade's is behind. As exact as the reply
   * was fast.
   */
  skew: DurationInMillis
}) {}

// SnapTrade writes "2022-11-04 01:47:00.377969+00:00": ISO 8601 but for the space.
const WireStatus = Schema.Struct({
  online: Schema.Boolean,
  version: Schema.optionalKey(Schema.Finite),
  timestamp: Schema.String.pipe(
    Schema.decodeTo(Schema.DateTimeUtcFromString, {
      decode: SchemaGetter.transform((text: string) => text.replace(" ", "T")),
      encode: SchemaGetter.passthrough()
    })
  )
})

const StatusOnArrival = WireStatus.pipe(
  Schema.decodeTo(Schema.toType(Status), {
    decode: SchemaGetter.transformEffect((status: typeof WireStatus.Type) =>
      Effect.map(
        Clock.currentTimeMillis,
        (now) => new Status({ ...status, skew: Duration.millis(DateTime.toEpochMillis(status.timestamp) - now) })
      )
    ),
    encode: SchemaGetter.forbiddenEncoding
  })
)

/**
 * Asks whether SnapTrade is up; the request is not signed. The answer also tells the skew of the two clocks: SnapTrade
 * refuses a signature whose timestamp is too far from its own (how far is not documented).
 *
 * @example
 * ```ts
 * import { checkStatus } from "@effect-snaptrade/core"
 * import * as Duration from "effect/Duration"
 * import * as Effect from "effect/Effect"
 *
 * const clockIsRight = Effect.map(checkStatus(), ({ skew }) => Math.abs(Duration.toMillis(skew)) < 60_000)
 * ```
 */
export const checkStatus = define({
  name: "checkStatus",
  method: "GET",
  path: "/",
  signed: false,
  input: Schema.Struct({}),
  reply: StatusOnArrival,
  lostReply: { repeatable: true, advice: "Nothing changed at SnapTrade: call again." }
})

/**
 * Everything that {@link checkStatus} can fail with.
 */
export type CheckStatusError = Effect.Error<ReturnType<typeof checkStatus>>

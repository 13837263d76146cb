/**
 * Durations as options give them, and as failures carry and tell them. `Schema.Duration` and `Duration.format` would put 0.8 kB into every Worker.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"

/** A `Duration`, in JSON a number of milliseconds. */
export const DurationInMillis = Schema.declare(Duration.isDuration, {
  expected: "a Duration",
  toCodecJson: () =>
    Schema.link<Duration.Duration>()(Schema.Number, {
      decode: SchemaGetter.transform((milliseconds: number) => Duration.millis(milliseconds)),
      encode: SchemaGetter.transform(Duration.toMillis)
    })
})

/** What an option says, or a `TypeError` that names it: a mistake in the program. */
export const durationOf = (option: string, input: Duration.Input): Duration.Duration => {
  try {
    return Duration.fromInputUnsafe(input)
  } catch {
    throw new TypeError(`the ${option} "${String(input)}" is no duration; write it like "30 seconds"`)
  }
}

/** `30 s`, or `5 min` from two minutes on: rounded up, so that nobody calls again too early. */
export const inWords = (duration: Duration.Duration): string => {
  const seconds = Duration.toSeconds(duration)
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}

/**
 * A duration as a person writes it in JSON: milliseconds, or a text such as "30 minutes".
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

const most = Duration.days(36_500)

export const GivenDuration = Schema.Union([
  Schema.Finite.pipe(Schema.decodeTo(Schema.Duration, SchemaTransformation.durationFromMillis)),
  Schema.DurationFromString
])
  .annotate({ message: 'Expected milliseconds, or a text such as "30 minutes"' })
  .check(
    Schema.makeFilter((duration) => Duration.isLessThanOrEqualTo(Duration.abs(duration), most), {
      message: "Expected a hundred years at most"
    })
  )

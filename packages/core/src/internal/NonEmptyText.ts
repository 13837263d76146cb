/**
 * What must say something: an id, a secret. `Schema.NonEmptyString` would put 0.2 kB into every Worker.
 */
import * as Schema from "effect/Schema"

export const NonEmptyText = Schema.String.check(
  Schema.makeFilter((text: string) => text !== "" || "must not be empty", { toJsonSchema: () => ({ minLength: 1 }) })
)

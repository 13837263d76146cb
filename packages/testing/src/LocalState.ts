/**
 * What of a local SnapTrade can outlive it: its users, and the deletions that are queued.
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** What of a local SnapTrade can outlive it. It holds the users' secrets in clear: they protect nothing. */
export const LocalState = Schema.Struct({
  version: Schema.Literal(1),
  users: Schema.Array(
    Schema.Struct({
      userId: Schema.NonEmptyString,
      userSecret: Schema.RedactedFromValue(Schema.String, { label: "userSecret" }),
      /** Milliseconds since the epoch. */
      registeredAt: Schema.Finite
    })
  ),
  deletions: Schema.Array(
    Schema.Struct({
      userId: Schema.String,
      /** When it happens, in milliseconds since the epoch. */
      dueAt: Schema.Finite
    })
  )
})

/** What of a local SnapTrade can outlive it. */
export type LocalState = typeof LocalState.Type

/** Where it is kept. */
export interface StateStore {
  /** What is there at the start. */
  readonly initial: LocalState
  /** Keeps this instead. A request is answered after that. */
  readonly save: (state: LocalState) => Effect.Effect<void>
}

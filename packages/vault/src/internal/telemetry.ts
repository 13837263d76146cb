/**
 * One counter of what became of users; nothing in it tells who they are.
 */
import type * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

/** What became of a user. */
export type Event = "registered" | "adopted" | "doomed" | "forgotten" | "swept" | "rotated" | "resealed"

const events = (event: Event, reason?: string) =>
  Metric.counter("snaptrade.vault.users", {
    description: "Users that were registered, doomed, swept, and so on",
    attributes: { "snaptrade.vault.event": event, ...(reason !== undefined && { "snaptrade.vault.reason": reason }) },
    incremental: true
  })

/** Counts users, one unless told. */
export const count = (event: Event, reason?: string, users = 1): Effect.Effect<void> =>
  Metric.update(events(event, reason), users)

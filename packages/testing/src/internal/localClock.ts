/**
 * The time of a local SnapTrade: the Clock's, and an offset that is moved by hand. Who waits for a moment wakes when the
 * clock is moved past it.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"

export interface LocalClock {
  /** Milliseconds since the epoch. */
  readonly now: Effect.Effect<number>
  readonly sleepUntil: (at: number) => Effect.Effect<void>
  /** Moves it, forwards or, by a negative number, backwards. */
  readonly moveUnsafe: (millis: number) => void
  readonly resetUnsafe: () => void
}

export const makeLocalClock = (): LocalClock => {
  let offset = 0
  let moved = Deferred.makeUnsafe<void>()
  const now = Effect.map(Clock.currentTimeMillis, (millis) => millis + offset)
  const sleepUntil = (at: number): Effect.Effect<void> =>
    Effect.flatMap(now, (millis) =>
      millis >= at
        ? Effect.void
        : Effect.andThen(
            Effect.raceFirst(Effect.sleep(at - millis), Deferred.await(moved)),
            Effect.suspend(() => sleepUntil(at))
          )
    )
  const moveUnsafe = (millis: number) => {
    offset += millis
    const before = moved
    moved = Deferred.makeUnsafe<void>()
    Deferred.doneUnsafe(before, Effect.void)
  }
  return { now, sleepUntil, moveUnsafe, resetUnsafe: () => moveUnsafe(-offset) }
}

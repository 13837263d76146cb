/**
 * A bound on time, for what is called often.
 */
import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

/**
 * `Effect.timeoutOrElse` at half its price: it is a race of any number of fibers, this is one of two.
 */
export const within = <A, E>(
  self: Effect.Effect<A, E>,
  options: {
    readonly clock: Clock.Clock
    readonly duration: Duration.Duration
    readonly orElse: () => Effect.Effect<A, E>
  }
): Effect.Effect<A, E> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.callback<A, E>((resume) => {
      const fork = Effect.runForkWith(context)
      const working = fork(self)
      const waiting = fork(options.clock.sleep(options.duration))
      working.addObserver((exit) => {
        waiting.interruptUnsafe()
        resume(exit)
      })
      waiting.addObserver((exit) => {
        if (Exit.isSuccess(exit)) resume(Effect.andThen(Fiber.interrupt(working), Effect.suspend(options.orElse)))
      })
      return Fiber.interruptAll([working, waiting])
    })
  )

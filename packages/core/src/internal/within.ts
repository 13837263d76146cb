/**
 * A bound on time, for what is called often.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

interface Bound {
  readonly clock: Clock.Clock
  readonly context: Context.Context<never>
  readonly milliseconds: number
}

// A longer one `setTimeout` takes for none.
const longestTimer = 2 ** 31 - 1

// Answers how to call it off.
const after = ({ clock, context, milliseconds }: Bound, run: () => void): (() => void) => {
  // Where real time passes no fiber needs to wait for it; only a test's clock is turned by hand.
  if (clock === Context.get(Context.empty(), Clock.Clock) && milliseconds <= longestTimer) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  }
  const waiting = Effect.runForkWith(context)(clock.sleep(Duration.millis(milliseconds)))
  waiting.addObserver((exit) => {
    if (Exit.isSuccess(exit)) run()
  })
  return () => waiting.interruptUnsafe()
}

/**
 * `Effect.timeoutOrElse` at a third of its price: it is a race of any number of fibers, this is one fiber and a timer.
 * `self` runs in the context given, in place of the caller's.
 */
export const within = <A, E>(
  self: Effect.Effect<A, E>,
  bound: Bound & { readonly orElse: () => Effect.Effect<A, E> }
): Effect.Effect<A, E> =>
  Effect.callback<A, E>((resume) => {
    const working = Effect.runForkWith(bound.context)(self)
    const callOff = after(bound, () => resume(Effect.andThen(Fiber.interrupt(working), Effect.suspend(bound.orElse))))
    working.addObserver((exit) => {
      callOff()
      resume(exit)
    })
    return Effect.suspend(() => {
      callOff()
      return Fiber.interrupt(working)
    })
  })

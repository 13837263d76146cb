/**
 * What may be retried, and when. Only failures that changed nothing at SnapTrade are, and
 * transient ones of operations that may be repeated: a retry that could turn
 * `outcome: "unknown"` into `UserAlreadyExists` would hide that a secret is lost.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import { durationOf } from "./internal/duration.ts"

/**
 * How often, and after which waits. Which failures are retried is not up to a policy: `RequestNotSent` and `RateLimited`
 * are, and on operations that may be repeated (reads) `ServerError` and `ConnectionLost` too.
 */
export interface RetryPolicy {
  /** Attempts in all, the first included; 3 unless told, 1 is no retry. */
  readonly maxAttempts?: number | undefined
  /**
   * The wait after a first failure that names no wait of its own; doubled each time; 100 ms unless told. `RateLimited` waits
   * `retryAfter`.
   */
  readonly backoff?: Duration.Input | undefined
  /** Up to this share of each wait is added to it at random, never taken from it; 0.1 unless told, 0 makes waits exact. */
  readonly jitter?: number | undefined
}

/**
 * At most 3 attempts, 100 ms doubled each time, up to 10% added.
 */
export const defaultRetryPolicy = { maxAttempts: 3, backoff: "100 millis", jitter: 0.1 } satisfies RetryPolicy

/**
 * One attempt.
 */
export const noRetry = { maxAttempts: 1 } satisfies RetryPolicy

/** A policy of which all is told. */
export interface CompletePolicy {
  readonly maxAttempts: number
  readonly backoff: Duration.Duration
  readonly jitter: number
}

/** Throws a `TypeError` for what is no policy: a mistake in the program. */
export const complete = (policy: RetryPolicy): CompletePolicy => {
  const { backoff, jitter, maxAttempts } = defaultRetryPolicy
  const told: CompletePolicy = {
    maxAttempts: policy.maxAttempts ?? maxAttempts,
    backoff: durationOf("backoff", policy.backoff ?? backoff),
    jitter: policy.jitter ?? jitter
  }
  if (!(told.maxAttempts >= 1 && told.jitter >= 0)) {
    throw new TypeError(
      `a retry policy needs maxAttempts of 1 or more and a jitter of 0 or more, not ${told.maxAttempts} and ${told.jitter}`
    )
  }
  return told
}

/**
 * The policy of the calls in this fiber; `undefined` leaves it to the layer.
 */
export const CurrentRetryPolicy = Context.Reference<CompletePolicy | undefined>(
  "@effect-snaptrade/core/RetryPolicy/CurrentRetryPolicy",
  { defaultValue: () => undefined }
)

/**
 * Uses another retry policy for the operations inside, in place of the layer's.
 *
 * @example
 * ```ts
 * import { noRetry, registerUser, withRetryPolicy } from "@effect-snaptrade/core"
 *
 * const once = registerUser({ userId: "user-123" }).pipe(withRetryPolicy(noRetry))
 * ```
 */
export const withRetryPolicy: {
  (policy: RetryPolicy): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, policy: RetryPolicy): Effect.Effect<A, E, R>
} = dual(2, <A, E, R>(self: Effect.Effect<A, E, R>, policy: RetryPolicy): Effect.Effect<A, E, R> =>
  Effect.provideService(self, CurrentRetryPolicy, complete(policy))
)

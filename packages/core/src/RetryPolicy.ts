/**
 * What may be retried, and when. Only failures that changed nothing at SnapTrade are, and
 * transient ones of operations that may be repeated: a retry that could turn
 * `outcome: "unknown"` into `UserAlreadyExists` would hide that a secret is lost.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"

/**
 * How often, and after which waits. Which failures are retried is not up to a policy: `RequestNotSent` and `RateLimited`
 * are, and on operations that may be repeated (reads) `ServerError` and `ConnectionLost` too.
 */
export interface RetryPolicy {
  /** Attempts in all, the first included; 1 is no retry. */
  readonly maxAttempts: number
  /** The wait after a first failure that names no wait of its own; doubled each time. `RateLimited` waits `retryAfter`. */
  readonly backoff: Duration.Duration
  /** Up to this share of each wait is added to it at random, never taken from it; 0 makes waits exact. */
  readonly jitter: number
}

/**
 * At most 3 attempts, 100 ms doubled each time, up to 10% added.
 */
export const defaultRetryPolicy: RetryPolicy = { maxAttempts: 3, backoff: Duration.millis(100), jitter: 0.1 }

/**
 * One attempt.
 */
export const noRetry: RetryPolicy = { ...defaultRetryPolicy, maxAttempts: 1 }

/**
 * The policy of the calls in this fiber; `undefined` leaves it to the layer.
 */
export const CurrentRetryPolicy = Context.Reference<RetryPolicy | undefined>(
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
  Effect.provideService(self, CurrentRetryPolicy, policy)
)

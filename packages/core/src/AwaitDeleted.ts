/**
 * Waiting until a deletion, which SnapTrade does in its own time, has happened.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { DurationInMillis, durationOf } from "./internal/duration.ts"
import { told } from "./internal/told.ts"
import { listUsers, type ListUsersError } from "./ListUsers.ts"
import type { SnapTrade } from "./SnapTrade.ts"
import type { RateLimited } from "./SnapTradeError.ts"

/**
 * The user is still listed after all the time that was given. The deletion may happen yet: its webhook, `USER_DELETED`,
 * will tell.
 */
export class StillListed extends told(
  Schema.TaggedError<StillListed>()("StillListed", {
    userId: Schema.String,
    waited: DurationInMillis
  })
) {
  override get message(): string {
    return `${this.userId} was not seen to be gone within ${Duration.format(this.waited)}. Its deletion may be queued yet: wait for the USER_DELETED webhook, and do not register this userId again.`
  }
}

const isListed = (userId: string) =>
  listUsers.stream().pipe(
    Stream.filter((id) => id === userId),
    Stream.runHead,
    Effect.map(Option.isSome)
  )

// Of these the next request may know nothing any more.
const mayPass = ({ _tag }: ListUsersError): boolean =>
  _tag === "RateLimited" ||
  _tag === "ServerError" ||
  _tag === "ConnectionLost" ||
  _tag === "RequestTimeout" ||
  _tag === "RequestNotSent"

/**
 * Everything that {@link awaitDeleted} can fail with.
 */
export type AwaitDeletedError = ListUsersError | StillListed

/**
 * Waits until `userId` is no longer listed, asking every `every` (5 seconds unless told) for at most `atMost` (5 minutes
 * unless told). Each time is one request of the rate limit, which is waited out where it is used up; a SnapTrade that does not answer
 * is asked again. Fails with what the last request failed with, or with {@link StillListed}. That the id is gone does not make it
 * free for another: see `deleteUser`.
 *
 * @example
 * ```ts
 * import { awaitDeleted } from "@effect-snaptrade/core"
 *
 * const gone = awaitDeleted("user-123", { every: "10 seconds", atMost: "1 hour" })
 * ```
 */
export const awaitDeleted = (
  userId: string,
  options?: { readonly every?: Duration.Input | undefined; readonly atMost?: Duration.Input | undefined }
): Effect.Effect<void, AwaitDeletedError, SnapTrade> => {
  const every = durationOf("every", options?.every ?? "5 seconds")
  const waited = durationOf("atMost", options?.atMost ?? "5 minutes")
  return Effect.gen(function* () {
    const until = (yield* Clock.currentTimeMillis) + Duration.toMillis(waited)
    let failed: ListUsersError | undefined
    // A wait that is longer than what is left is not begun.
    const waitOut = (error: RateLimited) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        now + Duration.toMillis(error.retryAfter) < until ? Effect.sleep(error.retryAfter) : Effect.fail(error)
      )
    const mayBeListed = isListed(userId).pipe(
      Effect.tap(() => Effect.sync(() => void (failed = undefined))),
      Effect.catch((error) => {
        if (!mayPass(error)) return Effect.fail(error)
        failed = error
        return Effect.as(error._tag === "RateLimited" ? waitOut(error) : Effect.void, true)
      })
    )
    yield* mayBeListed.pipe(
      Effect.repeat({ while: (listed) => listed, schedule: Schedule.spaced(every) }),
      Effect.timeoutOrElse({
        duration: waited,
        orElse: () => Effect.fail(failed ?? new StillListed({ userId, waited }))
      })
    )
  })
}

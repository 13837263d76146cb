/**
 * What the demo shows of a user that was registered, at a local SnapTrade or the real one.
 */
import type { RateLimit, Response, User } from "@effect-snaptrade/core"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { row } from "./print.ts"

const left = ({ limit, remaining }: RateLimit) =>
  remaining === undefined || limit === undefined ? "not said" : `${remaining} of ${limit} requests left`

/** Shows the user, the secret only when it was asked for, and what came with the reply. */
export const showRegistration = Effect.fnUntraced(function* (
  { rateLimit, requestId, value: user }: Response<User>,
  options: { readonly reveal: boolean }
) {
  yield* row("user id", user.userId)
  // Redacted prints as <redacted:userSecret>, in logs and JSON too: revealing it takes a call that a reviewer sees.
  yield* row("user secret", options.reveal ? Redacted.value(user.userSecret) : String(user.userSecret))
  yield* row("request id", requestId ?? "none")
  yield* row("rate limit", left(rateLimit))
})

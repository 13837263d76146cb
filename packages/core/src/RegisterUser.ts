/**
 * `POST /snapTrade/registerUser`: registers an app's user, and answers the secret that is shown once.
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { define } from "./internal/define.ts"
import { User, UserId } from "./User.ts"

/**
 * Registers a user under the app's clientId. `userId` is any string that is unique to the user and never changes.
 *
 * The `userSecret` in the answer is shown this once: nothing can read it again. So nothing whose outcome is not known is
 * ever repeated here; a failure whose `outcome` is `"unknown"` or `"applied"` means that the user may exist without
 * anybody knowing its secret. A userId that exists already fails with `UserAlreadyExists`.
 *
 * @example
 * ```ts
 * import { registerUser } from "@effect-snaptrade/core"
 * import * as Effect from "effect/Effect"
 *
 * const onboard = registerUser({ userId: "user-123" }).pipe(
 *   Effect.tap((user) => Effect.log(`registered ${user.userId}`)),
 *   Effect.catchTag("UserAlreadyExists", (error) => Effect.fail(`registered before: ${error.requestId}`))
 * )
 * ```
 */
export const registerUser = define({
  name: "registerUser",
  method: "POST",
  path: "/snapTrade/registerUser",
  input: Schema.Struct({ userId: UserId }),
  reply: User,
  answers: (input, user) => user.userId === input.userId,
  errors: ["UserAlreadyExists", "PersonalKeyRefused", "ClientIdRejected"],
  lostReply: {
    repeatable: false,
    advice:
      "The user may exist at SnapTrade with a secret that nobody has and that cannot be shown again: do not call again with this userId, register another one."
  }
})

/**
 * Everything that {@link registerUser} can fail with: all fourteen failures.
 */
export type RegisterUserError = Effect.Error<ReturnType<typeof registerUser>>

/**
 * `POST /snapTrade/resetUserSecret`: gives a user another secret, for one that leaked.
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { define } from "./internal/define.ts"
import { GivenUserSecret, User, UserId } from "./User.ts"

/**
 * Rotates a user's secret: the answer holds the new one, which is shown this once, and the old one is dead. It needs the
 * current secret, so it cannot recover one that is lost, and nothing of unknown outcome is ever repeated.
 *
 * A wrong userId or userSecret is `AccessDenied` with code 1083.
 *
 * @example
 * ```ts
 * import { resetUserSecret } from "@effect-snaptrade/core"
 * import type * as Redacted from "effect/Redacted"
 *
 * const rotate = (userSecret: Redacted.Redacted) => resetUserSecret({ userId: "user-123", userSecret })
 * ```
 */
export const resetUserSecret = define({
  name: "resetUserSecret",
  method: "POST",
  path: "/snapTrade/resetUserSecret",
  input: Schema.Struct({ userId: UserId, userSecret: GivenUserSecret }),
  reply: User,
  answers: (input, user) => user.userId === input.userId,
  lostReply: {
    repeatable: false,
    advice:
      "If it was carried out, the old secret is dead and nobody has the new one. Try the old one on something harmless, such as loginUser: if it still works, nothing happened and this may be called again; if not, the user is lost and has to connect anew under another userId."
  }
})

/**
 * Everything that {@link resetUserSecret} can fail with.
 */
export type ResetUserSecretError = Effect.Error<ReturnType<typeof resetUserSecret>>

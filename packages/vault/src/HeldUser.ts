/**
 * A user whose secret the vault holds.
 */
import { UserId, UserSecret } from "@effect-snaptrade/core"
import * as Schema from "effect/Schema"

/**
 * A user at SnapTrade and its secret, as the vault hands it out. It fits where an operation takes `userId` and `userSecret`.
 *
 * @example
 * ```ts
 * import { loginUser } from "@effect-snaptrade/core"
 * import type { HeldUser } from "@effect-snaptrade/vault"
 *
 * const portal = ({ userId, userSecret }: HeldUser) => loginUser({ userId, userSecret })
 * ```
 */
export class HeldUser extends Schema.Class<HeldUser>("@effect-snaptrade/vault/HeldUser")({
  /** The app's own id of its user. */
  appUserId: Schema.String,
  /** The id of the user at SnapTrade. */
  userId: UserId,
  userSecret: UserSecret,
  /** Whether a rotation began whose end is not known: the secret may be dead. `Vault.rotate` finds out. */
  rotationUnknown: Schema.Boolean
}) {}

/**
 * Signing up: one call, whatever crashed before. The person ends at SnapTrade's Connection Portal.
 */
import { loginUser } from "@effect-snaptrade/core"
import { Vault } from "@effect-snaptrade/vault"
import * as Effect from "effect/Effect"

/** The app's own id of its user in, a login that holds the link out. */
export const signUp = Effect.fn("signUp")(function* (appUserId: string) {
  const vault = yield* Vault
  const { userId, userSecret } = yield* vault.ensureUser(appUserId)
  return yield* loginUser({ userId, userSecret, connectionType: "read" })
})

/**
 * Signing up: register, store, link. The person ends at SnapTrade's Connection Portal, to connect a brokerage account.
 */
import { loginUser, type LoginUserError, type SnapTrade } from "@effect-snaptrade/core"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Onboarding, type OnboardingError } from "./Onboarding.ts"

/** The app's users have an RSA key at SnapTrade: the link is encrypted for it, which this application does not expect. */
export class LinkEncrypted extends Schema.TaggedError<LinkEncrypted>()("LinkEncrypted", { userId: Schema.String }) {}

/**
 * Answers the link to send the person to, at once: it lives five minutes, and whoever has it acts as the user.
 */
export const signUp: (
  userId: string
) => Effect.Effect<Redacted.Redacted, OnboardingError | LoginUserError | LinkEncrypted, Onboarding | SnapTrade> =
  Effect.fn("signUp")(function* (userId: string) {
    const { userSecret } = yield* Onboarding.use(({ onboard }) => onboard(userId))
    const login = yield* loginUser({
      userId,
      userSecret,
      connectionType: "read",
      customRedirect: "https://example.com/connected"
    })
    return "redirectURI" in login ? login.redirectURI : yield* new LinkEncrypted({ userId })
  })

/**
 * `POST /snapTrade/login`: a link to the Connection Portal, where a user connects brokerage accounts.
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { NonEmptyText } from "./internal/NonEmptyText.ts"
import { define } from "./internal/define.ts"
import { GivenUserSecret, UserId } from "./User.ts"

/**
 * A link to the Connection Portal. Whoever has it acts as the user, so it is redacted; it lives five minutes.
 */
export class LoginLink extends Schema.Class<LoginLink>("@effect-snaptrade/core/LoginLink")({
  redirectURI: Schema.RedactedFromValue(NonEmptyText, { label: "redirectURI", disallowEncode: true }),
  sessionId: Schema.optionalKey(Schema.String)
}) {}

/**
 * The answer for a user that was registered with an RSA key: the link, encrypted for its holder. The shared key is
 * encrypted with RSA-OAEP, the message with AES in OCB mode.
 */
export class EncryptedLogin extends Schema.Class<EncryptedLogin>("@effect-snaptrade/core/EncryptedLogin")({
  encryptedSharedKey: NonEmptyText,
  encryptedMessageData: Schema.Struct({
    encryptedMessage: Schema.String,
    tag: Schema.String,
    nonce: Schema.String
  })
}) {}

/**
 * Makes a link to the Connection Portal for a user, with how the portal should be. The answer is a {@link LoginLink}, or
 * an {@link EncryptedLogin} (`"encryptedSharedKey" in login` tells them apart). Send the user to the link at once.
 *
 * A wrong userId or userSecret is `AccessDenied` with code 1083; an unknown `locale` is `InvalidRequest`.
 *
 * @example
 * ```ts
 * import { loginUser } from "@effect-snaptrade/core"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * const link = (userId: string, userSecret: Redacted.Redacted) =>
 *   loginUser({ userId, userSecret, connectionType: "read", customRedirect: "https://example.com/done" }).pipe(
 *     Effect.map((login) => ("redirectURI" in login ? Redacted.value(login.redirectURI) : "encrypted"))
 *   )
 * ```
 */
export const loginUser = define({
  name: "loginUser",
  method: "POST",
  path: "/snapTrade/login",
  query: ["userId", "userSecret"],
  input: Schema.Struct({
    userId: UserId,
    userSecret: GivenUserSecret,
    /** The slug of the brokerage to go to at once. */
    broker: Schema.optionalKey(Schema.String),
    /** Back to the app as soon as the user is done. */
    immediateRedirect: Schema.optionalKey(Schema.Boolean),
    /** Where to go back to. */
    customRedirect: Schema.optionalKey(Schema.String),
    /** The id of a connection that is broken, to mend it. */
    reconnect: Schema.optionalKey(Schema.String),
    /** What the connection may do; `read` unless told. */
    connectionType: Schema.optionalKey(Schema.Literals(["read", "trade", "trade-if-available"])),
    showCloseButton: Schema.optionalKey(Schema.Boolean),
    darkMode: Schema.optionalKey(Schema.Boolean),
    /** The portal's language, such as `en` or `pt-BR`. */
    locale: Schema.optionalKey(Schema.String),
    /** Every version is v4 by now. */
    connectionPortalVersion: Schema.optionalKey(Schema.Literals(["v4", "v3", "v2"]))
  }),
  reply: Schema.Union([LoginLink, EncryptedLogin]),
  lostReply: { repeatable: true, advice: "A link that nobody has may exist for five minutes; call again for another." }
})

/**
 * Everything that {@link loginUser} can fail with.
 */
export type LoginUserError = Effect.Error<ReturnType<typeof loginUser>>

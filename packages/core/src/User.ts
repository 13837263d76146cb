/**
 * An app's user at SnapTrade: the id that the app chose and the secret that SnapTrade shows once.
 */
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { NonEmptyText } from "./internal/NonEmptyText.ts"

/** What has no UTF-8 form. */
export const loneSurrogate = /\p{Surrogate}/u

/**
 * The id under which an app knows its user: any string that is unique and never changes, so not an e-mail address.
 * SnapTrade documents no length and no character rule; only what cannot travel is refused: the empty string, and one
 * with a lone surrogate, which has no UTF-8 form.
 *
 * @example
 * ```ts
 * import { UserId } from "@effect-snaptrade/core"
 * import * as Schema from "effect/Schema"
 *
 * const isUserId = Schema.is(UserId)
 * isUserId("user-123") // true
 * isUserId("") // false
 * ```
 */
export const UserId = Schema.String.check(
  Schema.makeFilter((id: string) =>
    id === ""
      ? "must not be empty"
      : !loneSurrogate.test(id) || "must not contain a lone surrogate, which has no UTF-8 form"
  )
)

const isSecret = (text: unknown): boolean => typeof text === "string" && text !== ""
const transformation = {
  decode: SchemaGetter.transform((secret: string) => Redacted.make(secret, { label: "userSecret" })),
  encode: SchemaGetter.forbidden<string, Redacted.Redacted>(() => "a userSecret is not encoded")
}

// `Schema.RedactedFromValue` makes each secret twice.
const redactedSecret = Schema.declare(
  (value): value is Redacted.Redacted => Redacted.isRedacted(value) && isSecret(Redacted.value(value)),
  {
    expected: "Redacted.make(…) of a string that is not empty",
    // For those who generate users, too.
    toCodecJson: () => Schema.link<Redacted.Redacted>()(NonEmptyText, transformation)
  }
)

/**
 * The secret that SnapTrade made for a user. It is shown once, by `registerUser`, and cannot be read again. Here it is
 * `Redacted` wherever it stands, and this schema refuses to encode it, so that it is not written anywhere by accident:
 * take it out with `Redacted.value` where it is stored, and encrypt it there.
 *
 * @example
 * ```ts
 * import type { User } from "@effect-snaptrade/core"
 * import * as Redacted from "effect/Redacted"
 *
 * const reveal = (user: User): string => Redacted.value(user.userSecret)
 * ```
 */
export const UserSecret: Schema.Codec<Redacted.Redacted, string> = NonEmptyText.pipe(
  Schema.decodeTo(redactedSecret, transformation)
)

/**
 * The same secret where an operation takes it: this schema encodes, into the request, where it is redacted too. Any
 * `Redacted` string that is not empty will do, whatever its label.
 *
 * @example
 * ```ts
 * import { GivenUserSecret } from "@effect-snaptrade/core"
 * import * as Schema from "effect/Schema"
 *
 * const Owner = Schema.Struct({ userId: Schema.String, userSecret: GivenUserSecret })
 * ```
 */
export const GivenUserSecret: Schema.Codec<Redacted.Redacted, string> = NonEmptyText.pipe(
  Schema.decodeTo(redactedSecret, {
    decode: transformation.decode,
    encode: SchemaGetter.transform(Redacted.value<string>)
  })
)

/**
 * A registered user, as `registerUser` answers it. SnapTrade's schema marks both fields optional; a reply without
 * either is not a success here.
 *
 * @example
 * ```ts
 * import { registerUser } from "@effect-snaptrade/core"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.map(registerUser({ userId: "user-123" }), (user) => [user.userId, user.userSecret] as const)
 * ```
 */
export class User extends Schema.Class<User>("@effect-snaptrade/core/User")({
  userId: UserId,
  userSecret: UserSecret
}) {}

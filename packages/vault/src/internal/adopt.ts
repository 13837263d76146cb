/**
 * Taking in a user whose secret is known already.
 */
import { type InvalidInput, User } from "@effect-snaptrade/core"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Key } from "../Attempt.ts"
import { NotAdoptable, type SealingFailed, type StoreFailed } from "../VaultError.ts"
import { keyOf, type Parts, seal } from "./parts.ts"
import { count } from "./telemetry.ts"

/** Everything that adopting can fail with. */
export type AdoptError = InvalidInput | NotAdoptable | SealingFailed | StoreFailed

/** A user at SnapTrade and its secret, whatever the label of the redacted one. */
export interface GivenUser {
  readonly userId: string
  readonly userSecret: Redacted.Redacted
}

const isUserId = Schema.is(User.fields.userId)
const isUserSecret = Schema.is(User.fields.userSecret)

export const makeAdopt = (parts: Parts) => {
  const { store } = parts

  const whyNot = Effect.fnUntraced(function* ({ appUserId, clientId }: Key, userId: string) {
    const live = yield* store.live({ appUserId, clientId })
    const [row] = yield* store.rows(clientId, [userId])
    if (row !== undefined && row.appUserId !== appUserId) return `the vault knows it as app user ${row.appUserId}.`
    if (row?.state === "doomed" || row?.state === "void")
      return "the vault has given this id up for good, and deletes it at SnapTrade. Register another one with ensureUser."
    if (live?.state === "active" && live.userId !== userId)
      return `the vault holds ${live.userId} for it. Forget that one first.`
    if (live?.state === "sent")
      return `it is in doubt whether ${live.userId} is registered for it. Forget that one first.`
    return "something else happened to it at the same moment. Try again."
  })

  return Effect.fn("Vault.adopt")(function* (
    appUserId: string,
    { userId, userSecret }: GivenUser
  ): Effect.fn.Return<void, AdoptError> {
    const key = yield* keyOf(parts, "adopt", appUserId)
    if (!isUserId(userId) || userId.includes("\0"))
      return yield* new NotAdoptable({ appUserId, userId, detail: "this is no userId." })
    if (!isUserSecret(userSecret))
      return yield* new NotAdoptable({
        appUserId,
        userId,
        detail: "its userSecret is not a redacted string, or empty."
      })
    const sealedSecret = yield* seal(parts, userSecret, { ...key, userId })
    const live = yield* store.live(key)
    // A secret is corrected only where it is still the one that was read: a write may be carried out late.
    const isAdopted =
      live?.userId === userId && live.sealedSecret !== null
        ? yield* store.replaceSecret({ ...live, from: live.sealedSecret, sealedSecret, endsRotation: true })
        : yield* store.adopt({ ...key, userId, sealedSecret })
    if (!isAdopted) return yield* new NotAdoptable({ appUserId, userId, detail: yield* whyNot(key, userId) })
    yield* count("adopted")
  })
}

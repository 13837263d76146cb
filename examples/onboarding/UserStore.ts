/**
 * What this application keeps of its users at SnapTrade.
 */
import type { User } from "@effect-snaptrade/core"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

/**
 * `Registered` with the secret, redacted; or `Burnt`: SnapTrade may hold the user, and nobody its secret.
 */
export type UserRecord = Data.TaggedEnum<{
  Registered: { readonly user: User }
  Burnt: { readonly reason: string }
}>

export const UserRecord = Data.taggedEnum<UserRecord>()

/**
 * The store. A real one writes to a database, and encrypts: `Redacted.value(user.userSecret)` is called there, at the one
 * place where the secret is sealed, and nowhere else. It must not lose a secret on its way to the disk either: saving it
 * is repeated until it is done.
 */
export class UserStore extends Context.Service<
  UserStore,
  {
    readonly find: (userId: string) => Effect.Effect<Option.Option<UserRecord>>
    readonly save: (userId: string, record: UserRecord) => Effect.Effect<void>
  }
>()("onboarding/UserStore") {
  /** In memory: it forgets everything when the process ends. */
  static readonly layerMemory = Layer.sync(UserStore, () => {
    const records = new Map<string, UserRecord>()
    return UserStore.of({
      find: (userId) => Effect.sync(() => Option.fromUndefinedOr(records.get(userId))),
      save: (userId, record) => Effect.sync(() => void records.set(userId, record))
    })
  })
}

/**
 * Onboarding a user: registered once, its secret kept, every failure turned into what the rest of the app can act on.
 */
import { registerUser, type RegisterUserError, SnapTrade, type User } from "@effect-snaptrade/core"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { UserRecord, UserStore } from "./UserStore.ts"

/** SnapTrade may hold this user, and nobody its secret: onboard the person under another userId. */
export class UserIdBurnt extends Schema.TaggedError<UserIdBurnt>()("UserIdBurnt", {
  userId: Schema.String,
  message: Schema.String
}) {}

/** SnapTrade holds this user, and our store knows nothing of it: its secret is elsewhere, or lost. */
export class SecretNotStored extends Schema.TaggedError<SecretNotStored>()("SecretNotStored", {
  userId: Schema.String
}) {
  override get message(): string {
    return `${this.userId} is registered at SnapTrade, but not in this store`
  }
}

/** Nothing happened: try again after a while. */
export class TryLater extends Schema.TaggedError<TryLater>()("TryLater", {
  after: Schema.Duration,
  message: Schema.String
}) {}

/** Nothing happened, and trying again will not help: somebody has to mend the keys, the clock or the input. */
export class OnboardingRefused extends Schema.TaggedError<OnboardingRefused>()("OnboardingRefused", {
  reason: Schema.String,
  message: Schema.String
}) {}

export type OnboardingError = UserIdBurnt | SecretNotStored | TryLater | OnboardingRefused

/** A failure after which the user may exist at SnapTrade. */
type Lost = Extract<RegisterUserError, { readonly outcome: "unknown" | "applied" }>

const userOf = (userId: string) =>
  UserRecord.$match({
    Registered: ({ user }) => Effect.succeed(user),
    Burnt: ({ reason }) => Effect.fail(new UserIdBurnt({ userId, message: reason }))
  })

const make = Effect.gen(function* () {
  const snapTrade = yield* SnapTrade
  const store = yield* UserStore

  const burn = (userId: string) => (error: Lost) =>
    Effect.andThen(
      store.save(userId, UserRecord.Burnt({ reason: error.message })),
      Effect.fail(new UserIdBurnt({ userId, message: error.message }))
    )

  // Another process may have registered the user since we looked.
  const findRegistered = Effect.fnUntraced(function* (userId: string) {
    const record = yield* store.find(userId)
    return Option.isSome(record) ? yield* userOf(userId)(record.value) : yield* new SecretNotStored({ userId })
  })

  const register = (userId: string): Effect.Effect<User, OnboardingError> =>
    registerUser({ userId }).pipe(
      Effect.provideService(SnapTrade, snapTrade),
      Effect.tap((user) => store.save(userId, UserRecord.Registered({ user }))),
      Effect.catchTags(
        {
          UserAlreadyExists: () => findRegistered(userId),
          // Three attempts were made by then, or the wait did not fit into the timeout.
          RateLimited: ({ message, retryAfter }) => Effect.fail(new TryLater({ after: retryAfter, message })),
          RequestNotSent: ({ message }) => Effect.fail(new TryLater({ after: Duration.seconds(30), message })),
          ServerError: burn(userId),
          ConnectionLost: burn(userId),
          RequestTimeout: burn(userId),
          UnexpectedReply: burn(userId)
        },
        (error) => Effect.fail(new OnboardingRefused({ reason: error._tag, message: error.message }))
      ),
      // A caller that goes away must not take the secret with it; the timeout of the layer bounds the wait.
      Effect.uninterruptible
    )

  const onboard = Effect.fn("Onboarding.onboard")(function* (userId: string) {
    const record = yield* store.find(userId)
    return yield* Option.match(record, { onNone: () => register(userId), onSome: userOf(userId) })
  })

  return Onboarding.of({ onboard })
})

/**
 * `onboard` answers the user with its secret, however often it is called.
 */
export class Onboarding extends Context.Service<
  Onboarding,
  { readonly onboard: (userId: string) => Effect.Effect<User, OnboardingError> }
>()("onboarding/Onboarding") {
  static readonly layer = Layer.effect(Onboarding, make)
}

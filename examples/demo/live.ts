/**
 * One user, registered at SnapTrade itself.
 */
import { credentialsConfig, makeCredentials, registerUser, type RegisterUserError } from "@effect-snaptrade/core"
import { NodeSnapTrade } from "@effect-snaptrade/node"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { randomBytes } from "node:crypto"
import { heading, row } from "./print.ts"
import { showRegistration } from "./registration.ts"
import { createSecretFile } from "./SecretFile.ts"

/** Not all keys are set. */
export class MissingKeys extends Schema.TaggedError<MissingKeys>()("MissingKeys", {
  variables: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `Set ${this.variables.join(" and ")} in the environment: a Commercial key comes from the SnapTrade dashboard, https://dashboard.snaptrade.com.`
  }
}

/** The user is registered, but its file could not be written. */
export class SecretNotSaved extends Schema.TaggedError<SecretNotSaved>()("SecretNotSaved", {
  path: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.path} could not be written (${this.detail}). The user is registered and its secret is shown once: it stands above on standard error. Store it now.`
  }
}

const requireKeys = Effect.gen(function* () {
  const variables = yield* Effect.filter(["SNAPTRADE_CLIENT_ID", "SNAPTRADE_CONSUMER_KEY"], (name) =>
    Effect.map(Config.option(Config.String(name)), Option.isNone)
  )
  if (variables.length > 0) return yield* new MissingKeys({ variables })
})

const registerInto = Effect.fnUntraced(
  function* (userId: string) {
    const file = yield* createSecretFile(userId)
    const settle = (error: RegisterUserError) =>
      error.outcome === "not-applied"
        ? file.remove
        : // The id is burnt: the file stays in the way of whoever tries it again.
          file.write({ userId, outcome: error.outcome, message: error.message })
    const response = yield* Effect.tapError(registerUser.withResponse({ userId }), (error) =>
      Effect.ignore(settle(error))
    )
    const userSecret = Redacted.value(response.value.userSecret)
    yield* file.write({ userId, userSecret }).pipe(
      Effect.tapError(() => Console.error(userSecret)),
      Effect.mapError(({ message }) => new SecretNotSaved({ path: file.path, detail: message }))
    )
    return { response, path: file.path }
  },
  Effect.scoped,
  // Ctrl-C between the request and the written file would lose the secret; the layer's timeout bounds the wait.
  Effect.uninterruptible
)

/**
 * Registers one user with the keys of the environment, and saves its secret to a file that only its owner can read; with
 * `reveal` it is printed instead.
 */
export const live = Effect.fn("live")(function* (options: {
  readonly userId: Option.Option<string>
  readonly reveal: boolean
}) {
  yield* requireKeys
  const { baseUrl } = yield* Effect.flatMap(credentialsConfig, makeCredentials)
  const userId = Option.getOrElse(options.userId, () => `demo-${randomBytes(4).toString("hex")}`)
  const snapTrade = NodeSnapTrade.layerConfig()

  yield* heading(`Register ${userId} at ${baseUrl}`)
  if (options.reveal) {
    const register = Effect.uninterruptible(registerUser.withResponse({ userId }))
    return yield* showRegistration(yield* Effect.provide(register, snapTrade), options)
  }
  const { path, response } = yield* Effect.provide(registerInto(userId), snapTrade)
  yield* showRegistration(response, options)
  yield* row("saved to", path)
  yield* row("", "Only you can read it. SnapTrade will not show the secret again.")
})

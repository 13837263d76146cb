/**
 * A Worker that registers users at SnapTrade: `POST /users` with `{"userId": "…"}`.
 */
import { registerUser, type RegisterUserError, type User, UserId } from "@effect-snaptrade/core"
import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"

/** What of a KV namespace is used here. */
interface SecretStore {
  put(key: string, value: string): Promise<void>
}

/** See wrangler.jsonc; SNAPTRADE_CONSUMER_KEY is a secret. */
interface Env {
  readonly SNAPTRADE_CLIENT_ID: string
  readonly SNAPTRADE_CONSUMER_KEY: string
  readonly SECRETS: SecretStore
}

interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void
}

// waitUntil keeps a request whose client has gone for 30 seconds: this leaves time to store the secret.
const makeRuntime = (env: Env) => ManagedRuntime.make(EdgeSnapTrade.layerConfig(env, { timeout: "20 seconds" }))

// One for all requests. The first makes it, since there is no env and no clock before.
let runtime: ReturnType<typeof makeRuntime> | undefined

class BadRequest extends Data.TaggedError("BadRequest") {}

class SecretLost extends Data.TaggedError("SecretLost") {
  override readonly message = "A user was registered, and the secret could not be stored."
}

// A key of KV has at most 512 bytes: found out after the registration, the secret would be lost.
const Registration = Schema.Struct({ userId: UserId.check(Schema.isMaxLength(100)) })

const decodeRegistration = Schema.decodeUnknownEffect(Registration)

const registrationOf = (request: Request) =>
  Effect.tryPromise(() => request.json()).pipe(
    Effect.flatMap(decodeRegistration),
    Effect.mapError(() => new BadRequest())
  )

// SnapTrade shows the secret this once, so storing it is worth more than one try.
const store = (secrets: SecretStore, { userId, userSecret }: User) =>
  Effect.tryPromise({
    // Encrypt it here: with it, whoever reads the namespace reads the user's accounts.
    try: () => secrets.put(`user:${userId}`, Redacted.value(userSecret)),
    catch: () => new SecretLost()
  }).pipe(Effect.retry({ times: 3, schedule: Schedule.exponential("200 millis") }))

const register = Effect.fnUntraced(
  function* (userId: string, secrets: SecretStore) {
    yield* store(secrets, yield* registerUser({ userId }))
  },
  // A failure's message says what happened, without a secret.
  Effect.tapError((error) => Effect.logError(error.message))
)

const answer = (status: number, error: string, headers: Record<string, string> = {}) =>
  Response.json({ error }, { status, headers })

const failed = (error: RegisterUserError | SecretLost | BadRequest): Response => {
  switch (error._tag) {
    case "BadRequest":
      return answer(400, 'Send JSON such as {"userId": "user-123"}, with at most 100 characters.')
    case "UserAlreadyExists":
      return answer(409, "This userId is registered already.")
    case "RateLimited":
      return answer(429, "Nothing was registered. Try again later.", {
        "retry-after": String(Math.ceil(Duration.toSeconds(error.retryAfter)))
      })
    case "ServerError":
    case "ConnectionLost":
    case "RequestTimeout":
    case "UnexpectedReply":
    case "SecretLost":
      return answer(502, "The user may be registered, with a lost secret: this userId is burnt. Register another one.")
    default:
      // Not the client's fault: most likely the keys.
      return answer(500, "Nothing was registered.")
  }
}

const handle = (request: Request, env: Env) =>
  registrationOf(request).pipe(
    Effect.tap(({ userId }) => register(userId, env.SECRETS)),
    Effect.match({
      onFailure: failed,
      onSuccess: ({ userId }) => Response.json({ userId }, { status: 201 })
    })
  )

const worker = {
  fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> | Response {
    if (new URL(request.url).pathname !== "/users") return answer(404, "There is only /users.")
    if (request.method !== "POST") return answer(405, "Only POST is allowed.", { allow: "POST" })
    runtime ??= makeRuntime(env)
    const response = runtime.runPromise(handle(request, env)).catch((error: unknown) => {
      // There is no runtime without its settings.
      console.error(String(error))
      return answer(500, "Nothing was registered: this Worker is not configured.")
    })
    // A client that goes away must not take the secret with it.
    context.waitUntil(response)
    return response
  }
}

export default worker

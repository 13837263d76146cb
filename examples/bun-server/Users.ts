/**
 * POST /users: registers a user at SnapTrade, keeps its secret, and answers what became of it.
 */
import { registerUser, type RegisterUserError, type User, UserId } from "@effect-snaptrade/core"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

/**
 * Where secrets are kept. A real one writes to a database, sealed, and has one copy of `Redacted.value(user.userSecret)`.
 */
export class Secrets extends Context.Service<Secrets, { readonly save: (user: User) => Effect.Effect<void> }>()(
  "bun-server/Secrets"
) {
  /** In memory: it forgets everything when the process ends. */
  static readonly layerMemory = Layer.sync(Secrets, () => {
    const users = new Map<string, User>()
    return Secrets.of({ save: (user) => Effect.sync(() => void users.set(user.userId, user)) })
  })
}

const problem = (status: number, error: string, headers: Readonly<Record<string, string>> = {}) =>
  HttpServerResponse.jsonUnsafe({ error }, { status, headers })

// What SnapTrade said is for the log; the caller learns what to do next.
const replyTo = (error: RegisterUserError) => {
  switch (error._tag) {
    case "InvalidInput":
      return problem(400, "This userId cannot be used")
    case "UserAlreadyExists":
      return problem(409, "This userId is registered already")
    case "RateLimited":
      return problem(429, "Nothing changed: try again later", {
        "retry-after": String(Math.ceil(Duration.toSeconds(error.retryAfter)))
      })
    case "RequestNotSent":
      return problem(503, "Nothing changed: try again later")
    default:
      return problem(
        502,
        error.outcome === "not-applied"
          ? "Nothing changed: SnapTrade refused our request"
          : "The user may be registered, and its secret is lost: use another userId"
      )
  }
}

const post = Effect.gen(function* () {
  const { userId } = yield* HttpServerRequest.schemaBodyJson(Schema.Struct({ userId: UserId }))
  const { save } = yield* Secrets
  return yield* registerUser({ userId }).pipe(
    Effect.tap(save),
    // A caller that hangs up must not take the secret with it; the time budget bounds the wait.
    Effect.uninterruptible,
    Effect.tapError((error) => Effect.logError(error.message)),
    Effect.match({
      onFailure: replyTo,
      onSuccess: () => HttpServerResponse.jsonUnsafe({ userId }, { status: 201 })
    })
  )
}).pipe(
  Effect.catchTags({
    SchemaError: () => Effect.succeed(problem(400, 'Send {"userId": "…"}')),
    HttpServerError: () => Effect.succeed(problem(400, 'Send {"userId": "…"}'))
  })
)

/** The route, for a router. */
export const layerUsers = HttpRouter.add("POST", "/users", post)

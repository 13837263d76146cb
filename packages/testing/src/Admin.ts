/**
 * Instructing a local SnapTrade from another process: the API, and the layer that calls it.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiError from "effect/http-api/HttpApiError"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import * as OpenApi from "effect/http-api/OpenApi"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Door } from "./Door.ts"
import { GivenInstruction } from "./GivenInstruction.ts"
import { InspectorGroup } from "./Inspector.ts"
import { GivenDuration } from "./internal/givenDuration.ts"
import { Delivery, LocalSnapTrade, RegisteredUser, SeenRequest } from "./LocalSnapTrade.ts"

/** Where the admin interface lives: no path of SnapTrade's begins so. */
export const adminPath = "/_local"

/** The token that opens the admin interface, as a bearer token. */
export class AdminToken extends HttpApiMiddleware.Service<AdminToken>()("@effect-snaptrade/testing/AdminToken", {
  requiredForClient: true,
  security: { bearer: HttpApiSecurity.bearer },
  error: HttpApiError.Unauthorized
}) {}

/** The credentials that the local SnapTrade takes. */
const Settings = Schema.Struct({
  clientId: Schema.String,
  consumerKey: Schema.RedactedFromValue(Schema.String, { label: "consumerKey" })
})

/** This local SnapTrade cannot do that; `detail` says why, and what to do. */
const Impossible = HttpApiError.BadRequestProblem

/** The admin interface. */
export class AdminApi extends HttpApi.make("local-snaptrade")
  .add(
    InspectorGroup.prefix(adminPath).middleware(AdminToken).middleware(HttpApiMiddleware.ProblemDetails),
    HttpApiGroup.make("local", { topLevel: true })
      .add(
        HttpApiEndpoint.get("settings", "/settings", { success: Settings }),
        HttpApiEndpoint.get("users", "/users", { success: Schema.Array(RegisteredUser) }),
        HttpApiEndpoint.get("requests", "/requests", { success: Schema.Array(SeenRequest) }),
        HttpApiEndpoint.post("next", "/next", { payload: Schema.Array(GivenInstruction) }),
        HttpApiEndpoint.post("nextFor", "/nextFor", {
          payload: Schema.Struct({ userId: Schema.String, instructions: Schema.Array(GivenInstruction) })
        }),
        HttpApiEndpoint.post("door", "/door", {
          payload: Schema.Struct({ door: Door }),
          success: Schema.String,
          error: Impossible
        }),
        HttpApiEndpoint.get("deliveries", "/deliveries", { success: Schema.Array(Delivery) }),
        HttpApiEndpoint.post("deliver", "/deliver", {
          payload: Schema.Record(Schema.String, Schema.Json),
          error: Impossible
        }),
        HttpApiEndpoint.post("clock", "/clock", { payload: Schema.Struct({ by: GivenDuration }) }),
        HttpApiEndpoint.post("latency", "/latency", { payload: Schema.Struct({ latency: GivenDuration }) }),
        HttpApiEndpoint.post("reset", "/reset")
      )
      .prefix(adminPath)
      .middleware(AdminToken)
      // What was wrong with a payload is told.
      .middleware(HttpApiMiddleware.ProblemDetails)
  )
  .annotateMerge(
    OpenApi.annotations({
      title: "The admin interface of a local SnapTrade",
      description:
        'Looks at what came in, and says what to do next. Durations are milliseconds, or texts such as "30 minutes".'
    })
  ) {}

/**
 * A local SnapTrade that runs in another process, started with an admin token.
 *
 * @example
 * ```ts
 * import { layerRemote } from "@effect-snaptrade/testing/remote"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const remote = layerRemote({ baseUrl: "http://127.0.0.1:4010", token: Redacted.make("…") }).pipe(
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
 */
export const layerRemote = (options: {
  readonly baseUrl: string
  readonly token: Redacted.Redacted
}): Layer.Layer<LocalSnapTrade, never, HttpClient.HttpClient> =>
  Layer.effect(
    LocalSnapTrade,
    Effect.gen(function* () {
      const client = yield* HttpApiClient.make(AdminApi, { baseUrl: options.baseUrl })
      const settings = yield* Effect.orDie(client.settings())
      // A local SnapTrade that cannot be reached is the test's own mistake.
      return LocalSnapTrade.of({
        ...settings,
        baseUrl: options.baseUrl,
        users: Effect.orDie(client.users()),
        requests: Effect.orDie(client.requests()),
        next: (...payload) => Effect.orDie(client.next({ payload })),
        nextFor: (userId, ...instructions) => Effect.orDie(client.nextFor({ payload: { userId, instructions } })),
        door: (door) => Effect.orDie(client.door({ payload: { door } })),
        deliveries: Effect.orDie(client.deliveries()),
        deliver: (payload) => Effect.orDie(client.deliver({ payload })),
        adjustClock: (by) => Effect.orDie(client.clock({ payload: { by: Duration.fromInputUnsafe(by) } })),
        setLatency: (latency) =>
          Effect.orDie(client.latency({ payload: { latency: Duration.fromInputUnsafe(latency) } })),
        reset: Effect.orDie(client.reset())
      })
    })
  ).pipe(
    Layer.provide(
      HttpApiMiddleware.layerClient(AdminToken, ({ next, request }) =>
        next(HttpClientRequest.bearerToken(request, options.token))
      )
    )
  )

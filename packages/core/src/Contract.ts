/**
 * SnapTrade's side of the operations: as an `HttpApi`, to serve or to call, and as an OpenAPI document. Its schemas are
 * those of the wire, where a secret is a plain string. The operations do without it, so no client's bundle contains it.
 */
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"

const Code = Schema.Union([Schema.Finite, Schema.String]).annotate({
  description: "What is wrong, as a number or as a string, such as 1076."
})
const Detail = Schema.String.annotate({ description: "What is wrong, for people." })

// SnapTrade says the same in several shapes, and any of them may come with any status.
const ErrorBody = Schema.Struct({
  default_detail: Schema.optionalKey(Detail),
  default_code: Schema.optionalKey(Code),
  detail: Schema.optionalKey(Detail),
  status_code: Schema.optionalKey(Schema.Finite.annotate({ description: "The HTTP status once more." })),
  code: Schema.optionalKey(Code),
  error: Schema.optionalKey(Detail)
}).annotate({ identifier: "ErrorBody" })

/**
 * 400: the request is refused as it is. Codes seen: 1010, the user exists already; 1012, invalid input, or a Personal
 * key; 1076, the signature does not verify.
 *
 * @example
 * ```ts
 * import { BadRequest } from "@effect-snaptrade/core/contract"
 *
 * const userAlreadyExists = new BadRequest({ default_detail: "That user exists already.", default_code: 1010 })
 * ```
 */
export class BadRequest extends Schema.Error<BadRequest>("BadRequest")(ErrorBody, {
  httpApiStatus: 400,
  description: "The request is refused as it is."
}) {
  readonly _tag = "BadRequest"
}

/**
 * 401: who calls is not proven. Codes seen: 1076, the signature does not verify; 1083, an unknown clientId.
 *
 * @example
 * ```ts
 * import { Unauthorized } from "@effect-snaptrade/core/contract"
 *
 * const unknownClientId = new Unauthorized({ detail: "Who is that?", status_code: 401, code: "1083" })
 * ```
 */
export class Unauthorized extends Schema.Error<Unauthorized>("Unauthorized")(ErrorBody, {
  httpApiStatus: 401,
  description: "The caller is unknown, or its signature does not verify."
}) {
  readonly _tag = "Unauthorized"
}

/**
 * 403: who calls may not do this.
 *
 * @example
 * ```ts
 * import { Forbidden } from "@effect-snaptrade/core/contract"
 *
 * const notEnabled = new Forbidden({ detail: "Not for this key.", status_code: 403, code: "1141" })
 * ```
 */
export class Forbidden extends Schema.Error<Forbidden>("Forbidden")(ErrorBody, {
  httpApiStatus: 403,
  description: "The caller may not do this."
}) {
  readonly _tag = "Forbidden"
}

/**
 * 404: there is nothing of that name.
 *
 * @example
 * ```ts
 * import { NotFound } from "@effect-snaptrade/core/contract"
 *
 * const nothingThere = new NotFound({ default_detail: "Nothing there.", default_code: 1011 })
 * ```
 */
export class NotFound extends Schema.Error<NotFound>("NotFound")(ErrorBody, {
  httpApiStatus: 404,
  description: "There is nothing of that name."
}) {
  readonly _tag = "NotFound"
}

/**
 * 429: the rate limit of the clientId is used up.
 *
 * @example
 * ```ts
 * import { TooManyRequests } from "@effect-snaptrade/core/contract"
 *
 * const throttled = new TooManyRequests({ detail: "Expected available in 7 seconds.", status_code: 429, code: "0000" })
 * ```
 */
export class TooManyRequests extends Schema.Error<TooManyRequests>("TooManyRequests")(ErrorBody, {
  httpApiStatus: 429,
  description: "The clientId's rate limit is used up for now."
}) {
  readonly _tag = "TooManyRequests"
}

/**
 * 500: SnapTrade failed; whether the operation was carried out is unknown.
 *
 * @example
 * ```ts
 * import { InternalServerError } from "@effect-snaptrade/core/contract"
 *
 * const failed = new InternalServerError({ detail: "Something broke.", status_code: 500, code: "1000" })
 * ```
 */
export class InternalServerError extends Schema.Error<InternalServerError>("InternalServerError")(ErrorBody, {
  httpApiStatus: 500,
  description: "SnapTrade failed, and may have carried the operation out or not."
}) {
  readonly _tag = "InternalServerError"
}

const error = [BadRequest, Unauthorized, Forbidden, NotFound, TooManyRequests, InternalServerError] as const

const credential = (key: string, where: "header" | "query", description: string) =>
  HttpApiSecurity.annotate(HttpApiSecurity.apiKey({ key, in: where }), OpenApi.Description, description)

// One each: the schemes of one middleware are alternatives, and SnapTrade demands all three.

/**
 * The query's `clientId`: which app calls. A server says here whom it knows.
 *
 * @example
 * ```ts
 * import { ClientId, Unauthorized } from "@effect-snaptrade/core/contract"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const layerClientId = Layer.succeed(ClientId, {
 *   PartnerClientId: (operation, { credential }) =>
 *     Redacted.value(credential) === "MY-APP" ? operation : Effect.fail(new Unauthorized({ code: "1083" }))
 * })
 * ```
 */
export class ClientId extends HttpApiMiddleware.Service<ClientId>()("@effect-snaptrade/core/Contract/ClientId", {
  security: { PartnerClientId: credential("clientId", "query", "Which app calls.") },
  error
}) {}

/**
 * The query's `timestamp`: when the request was signed. A server says here how old a request may be.
 *
 * @example
 * ```ts
 * import { Timestamp, Unauthorized } from "@effect-snaptrade/core/contract"
 * import * as Clock from "effect/Clock"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const layerTimestamp = Layer.succeed(Timestamp, {
 *   PartnerTimestamp: (operation, { credential }) =>
 *     Effect.gen(function* () {
 *       const age = (yield* Clock.currentTimeMillis) / 1000 - Number(Redacted.value(credential))
 *       if (!(Math.abs(age) <= 300)) return yield* new Unauthorized({ code: "1076" })
 *       return yield* operation
 *     })
 * })
 * ```
 */
export class Timestamp extends HttpApiMiddleware.Service<Timestamp>()("@effect-snaptrade/core/Contract/Timestamp", {
  security: { PartnerTimestamp: credential("timestamp", "query", "When the request was signed, in Unix seconds.") },
  error
}) {}

/**
 * The header `Signature`. A server verifies it here, over `canonicalRequest` of what it was sent.
 *
 * @example
 * ```ts
 * import { Signature } from "@effect-snaptrade/core/contract"
 * import * as Layer from "effect/Layer"
 *
 * const layerTrusting = Layer.succeed(Signature, { PartnerSignature: (operation) => operation })
 * ```
 */
export class Signature extends HttpApiMiddleware.Service<Signature>()("@effect-snaptrade/core/Contract/Signature", {
  security: {
    PartnerSignature: credential(
      "Signature",
      "header",
      "HMAC-SHA256 with the consumerKey, in base64, over the canonical JSON of content, path and query."
    )
  },
  error
}) {}

const UserId = Schema.NonEmptyString.annotate({
  description: "The app's own name for its user: unique, and never another, so no e-mail address.",
  examples: ["user-123"]
})

const registerUser = HttpApiEndpoint.post("registerUser", "/snapTrade/registerUser", {
  payload: Schema.Struct({ userId: UserId }).annotate({ identifier: "RegisterUserRequest" }),
  success: Schema.Struct({
    userId: UserId,
    userSecret: Schema.NonEmptyString.annotate({
      description: "The secret that goes with the userId. No other reply ever shows it."
    })
  }).annotate({ identifier: "RegisteredUser", description: "The user is registered." }),
  error
}).annotateMerge(
  OpenApi.annotations({
    summary: "Register a user",
    description: "Makes a user of the app known to SnapTrade, which answers a secret of its making."
  })
)

const authentication = HttpApiGroup.make("Authentication", { topLevel: true })
  .add(registerUser)
  .middleware(ClientId)
  .middleware(Timestamp)
  .middleware(Signature)
  .annotate(OpenApi.Description, "The users of an app.")

// The document would refuse what SnapTrade may add to a body one day; the schemas ignore it.
const allowMoreFields = (document: object): Record<string, unknown> =>
  JSON.parse(
    JSON.stringify(document, (key, value) => (key === "additionalProperties" && value === false ? undefined : value))
  )

/**
 * The operations that this library wraps, as SnapTrade serves them. Another one is one endpoint more.
 *
 * @example
 * ```ts
 * import { BadRequest, SnapTradeApi } from "@effect-snaptrade/core/contract"
 * import * as Effect from "effect/Effect"
 * import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
 *
 * const users = new Map<string, string>()
 *
 * const layerUsers = HttpApiBuilder.group(SnapTradeApi, "Authentication", (handlers) =>
 *   handlers.handle("registerUser", ({ payload: { userId } }) => {
 *     if (users.has(userId)) return Effect.fail(new BadRequest({ code: "1010" }))
 *     const userSecret = crypto.randomUUID()
 *     users.set(userId, userSecret)
 *     return Effect.succeed({ userId, userSecret })
 *   })
 * )
 * ```
 */
export class SnapTradeApi extends HttpApi.make("SnapTrade")
  .add(authentication)
  .annotateMerge(
    OpenApi.annotations({
      title: "SnapTrade, as effect-snaptrade knows it",
      version: "1.0.0",
      servers: [{ url: "https://api.snaptrade.com" }],
      transform: allowMoreFields
    })
  ) {}

/**
 * The OpenAPI 3.1 document of {@link SnapTradeApi}, made when it is first asked for. Each call answers a copy.
 *
 * @example
 * ```ts
 * import { openApi } from "@effect-snaptrade/core/contract"
 *
 * const json = JSON.stringify(openApi(), undefined, 2)
 * ```
 */
export const openApi = (): OpenApi.OpenAPISpec => OpenApi.fromApi(SnapTradeApi)

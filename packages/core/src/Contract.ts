/**
 * SnapTrade's side of the operations: as an `HttpApi`, to serve or to call, and as an OpenAPI document. Its schemas are
 * those of the wire, where a secret is a plain string. The operations do without it, so no client's bundle contains it.
 */
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
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

const about = (summary: string, description: string) => OpenApi.annotations({ summary, description })

const UserId = Schema.NonEmptyString.annotate({
  description: "The app's own name for its user: unique, and never another, so no e-mail address.",
  examples: ["user-123"]
})
const UserSecret = Schema.NonEmptyString.annotate({ description: "The secret that goes with the userId." })
const owner = { userId: UserId, userSecret: UserSecret }

const registerUser = HttpApiEndpoint.post("registerUser", "/snapTrade/registerUser", {
  payload: Schema.Struct({ userId: UserId }).annotate({ identifier: "RegisterUserRequest" }),
  success: Schema.Struct(owner).annotate({
    identifier: "RegisteredUser",
    description: "The user is registered. No other reply ever shows this secret."
  }),
  error
}).annotateMerge(
  about("Register a user", "Makes a user of the app known to SnapTrade, which answers a secret of its making.")
)

const listUsers = HttpApiEndpoint.get("listUsers", "/snapTrade/listUsers", {
  success: Schema.Array(Schema.String).annotate({
    identifier: "UserIds",
    description: "The ids of everyone who is registered, on one page however many."
  }),
  error
}).annotateMerge(about("List the users", "Answers the ids of the app's users, without their secrets."))

const deleteUser = HttpApiEndpoint.delete("deleteUser", "/snapTrade/deleteUser", {
  query: Schema.Struct({ userId: UserId }),
  success: Schema.Struct({
    userId: UserId,
    status: Schema.String.annotate({ description: "SnapTrade's word for queued.", examples: ["deleted"] }),
    detail: Schema.optionalKey(Schema.String.annotate({ description: "The same, for people." }))
  }).annotate({ identifier: "QueuedDeletion", description: "The user is queued for deletion." }),
  error
}).annotateMerge(
  about(
    "Delete a user",
    "Queues a user for deletion, and its connections with it. A webhook tells when it has happened."
  )
)

const resetUserSecret = HttpApiEndpoint.post("resetUserSecret", "/snapTrade/resetUserSecret", {
  payload: Schema.Struct(owner).annotate({ identifier: "ResetUserSecretRequest" }),
  success: Schema.Struct(owner).annotate({
    identifier: "ResetUser",
    description: "The user has a new secret, which no other reply ever shows; the old one is dead."
  }),
  error
}).annotateMerge(about("Reset a user's secret", "Takes the current secret, and answers another in its place."))

const LoginUserRequest = Schema.Struct({
  broker: Schema.optionalKey(Schema.String.annotate({ description: "The slug of the brokerage to go to at once." })),
  immediateRedirect: Schema.optionalKey(
    Schema.Boolean.annotate({ description: "Whether the user returns to the app as soon as the connection is made." })
  ),
  customRedirect: Schema.optionalKey(Schema.String.annotate({ description: "The URL that the user returns to." })),
  reconnect: Schema.optionalKey(Schema.String.annotate({ description: "The id of a broken connection, to mend it." })),
  connectionType: Schema.optionalKey(
    Schema.Literals(["read", "trade", "trade-if-available"]).annotate({
      description: "What the connection may do.",
      default: "read"
    })
  ),
  showCloseButton: Schema.optionalKey(
    Schema.Boolean.annotate({ description: "Whether the portal has a button that closes it." })
  ),
  darkMode: Schema.optionalKey(Schema.Boolean.annotate({ description: "Whether the portal is dark." })),
  locale: Schema.optionalKey(
    Schema.String.annotate({ description: "The portal's language.", examples: ["pt-BR"], default: "en" })
  ),
  connectionPortalVersion: Schema.optionalKey(
    Schema.Literals(["v4", "v3", "v2"]).annotate({ description: "Every version is v4 by now.", default: "v4" })
  )
}).annotate({ identifier: "LoginUserRequest" })

const LoginLink = Schema.Struct({
  redirectURI: Schema.NonEmptyString.annotate({ description: "The link; whoever has it acts as the user." }),
  sessionId: Schema.optionalKey(Schema.String.annotate({ description: "The id of the portal's session." }))
}).annotate({ identifier: "LoginLink", description: "A link to the portal, good for five minutes." })

const EncryptedLogin = Schema.Struct({
  encryptedSharedKey: Schema.NonEmptyString.annotate({ description: "The key of the message, by RSA-OAEP." }),
  encryptedMessageData: Schema.Struct({
    encryptedMessage: Schema.String,
    tag: Schema.String,
    nonce: Schema.String
  }).annotate({ description: "The link, by AES in OCB mode." })
}).annotate({ identifier: "EncryptedLogin", description: "The same, encrypted for a user that has an RSA key." })

const loginUser = HttpApiEndpoint.post("loginUser", "/snapTrade/login", {
  query: Schema.Struct(owner),
  payload: [LoginUserRequest, HttpApiSchema.NoContent],
  success: [LoginLink, EncryptedLogin],
  error
})
  .annotateMerge(about("Log a user in", "Makes a link to the Connection Portal, where the user connects brokerages."))
  // The document would demand a body, although the schema takes none as well.
  .annotate(OpenApi.Transform, (operation) => ({
    ...operation,
    requestBody: { ...operation["requestBody"], required: false }
  }))

const authentication = HttpApiGroup.make("Authentication", { topLevel: true })
  .add(registerUser, listUsers, deleteUser, resetUserSecret, loginUser)
  .middleware(ClientId)
  .middleware(Timestamp)
  .middleware(Signature)
  .annotate(OpenApi.Description, "The users of an app.")

const checkStatus = HttpApiEndpoint.get("checkStatus", "/", {
  success: Schema.Struct({
    online: Schema.Boolean.annotate({ description: "Whether SnapTrade is up." }),
    version: Schema.optionalKey(Schema.Int.annotate({ description: "The version of its API." })),
    timestamp: Schema.String.annotate({
      description: "Its clock: ISO 8601, but with a space for the T.",
      examples: ["2026-07-01 12:00:00.000000+00:00"]
    })
  }).annotate({ identifier: "Status", description: "SnapTrade answers." }),
  error: InternalServerError
}).annotateMerge(about("Check the status", "Tells whether SnapTrade is up, and what its clock shows."))

// Nobody signs here: a group without the middlewares.
const status = HttpApiGroup.make("Status", { topLevel: true })
  .add(checkStatus)
  .annotate(OpenApi.Description, "SnapTrade itself.")

// The document would refuse what SnapTrade may add to a body one day; the schemas ignore it.
const allowMoreFields = (document: object): Record<string, unknown> =>
  JSON.parse(
    JSON.stringify(document, (key, value) => (key === "additionalProperties" && value === false ? undefined : value))
  )

/**
 * The operations that this library wraps, as SnapTrade serves them: those that are signed in the group "Authentication",
 * the other in "Status". Another one is one endpoint more.
 *
 * @example
 * ```ts
 * import { BadRequest, SnapTradeApi, Unauthorized } from "@effect-snaptrade/core/contract"
 * import * as DateTime from "effect/DateTime"
 * import * as Effect from "effect/Effect"
 * import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
 *
 * const users = new Map<string, string>()
 *
 * const withSecret = (userId: string) => {
 *   const userSecret = crypto.randomUUID()
 *   users.set(userId, userSecret)
 *   return { userId, userSecret }
 * }
 *
 * const layerUsers = HttpApiBuilder.group(SnapTradeApi, "Authentication", (handlers) =>
 *   handlers.handleAll({
 *     registerUser: ({ payload: { userId } }) =>
 *       users.has(userId) ? Effect.fail(new BadRequest({ code: "1010" })) : Effect.sync(() => withSecret(userId)),
 *     listUsers: () => Effect.succeed(Array.from(users.keys())),
 *     deleteUser: ({ query: { userId } }) =>
 *       Effect.as(
 *         Effect.sync(() => users.delete(userId)),
 *         { userId, status: "deleted" }
 *       ),
 *     resetUserSecret: ({ payload: { userId, userSecret } }) =>
 *       users.get(userId) === userSecret
 *         ? Effect.sync(() => withSecret(userId))
 *         : Effect.fail(new Unauthorized({ code: "1083" })),
 *     loginUser: ({ query: { userId } }) => Effect.succeed({ redirectURI: `https://example.com/portal?as=${userId}` })
 *   })
 * )
 *
 * const layerStatus = HttpApiBuilder.group(SnapTradeApi, "Status", (handlers) =>
 *   handlers.handle("checkStatus", () =>
 *     Effect.map(DateTime.now, (now) => ({ online: true, timestamp: DateTime.formatIso(now) }))
 *   )
 * )
 * ```
 */
export class SnapTradeApi extends HttpApi.make("SnapTrade")
  .add(authentication, status)
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

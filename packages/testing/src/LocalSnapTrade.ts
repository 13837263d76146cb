/**
 * A SnapTrade of one's own: it keeps users, verifies signatures, counts the rate limit, and does what a test tells it.
 * One handler, from request to response in the caller's fiber; in memory it is a layer, over a socket an HTTP server.
 */
import { canonicalRequest, signatureEquals } from "@effect-snaptrade/core"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Failure from "./Failure.ts"
import type { Instruction } from "./Instruction.ts"
import { hmacSha256 } from "./internal/hmac.ts"
import { makeRateLimit } from "./internal/rateLimit.ts"

/**
 * Settings of a local SnapTrade; each has a default.
 */
export interface Options {
  /** `LOCAL-SNAPTRADE` unless told. */
  readonly clientId?: string | undefined
  /** A fixed key unless told: it protects nothing. */
  readonly consumerKey?: Redacted.Redacted | undefined
  /** Requests in a rolling window of 60 seconds; SnapTrade's 250 unless told. */
  readonly requestsPerMinute?: number | undefined
  /**
   * How far a timestamp may be off. SnapTrade documents no tolerance; 5 minutes, and the answer 401 / 1076, are our own
   * choice.
   */
  readonly timestampTolerance?: Duration.Input | undefined
}

/** A user that was registered. */
export interface RegisteredUser {
  readonly userId: string
  readonly userSecret: Redacted.Redacted
  /** Milliseconds since the epoch, by the Clock. */
  readonly registeredAt: number
}

/** A request as it arrived. It shows what was sent, signature included: it is for tests. */
export interface SeenRequest {
  /** Milliseconds since the epoch, by the Clock. */
  readonly at: number
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/**
 * The connection ends without a reply. Whoever hosts the handler makes it so: in memory as the client's failure, over a
 * socket by closing it.
 */
export class ConnectionDropped extends Data.TaggedError("ConnectionDropped")<{
  /** Whether anything of the request arrived. */
  readonly requestArrived: boolean
}> {}

/**
 * The local SnapTrade: its handler, and what a test sees of it and tells it.
 *
 * @example
 * ```ts
 * import { registerUser } from "@effect-snaptrade/core"
 * import { Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
 * import * as Effect from "effect/Effect"
 *
 * const lostReply = Effect.gen(function* () {
 *   const local = yield* LocalSnapTrade
 *   yield* local.next(Instruction.dropReply)
 *   const error = yield* Effect.flip(registerUser({ userId: "user-123" }))
 *   const users = yield* local.users
 *   return [error.outcome, users.length] as const // ["unknown", 1]
 * }).pipe(Effect.provide(TestSnapTrade.layer()))
 * ```
 */
export class LocalSnapTrade extends Context.Service<
  LocalSnapTrade,
  {
    readonly clientId: string
    readonly consumerKey: Redacted.Redacted
    /** Answers one request. */
    readonly handler: Effect.Effect<HttpServerResponse.HttpServerResponse, ConnectionDropped, HttpServerRequest>
    /** Everyone who is registered, in order. */
    readonly users: Effect.Effect<ReadonlyArray<RegisteredUser>>
    /** Every request that arrived, in order. */
    readonly requests: Effect.Effect<ReadonlyArray<SeenRequest>>
    /** Says what to do with the next requests, one instruction each, after those that were given before. */
    readonly next: (...instructions: ReadonlyArray<Instruction>) => Effect.Effect<void>
  }
>()("@effect-snaptrade/testing/LocalSnapTrade") {}

const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Json))
const decodeRegistration = Schema.decodeUnknownResult(Schema.Struct({ userId: Schema.NonEmptyString }))

/** Where the API lived until June 2026; still answered, with a `Deprecation` header. */
const oldPrefix = "/api/v1"

const jsonResponse = (status: number, body: Schema.Json) => HttpServerResponse.jsonUnsafe(body, { status })
const failed = (failure: Failure.Failure) => jsonResponse(failure.status, Failure.failureBody(failure))

/**
 * Makes a local SnapTrade with nobody registered.
 */
export const make = Effect.fnUntraced(function* (options: Options = {}) {
  const clientId = options.clientId ?? "LOCAL-SNAPTRADE"
  const consumerKey =
    options.consumerKey ?? Redacted.make("local-consumer-key-that-protects-nothing", { label: "consumerKey" })
  const tolerance = Duration.toMillis(Duration.fromInputUnsafe(options.timestampTolerance ?? "5 minutes"))
  const rateLimit = makeRateLimit(options.requestsPerMinute ?? 250)
  const sign = hmacSha256(consumerKey)

  const users = new Map<string, RegisteredUser>()
  const requests: Array<SeenRequest> = []
  const instructions: Array<Instruction> = []

  const register = (body: Schema.Json, now: number) => {
    const registration = decodeRegistration(body)
    if (Result.isFailure(registration)) return failed(Failure.invalidInput)
    const { userId } = registration.success
    if (users.has(userId)) return failed(Failure.userAlreadyExists)
    const userSecret = crypto.randomUUID()
    users.set(userId, { userId, userSecret: Redacted.make(userSecret, { label: "userSecret" }), registeredAt: now })
    return jsonResponse(200, { userId, userSecret })
  }

  const refusal = (request: SeenRequest, body: Schema.Json | undefined): Failure.Failure | undefined => {
    const query = new URLSearchParams(request.query)
    const signature = request.headers["signature"]
    if (!query.has("clientId") || !query.has("timestamp") || signature === undefined) return Failure.credentialsMissing
    if (query.get("clientId") !== clientId) return Failure.clientIdRejected
    if (body === undefined) return Failure.unverifiable
    const expected = sign(canonicalRequest({ content: body, path: request.path, query: request.query }))
    if (!signatureEquals(signature, expected)) return Failure.signatureRejected
    const timestamp = query.get("timestamp") ?? ""
    const skew = Math.abs(Number(timestamp) * 1000 - request.at)
    return /^\d+$/.test(timestamp) && skew <= tolerance ? undefined : Failure.signatureRejected
  }

  const answer = (request: SeenRequest) => {
    const json = request.body === "" ? Result.succeed<Schema.Json>(null) : decodeJson(request.body)
    const refused = refusal(request, Result.getOrUndefined(json))
    if (refused !== undefined) return failed(refused)
    const limited = rateLimit.take(request.at)
    if (limited !== undefined) return failed(Failure.throttled(limited))
    const path = request.path.startsWith(`${oldPrefix}/`) ? request.path.slice(oldPrefix.length) : request.path
    return request.method === "POST" && path === "/snapTrade/registerUser"
      ? register(Result.getOrElse(json, () => null), request.at)
      : failed(Failure.notFound)
  }

  const withSnapTradeHeaders = (response: HttpServerResponse.HttpServerResponse, request: SeenRequest) =>
    HttpServerResponse.setHeaders(response, {
      "x-request-id": `local-${requests.length}`,
      ...rateLimit.headers(request.at),
      ...(request.path.startsWith(`${oldPrefix}/`) && { deprecation: "true" }),
      // What an instruction says goes before what would be said without it.
      ...response.headers
    })

  const handler = Effect.gen(function* () {
    const instruction = instructions.shift()
    if (instruction?._tag === "Refuse") return yield* new ConnectionDropped({ requestArrived: false })
    const incoming = yield* HttpServerRequest
    const body = yield* Effect.mapError(incoming.text, () => new ConnectionDropped({ requestArrived: true }))
    const [path = "", query = ""] = incoming.url.split("?", 2)
    const at = yield* Clock.currentTimeMillis
    const request: SeenRequest = { at, method: incoming.method, path, query, headers: incoming.headers, body }
    requests.push(request)
    switch (instruction?._tag) {
      case "Reply": {
        const { headers, status } = instruction
        return withSnapTradeHeaders(HttpServerResponse.text(instruction.body, { status, headers }), request)
      }
      case "Echo": {
        const detail = `${request.headers["signature"]} ${request.query} ${request.body}`
        return withSnapTradeHeaders(failed({ status: instruction.status, code: "echo", detail }), request)
      }
      case "DropReply": {
        answer(request)
        return yield* new ConnectionDropped({ requestArrived: true })
      }
      case "Delay": {
        const response = withSnapTradeHeaders(answer(request), request)
        yield* Effect.sleep(instruction.duration)
        return response
      }
      case undefined:
        return withSnapTradeHeaders(answer(request), request)
    }
  })

  return LocalSnapTrade.of({
    clientId,
    consumerKey,
    handler,
    users: Effect.sync(() => Array.from(users.values())),
    requests: Effect.sync(() => Array.from(requests)),
    next: (...more) => Effect.sync(() => void instructions.push(...more))
  })
})

/** A local SnapTrade as a layer. */
export const layer = (options?: Options): Layer.Layer<LocalSnapTrade> => Layer.effect(LocalSnapTrade, make(options))

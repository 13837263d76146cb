/**
 * How the local SnapTrade answers: one stateful handler, from request to response in the caller's fiber. It keeps users,
 * verifies signatures, counts the rate limit, and does what it is told.
 */
import { canonicalRequest, signatureEquals } from "@effect-snaptrade/core"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Failure from "./Failure.ts"
import type { Instruction } from "./Instruction.ts"
import { hmacSha256 } from "./internal/hmac.ts"
import { makeRateLimit } from "./internal/rateLimit.ts"
import type { LocalSnapTrade, RegisteredUser, SeenRequest } from "./LocalSnapTrade.ts"

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

/**
 * The connection ends without a reply. Whoever hosts the handler makes it so: in memory as the client's failure, over a
 * socket by closing it.
 */
export class ConnectionDropped extends Data.TaggedError("ConnectionDropped")<{
  /** Whether anything of the request arrived. */
  readonly requestArrived: boolean
}> {}

/**
 * The handler, and all of {@link LocalSnapTrade} but where it is reached, which its host knows.
 */
export interface Hosted extends Omit<LocalSnapTrade["Service"], "baseUrl"> {
  /** Answers one request. */
  readonly handler: Effect.Effect<HttpServerResponse.HttpServerResponse, ConnectionDropped, HttpServerRequest>
}

const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Json))
const decodeRegistration = Schema.decodeUnknownResult(Schema.Struct({ userId: Schema.NonEmptyString }))

/** Where the API lived until June 2026; still answered, with a `Deprecation` header. */
const oldPrefix = "/api/v1"

const jsonResponse = (status: number, body: Schema.Json) => HttpServerResponse.jsonUnsafe(body, { status })
const failed = (failure: Failure.Failure) => jsonResponse(failure.status, Failure.failureBody(failure))

/**
 * Makes a local SnapTrade with nobody registered.
 */
export const make = (options: Options = {}): Hosted => {
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
      ? register(
          Result.getOrElse(json, () => null),
          request.at
        )
      : failed(Failure.notFound)
  }

  // What an instruction says goes before what would be said without it.
  const withRequestId = (response: HttpServerResponse.HttpServerResponse) =>
    HttpServerResponse.setHeaders(response, { "x-request-id": `local-${requests.length}`, ...response.headers })

  const reply = (request: SeenRequest) =>
    withRequestId(
      HttpServerResponse.setHeaders(answer(request), {
        ...rateLimit.headers(request.at),
        ...(request.path.startsWith(`${oldPrefix}/`) && { deprecation: "true" })
      })
    )

  const handler = Effect.gen(function* () {
    const instruction = instructions.shift()
    if (instruction?._tag === "Refuse") return yield* new ConnectionDropped({ requestArrived: false })
    const incoming = yield* HttpServerRequest
    const body = yield* Effect.mapError(incoming.text, () => new ConnectionDropped({ requestArrived: true }))
    const [path = "", query = ""] = incoming.url.split("?", 2)
    const at = yield* Clock.currentTimeMillis
    const request: SeenRequest = { at, method: incoming.method, path, query, headers: { ...incoming.headers }, body }
    requests.push(request)
    switch (instruction?._tag) {
      case "Reply": {
        const { headers, status } = instruction
        const contentType = headers["content-type"]
        return withRequestId(HttpServerResponse.uint8Array(instruction.body, { status, headers, contentType }))
      }
      case "Echo": {
        const detail = `${request.headers["signature"]} ${request.query} ${request.body}`
        return withRequestId(failed({ status: instruction.status, code: "echo", detail }))
      }
      case "DropReply": {
        reply(request)
        return yield* new ConnectionDropped({ requestArrived: true })
      }
      case "Delay": {
        const response = reply(request)
        yield* Effect.sleep(instruction.duration)
        return response
      }
      case undefined:
        return reply(request)
    }
  })

  return {
    clientId,
    consumerKey,
    handler,
    users: Effect.sync(() => Array.from(users.values())),
    requests: Effect.sync(() => Array.from(requests)),
    next: (...more) => Effect.sync(() => void instructions.push(...more)),
    reset: Effect.sync(() => {
      users.clear()
      requests.length = 0
      instructions.length = 0
      rateLimit.reset()
    })
  }
}

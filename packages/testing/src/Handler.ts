/**
 * How the local SnapTrade answers: one stateful handler, from request to response in the caller's fiber. It keeps users,
 * verifies signatures, counts the rate limit, and does what it is told.
 */
import { canonicalRequest, signatureEquals } from "@effect-snaptrade/core"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { toStringUnknown } from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Failure from "./Failure.ts"
import { type Closing, Instruction, type Wire } from "./Instruction.ts"
import { hmacSha256 } from "./internal/hmac.ts"
import { makeLocalClock } from "./internal/localClock.ts"
import { makeRateLimit } from "./internal/rateLimit.ts"
import { type Asked, failed, makeUserOperations } from "./internal/userOperations.ts"
import { makeWebhooks, type Post } from "./internal/webhooks.ts"
import { bytesOf } from "./internal/wire.ts"
import type { Answered, Delivery, LocalSnapTrade, SeenRequest } from "./LocalSnapTrade.ts"
import type { StateStore } from "./LocalState.ts"
import * as SignatureExplainer from "./SignatureExplainer.ts"

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
  /** How long a deletion is queued before it happens; 5 seconds unless told. */
  readonly deletionDelay?: Duration.Input | undefined
  /** Takes the webhooks that are delivered; without it nobody does. */
  readonly webhooks?: Post | undefined
  /** Is told of each request when it has arrived, and again when it has been answered. */
  readonly observe?: ((request: SeenRequest) => Effect.Effect<void>) | undefined
  /** Is told of each delivery of a webhook. */
  readonly observeDelivery?: ((delivery: Delivery) => Effect.Effect<void>) | undefined
  /** How many requests are remembered, the last ones; all unless told. */
  readonly requestsKept?: number | undefined
  /** How long every whole reply takes; none unless told. */
  readonly latency?: Duration.Input | undefined
  /** Where users are kept beyond its own life; nowhere unless told. */
  readonly state?: StateStore | undefined
}

/**
 * The connection ends without a reply. Whoever hosts the handler makes it so: in memory as the client's failure, over a
 * socket by closing it.
 */
export class ConnectionDropped extends Data.TaggedError("ConnectionDropped")<{
  /** Whether anything of the request arrived. */
  readonly requestArrived: boolean
  readonly by: Closing
}> {}

/**
 * The reply is these bytes, which no `HttpServerResponse` can say. Whoever hosts the handler writes them, if it has a
 * socket.
 */
export class BytesReplied extends Data.TaggedError("BytesReplied")<{
  readonly pieces: ReadonlyArray<Uint8Array>
  readonly wire: Wire
}> {}

/**
 * The handler, and all of {@link LocalSnapTrade} but where it is reached, which its host knows.
 */
export interface Hosted extends Omit<LocalSnapTrade["Service"], "baseUrl" | "door"> {
  /** Answers one request. */
  readonly handler: Effect.Effect<
    HttpServerResponse.HttpServerResponse,
    ConnectionDropped | BytesReplied,
    HttpServerRequest
  >
  /** Its time, in milliseconds since the epoch. */
  readonly now: Effect.Effect<number>
  /** The instructions that wait for a request; those for one user with its id. */
  readonly waiting: Effect.Effect<ReadonlyArray<{ readonly instruction: Instruction; readonly userId?: string }>>
  /** Forgets the instructions that wait. */
  readonly forgetInstructions: Effect.Effect<void>
  /** The rate limit, and when each request that counts was counted. */
  readonly rateLimit: Effect.Effect<{ readonly limit: number; readonly taken: ReadonlyArray<number> }>
  /** Whether somebody takes webhooks. */
  readonly takesWebhooks: boolean
}

const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Json))
const decodeRegistrationText = Schema.decodeUnknownResult(
  Schema.fromJsonString(Schema.Struct({ userId: Schema.NonEmptyString }))
)

/** Where the API lived until June 2026; still answered, with a `Deprecation` header. */
const oldPrefix = "/api/v1"

const Coded = Schema.fromJsonString(
  Schema.Union([Schema.Struct({ code: Schema.String }), Schema.Struct({ default_code: Schema.String })])
)
const decodeCoded = Schema.decodeUnknownResult(Coded)
const utf8 = new TextDecoder()

const isInstruction = Schema.is(Instruction)

// A test's mistake would otherwise be a test that passes: nothing happens, as it would without a fault.
const checked = (instructions: ReadonlyArray<Instruction>): ReadonlyArray<Instruction> => {
  for (const given of instructions) {
    if (!isInstruction(given)) {
      throw new TypeError(
        `${toStringUnknown(given)} is no instruction: make one with Instruction or Fault of @effect-snaptrade/testing`
      )
    }
  }
  return instructions
}

/** The code of a failure, in whichever shape. */
const codeOf = ({ body, status }: HttpServerResponse.HttpServerResponse): string | undefined => {
  if (status < 400 || body._tag !== "Uint8Array") return undefined
  const coded = Result.getOrUndefined(decodeCoded(utf8.decode(body.body)))
  return coded === undefined ? undefined : "code" in coded ? coded.code : coded.default_code
}

const bytesReplied = (wire: Wire, response: HttpServerResponse.HttpServerResponse) => {
  const { body, headers, status } = response
  const sent = { status, headers, body: body._tag === "Uint8Array" ? body.body : new Uint8Array() }
  return new BytesReplied({ pieces: bytesOf(wire, sent), wire })
}

/** A request that has come in, and what is known of it by now. */
interface Entry {
  seen: SeenRequest
  /** What was or would be answered. */
  response?: HttpServerResponse.HttpServerResponse
}

/**
 * Makes a local SnapTrade with nobody registered.
 */
export const make = Effect.fnUntraced(function* (options: Options = {}): Effect.fn.Return<Hosted, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const clientId = options.clientId ?? "LOCAL-SNAPTRADE"
  const consumerKey =
    options.consumerKey ?? Redacted.make("local-consumer-key-that-protects-nothing", { label: "consumerKey" })
  const timestampTolerance = options.timestampTolerance ?? "5 minutes"
  const tolerance = Duration.toMillis(Duration.fromInputUnsafe(timestampTolerance))
  const requestsKept = options.requestsKept ?? Infinity
  const observe = options.observe ?? (() => Effect.void)
  const rateLimit = makeRateLimit(options.requestsPerMinute ?? 250)
  const sign = hmacSha256(consumerKey)

  const clock = makeLocalClock()
  const usualLatency = Duration.fromInputUnsafe(options.latency ?? 0)
  let latency = usualLatency

  const users = makeUserOperations(options, options.state?.initial ?? { version: 1, users: [], deletions: [] })
  const webhooks =
    options.webhooks === undefined
      ? undefined
      : makeWebhooks({
          clientId,
          sign,
          post: options.webhooks,
          clock,
          observe: options.observeDelivery ?? (() => Effect.void)
        })
  const requests: Array<Entry> = []
  let arrived = 0
  const instructions: Array<Instruction> = []
  const instructionsFor = new Map<string, Array<Instruction>>()

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

  // A server that is asked in vain would like to say why, and SnapTrade's replies do not.
  const explain = ({ body, headers, path, query }: SeenRequest, at: number) =>
    SignatureExplainer.explain({
      clientId,
      consumerKey,
      path,
      query,
      body,
      signature: headers["signature"],
      host: headers["host"],
      at,
      timestampTolerance
    })

  const answer = (entry: Entry, request: SeenRequest): HttpServerResponse.HttpServerResponse => {
    const json = request.body === "" ? Result.succeed<Schema.Json>(null) : decodeJson(request.body)
    const path = request.path.startsWith(`${oldPrefix}/`) ? request.path.slice(oldPrefix.length) : request.path
    const asked: Asked = {
      operation: `${request.method} ${path}`,
      query: new URLSearchParams(request.query),
      body: Result.getOrElse(json, () => null),
      at: request.at,
      origin: `http://${request.headers["host"] ?? "api.snaptrade.com"}`
    }
    users.applyDeletions(request.at)
    const unsigned = users.unsigned[asked.operation]
    if (unsigned !== undefined) return unsigned(asked)
    const refused = refusal(request, Result.getOrUndefined(json))
    if (refused !== undefined) {
      const explanation = explain(request, request.at)
      if (explanation !== undefined) entry.seen = { ...entry.seen, explanation }
      return failed(refused)
    }
    const limited = rateLimit.take(request.at)
    if (limited !== undefined) return failed(Failure.throttled(limited))
    return users.operations[asked.operation]?.(asked) ?? failed(Failure.notFound)
  }

  // What an instruction says goes before what would be said without it.
  const withRequestId = ({ seen }: Entry, response: HttpServerResponse.HttpServerResponse) =>
    HttpServerResponse.setHeaders(response, { "x-request-id": seen.requestId, ...response.headers })

  const reply = (entry: Entry, request = entry.seen) => {
    const response = withRequestId(
      entry,
      HttpServerResponse.setHeaders(answer(entry, request), {
        ...rateLimit.headers(request.at),
        ...(request.path.startsWith(`${oldPrefix}/`) && { deprecation: "true" })
      })
    )
    entry.response = response
    return response
  }

  const answered = Effect.fnUntraced(function* (entry: Entry, sent: Answered["sent"]) {
    const at = yield* clock.now
    const { response, seen } = entry
    const code = response === undefined ? undefined : codeOf(response)
    entry.seen = {
      ...seen,
      answered: {
        at,
        duration: at - seen.at,
        sent,
        ...(response !== undefined && { status: response.status }),
        ...(code !== undefined && { code })
      }
    }
    yield* observe(entry.seen)
  })

  // What is done before the request is read cannot depend on what it says.
  const takeUnread = (): Instruction | undefined => {
    const [next] = instructions
    const unread =
      next?._tag === "Refuse" ||
      (next?._tag === "Close" && next.after === "head") ||
      (next?._tag === "Wire" && next.unread === true)
    return unread ? instructions.shift() : undefined
  }
  const take = ({ body, path }: SeenRequest): Instruction | undefined => {
    const registration =
      instructionsFor.size > 0 && path.endsWith("/snapTrade/registerUser")
        ? Result.getOrUndefined(decodeRegistrationText(body))
        : undefined
    return instructionsFor.get(registration?.userId ?? "")?.shift() ?? instructions.shift()
  }

  // Whoever comes while one is written shares the next one.
  const writing = Semaphore.makeUnsafe(1)
  let kept = users.changes()
  const persist = Effect.suspend(() => {
    const { state: store } = options
    const wanted = users.changes()
    if (store === undefined || kept >= wanted) return Effect.void
    return writing.withPermits(1)(
      Effect.suspend(() => {
        const changes = users.changes()
        return kept >= wanted
          ? Effect.void
          : Effect.andThen(
              store.save(users.state()),
              Effect.sync(() => (kept = changes))
            )
      })
    )
  })

  // Webhooks go out, and deletions happen, in their own time.
  const tell = Effect.suspend(() =>
    Effect.forEach(
      users.takeEvents(),
      (event) => (webhooks === undefined ? Effect.void : Effect.forkIn(webhooks.deliver(event), scope)),
      { discard: true }
    )
  )
  const applyDeletions = clock.now.pipe(
    Effect.tap((now) => Effect.sync(() => users.applyDeletions(now))),
    Effect.andThen(persist),
    Effect.andThen(tell)
  )
  const applyDeletionsAt = (dueAt: number) =>
    Effect.forkIn(Effect.andThen(clock.sleepUntil(dueAt), applyDeletions), scope)
  const afterwards = Effect.suspend(() => {
    const dueAt = users.takeQueued()
    return dueAt === undefined ? tell : Effect.andThen(applyDeletionsAt(dueAt), tell)
  })
  yield* Effect.forEach(users.deletionsDue(), applyDeletionsAt, { discard: true })

  const arrive = Effect.fnUntraced(function* (incoming: HttpServerRequest, body: string) {
    const [path = "", query = ""] = incoming.url.split("?", 2)
    const at = yield* clock.now
    const { method } = incoming
    const request: SeenRequest = { at, method, path, query, headers: { ...incoming.headers }, body }
    const instruction = take(request)
    arrived++
    const seen = { ...request, requestId: `local-${arrived}`, ...(instruction !== undefined && { instruction }) }
    const entry: Entry = { seen }
    requests.push(entry)
    if (requests.length > requestsKept) requests.shift()
    yield* observe(seen)
    return entry
  })

  const follow = Effect.fnUntraced(function* (entry: Entry) {
    const { instruction } = entry.seen
    switch (instruction?._tag) {
      case "Reply": {
        if (instruction.applied === true) reply(entry)
        const { headers, status } = instruction
        const contentType = headers["content-type"]
        return withRequestId(entry, HttpServerResponse.uint8Array(instruction.body, { status, headers, contentType }))
      }
      case "Echo": {
        const { body, headers, query } = entry.seen
        const detail = `${headers["signature"]} ${query} ${body}`
        return withRequestId(entry, failed({ status: instruction.status, code: "echo", detail }))
      }
      case "Delay": {
        const response = reply(entry)
        yield* Effect.sleep(instruction.duration)
        return response
      }
      case "Late": {
        yield* Effect.sleep(instruction.duration).pipe(
          Effect.andThen(
            Effect.sync(() =>
              reply(entry, { ...entry.seen, at: entry.seen.at + Duration.toMillis(instruction.duration) })
            )
          ),
          Effect.andThen(persist),
          Effect.andThen(answered(entry, "nothing")),
          Effect.andThen(afterwards),
          Effect.forkIn(scope)
        )
        return yield* Effect.never
      }
      case "Twice": {
        const first = reply(entry)
        const second = reply(entry)
        return instruction.answer === "first" ? first : second
      }
      case "Close": {
        if (instruction.after === "applying") reply(entry)
        return yield* new ConnectionDropped({ requestArrived: true, by: instruction.by })
      }
      case "Wire":
        return yield* bytesReplied(instruction, instruction.applied ? reply(entry) : HttpServerResponse.empty())
      case "Refuse":
        return yield* new ConnectionDropped({ requestArrived: false, by: "end" })
      case undefined:
        return reply(entry)
    }
  })

  const respond = Effect.gen(function* () {
    const unread = takeUnread()
    if (unread?._tag === "Refuse") return yield* new ConnectionDropped({ requestArrived: false, by: "end" })
    if (unread?._tag === "Close") return yield* new ConnectionDropped({ requestArrived: true, by: unread.by })
    if (unread?._tag === "Wire") return yield* bytesReplied(unread, HttpServerResponse.empty())
    const incoming = yield* HttpServerRequest
    const body = yield* Effect.mapError(incoming.text, () => new ConnectionDropped({ requestArrived: true, by: "end" }))
    const entry = yield* arrive(incoming, body)
    return yield* follow(entry).pipe(
      Effect.tap((response) => Effect.sync(() => (entry.response = response))),
      Effect.ensuring(persist),
      Effect.tap(() => (Duration.isZero(latency) ? Effect.void : Effect.sleep(latency))),
      Effect.onExit((exit) =>
        answered(
          entry,
          Exit.isSuccess(exit)
            ? "reply"
            : Option.getOrNull(Exit.findErrorOption(exit))?._tag === "BytesReplied"
              ? "bytes"
              : "nothing"
        )
      )
    )
  })

  const handler = Effect.ensuring(respond, afterwards)

  const forgetInstructions = () => {
    instructions.length = 0
    instructionsFor.clear()
  }

  return {
    clientId,
    consumerKey,
    handler,
    users: Effect.map(clock.now, users.users),
    requests: Effect.sync(() => requests.map(({ seen }) => seen)),
    next: (...more) => Effect.sync(() => void instructions.push(...checked(more))),
    nextFor: (userId, ...more) =>
      Effect.sync(() => void instructionsFor.set(userId, [...(instructionsFor.get(userId) ?? []), ...checked(more)])),
    deliveries: Effect.sync(() => webhooks?.deliveries() ?? []),
    deliver: (payload) =>
      webhooks === undefined
        ? Effect.die(
            new Error(
              "This local SnapTrade has nobody to deliver webhooks to: give it a receiver, emulate by --webhook-url"
            )
          )
        : Effect.asVoid(Effect.forkIn(webhooks.deliverPayload(payload), scope)),
    adjustClock: (by) =>
      Effect.andThen(
        Effect.sync(() => {
          const millis = Duration.toMillis(Duration.fromInputUnsafe(by))
          clock.moveUnsafe(millis)
          if (millis < 0) rateLimit.move(millis)
        }),
        applyDeletions
      ),
    setLatency: (duration) => Effect.sync(() => void (latency = Duration.fromInputUnsafe(duration))),
    reset: Effect.andThen(
      Effect.sync(() => {
        users.reset()
        webhooks?.reset()
        requests.length = 0
        arrived = 0
        forgetInstructions()
        rateLimit.reset()
        clock.resetUnsafe()
        latency = usualLatency
      }),
      persist
    ),
    now: clock.now,
    waiting: Effect.sync(() => [
      ...Array.from(instructionsFor, ([userId, own]) => own.map((instruction) => ({ instruction, userId }))).flat(),
      ...instructions.map((instruction) => ({ instruction }))
    ]),
    forgetInstructions: Effect.sync(forgetInstructions),
    rateLimit: Effect.map(clock.now, rateLimit.counted),
    takesWebhooks: webhooks !== undefined
  }
})

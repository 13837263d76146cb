/**
 * What holds on every runtime, as one suite: given a runtime's layer, it registers tests with vitest. Ours run it on Node,
 * Bun, Deno, inside workerd and in memory; run it on a layer of your own.
 */
import {
  type CallOptions,
  checkStatus,
  deleteUser,
  listUsers,
  loginUser,
  type Options,
  registerUser,
  type RegisterUserError,
  resetUserSecret,
  type SnapTrade,
  withTimeout
} from "@effect-snaptrade/core"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as Failure from "./Failure.ts"
import * as Instruction from "./Instruction.ts"
import { LocalSnapTrade } from "./LocalSnapTrade.ts"

export { byteBoundaries } from "./byteBoundaries.ts"
export { closingRaces } from "./closingRaces.ts"
export { faultMatrix, type FaultFacts, type FaultRuntime } from "./faultMatrix.ts"
export { faultCatalogue } from "./FaultCatalogue.ts"
export { gzipBomb } from "./gzipBomb.ts"
export { operationFaults } from "./operationFaults.ts"
export { secretScan } from "./secretScan.ts"

/**
 * What the suite runs on.
 */
export interface Runtime<Host = never> {
  /** The runtime's name, in the tests' names. */
  readonly name: string
  /** The layer under test. */
  readonly layer: (options: Options) => Layer.Layer<SnapTrade, unknown, Host>
  /** The local SnapTrade that it talks to, and whatever else the layer needs. */
  readonly local: Layer.Layer<LocalSnapTrade | Host, unknown>
  /** Whether the tests run under `TestClock`, which they step, or in real time. */
  readonly clock: "test" | "live"
  /**
   * How a connection is refused here: an address where nobody listens, or an instruction. And whether the runtime can
   * prove that nothing was sent then; on Workers nothing is provable.
   */
  readonly refusal: {
    readonly by: "address" | "instruction"
    readonly provable: boolean
  }
}

type Case = Effect.Effect<void, unknown, LocalSnapTrade | SnapTrade>

const nobodyListens = "http://127.0.0.1:1"
const limit = 64 * 1024

type Expected = {
  readonly _tag: string
  readonly outcome?: string
  readonly status?: number
  readonly code?: string
}

const isFailure = (error: RegisterUserError, expected: Expected): void => {
  const actual: Record<string, unknown> = { ...error }
  assert.deepInclude(actual, expected)
}

const gzipped = (text: string) =>
  Effect.promise(async () => {
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))
    return new Uint8Array(await new Response(stream).arrayBuffer())
  })

/**
 * Registers the suite for a runtime.
 *
 * @example
 * ```ts
 * import { layerSnapTrade } from "@effect-snaptrade/core"
 * import { TestSnapTrade } from "@effect-snaptrade/testing"
 * import { conformance } from "@effect-snaptrade/testing/conformance"
 * import * as Layer from "effect/Layer"
 *
 * conformance({
 *   name: "my runtime",
 *   layer: (options) => layerSnapTrade(options).pipe(Layer.provide(TestSnapTrade.layerSigner)),
 *   local: TestSnapTrade.layerLocal(),
 *   clock: "test",
 *   refusal: { by: "instruction", provable: true }
 * })
 * ```
 */
export const conformance = <Host = never>(runtime: Runtime<Host>): void => {
  const test = runtime.clock === "test" ? it.effect : it.live

  // A whole SnapTrade of its own for each case, or one that forgot the case before.
  const layerOf = (options: Partial<Options> = {}) =>
    Layer.unwrap(
      Effect.gen(function* () {
        const { baseUrl, clientId, consumerKey, reset } = yield* LocalSnapTrade
        yield* reset
        return runtime.layer({ baseUrl, clientId, consumerKey, ...options })
      })
    ).pipe(Layer.provideMerge(runtime.local))

  const holds = (name: string, body: Case, options?: Partial<Options>) =>
    test(name, () => body.pipe(Effect.provide(layerOf(options))))

  // The runtime's own time: promises and sockets do not move with TestClock.
  const breathe = runtime.clock === "test" ? TestClock.withLive(Effect.sleep(1)) : Effect.sleep(1)

  // Lets an effect that waits come to its end.
  const settled = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
    if (runtime.clock === "live") return yield* effect
    const fiber = yield* Effect.forkChild(effect)
    while (fiber.pollUnsafe() === undefined) {
      yield* breathe
      yield* TestClock.adjust("100 millis")
    }
    return yield* Fiber.join(fiber)
  })

  const register = (userId = "user-123") => settled(registerUser({ userId }))
  const failing = (userId = "user-123") => settled(Effect.flip(registerUser({ userId })))

  const told = (instruction: Instruction.Instruction, options?: CallOptions) => ({
    fails: (name: string, expected: Expected) =>
      holds(
        name,
        Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          yield* local.next(instruction)
          isFailure(yield* failing(), expected)
          assert.lengthOf(yield* local.requests, 1)
        }),
        options
      )
  })

  describe(`conformance on ${runtime.name}`, () => {
    describe("signing", () => {
      holds(
        "what is sent verifies, and says who sends it",
        Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          const before = Math.floor((yield* Clock.currentTimeMillis) / 1000)
          const user = yield* register()
          const [request = yield* Effect.die("nothing was sent")] = yield* local.requests
          const [registered] = yield* local.users
          assert.strictEqual(user.userId, "user-123")
          assert.strictEqual(
            Redacted.value(user.userSecret),
            Redacted.value(registered?.userSecret ?? Redacted.make("nobody is registered"))
          )
          assert.strictEqual(request.method, "POST")
          assert.strictEqual(request.path, "/snapTrade/registerUser")
          assert.strictEqual(request.body, '{"userId":"user-123"}')
          assert.strictEqual(request.headers["content-type"], "application/json")
          assert.match(request.headers["user-agent"] ?? "", /^effect-snaptrade\//)
          assert.notProperty(request.headers, "traceparent")
          const query = new URLSearchParams(request.query)
          assert.deepStrictEqual([...query.keys()], ["clientId", "timestamp"])
          assert.isAtLeast(Number(query.get("timestamp")), before)
        })
      )
      const userIds: ReadonlyArray<readonly [what: string, userId: string]> = [
        ["an accent", "é"],
        ["emoji", "👩‍💻🎉"],
        ["quotes, a backslash and spaces", ' "quoted" \\ '],
        ["a line separator and a null character", "\u2028\u0000"],
        ["the name of a prototype", "__proto__"],
        ["1,000 characters", "x".repeat(1000)]
      ]
      for (const [what, userId] of userIds) {
        holds(
          `a userId of ${what} verifies`,
          Effect.gen(function* () {
            assert.strictEqual((yield* register(userId)).userId, userId)
            assert.strictEqual((yield* (yield* LocalSnapTrade).users)[0]?.userId, userId)
          })
        )
      }
      test("the path prefix of a base URL is sent and signed", () =>
        Effect.gen(function* () {
          const { baseUrl } = yield* LocalSnapTrade
          yield* Effect.gen(function* () {
            yield* register()
            const [request] = yield* (yield* LocalSnapTrade).requests
            assert.strictEqual(request?.path, "/api/v1/snapTrade/registerUser")
          }).pipe(Effect.provide(layerOf({ baseUrl: `${baseUrl}/api/v1` })))
        }).pipe(Effect.provide(runtime.local)))
      holds(
        "a wrong consumerKey is SignatureRejected",
        Effect.gen(function* () {
          isFailure(yield* failing(), { _tag: "SignatureRejected", status: 401, code: "1076" })
        }),
        { consumerKey: Redacted.make("another key") }
      )
      holds(
        "a wrong clientId is ClientIdRejected",
        Effect.gen(function* () {
          isFailure(yield* failing(), { _tag: "ClientIdRejected", status: 401, code: "1083" })
        }),
        { clientId: "SOMEBODY-ELSE" }
      )
    })

    describe("replies", () => {
      holds(
        "withResponse tells status, request id and rate limit",
        Effect.gen(function* () {
          const response = yield* settled(registerUser.withResponse({ userId: "user-123" }))
          assert.strictEqual(response.value.userId, "user-123")
          assert.strictEqual(response.status, 200)
          assert.strictEqual(response.requestId, "local-1")
          assert.strictEqual(response.rateLimit.limit, 250)
          assert.strictEqual(response.rateLimit.remaining, 249)
        })
      )
      holds(
        "a duplicate is UserAlreadyExists",
        Effect.gen(function* () {
          yield* register()
          isFailure(yield* failing(), { _tag: "UserAlreadyExists", outcome: "not-applied", code: "1010" })
        })
      )
      holds(
        "an input that cannot travel is InvalidInput, and nothing is sent",
        Effect.gen(function* () {
          isFailure(yield* failing(""), { _tag: "InvalidInput", outcome: "not-applied" })
          isFailure(yield* failing("\ud800"), { _tag: "InvalidInput", outcome: "not-applied" })
          assert.isEmpty(yield* (yield* LocalSnapTrade).requests)
        })
      )
      holds(
        "a header that cannot travel is InvalidInput, and nothing is sent",
        Effect.gen(function* () {
          isFailure(yield* failing(), { _tag: "InvalidInput", outcome: "not-applied" })
          assert.isEmpty(yield* (yield* LocalSnapTrade).requests)
        }),
        { transformClient: HttpClient.mapRequest(HttpClientRequest.setHeader("x-app", "two\nlines")) }
      )
      const noUsers: ReadonlyArray<readonly [what: string, body: Schema.Json | Uint8Array]> = [
        ["without a userSecret", { userId: "user-123" }],
        ["for another userId", { userId: "user-124", userSecret: "secret" }],
        ["of HTML", "<html>hello</html>"],
        ["that is empty", ""],
        ["that is null", "null"],
        ["of half a JSON", '{"userId":"user-123","userSecret":"sec'],
        [
          "with a byte that is not UTF-8",
          new Uint8Array([...new TextEncoder().encode('{"userId":"user-123","userSecret":"a'), 0xff, 0x22, 0x7d])
        ],
        [`of more than ${limit} bytes`, { userId: "user-123", userSecret: "secret", padding: "x".repeat(limit) }]
      ]
      for (const [what, body] of noUsers) {
        told(Instruction.reply(200, body)).fails(`a 200 ${what} is UnexpectedReply, applied`, {
          _tag: "UnexpectedReply",
          outcome: "applied"
        })
      }
      holds(
        "a 200 that unfolds from 10 kB of gzip to 10 MB is UnexpectedReply, applied",
        Effect.gen(function* () {
          const bomb = yield* gzipped(
            JSON.stringify({ userId: "user-123", userSecret: "secret", padding: "x".repeat(10_000_000) })
          )
          yield* (yield* LocalSnapTrade).next(Instruction.reply(200, bomb, { "content-encoding": "gzip" }))
          isFailure(yield* failing(), { _tag: "UnexpectedReply", outcome: "applied" })
        })
      )
      for (const status of [301, 302, 303, 307, 308]) {
        told(Instruction.reply(status, "", { location: "/elsewhere" })).fails(
          `a ${status} is not followed, but UnexpectedReply, unknown`,
          { _tag: "UnexpectedReply", outcome: "unknown", status }
        )
      }
      told(Instruction.reply(408, "")).fails("a 408 is UnexpectedReply, unknown", {
        _tag: "UnexpectedReply",
        outcome: "unknown"
      })
    })

    describe("failures", () => {
      const tags: ReadonlyArray<readonly [Failure.Failure, tag: string]> = [
        [Failure.userAlreadyExists, "UserAlreadyExists"],
        [Failure.personalKey, "PersonalKeyRefused"],
        [Failure.unverifiable, "SignatureRejected"],
        [Failure.signatureRejected, "SignatureRejected"],
        [Failure.clientIdRejected, "ClientIdRejected"],
        [Failure.credentialsMissing, "AccessDenied"],
        [Failure.notPermitted, "AccessDenied"],
        [Failure.invalidInput, "InvalidRequest"],
        [Failure.notFound, "NotFound"],
        [Failure.unexpectedException, "ServerError"],
        [Failure.upstreamFailure, "ServerError"]
      ]
      for (const [failure, tag] of tags) {
        const outcome = failure.status < 500 ? "not-applied" : "unknown"
        told(Instruction.fail(failure)).fails(
          `${failure.status} / ${failure.code} (${failure.detail}) is ${tag}, ${outcome}`,
          { _tag: tag, outcome, status: failure.status }
        )
      }
    })

    describe("operations", () => {
      holds(
        "a user is registered, listed, logged in, rotated and deleted",
        Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          const { userId, userSecret } = yield* register("é 👩‍💻 & =")
          assert.deepStrictEqual(yield* settled(listUsers()), [userId])
          assert.deepStrictEqual(yield* settled(Stream.runCollect(listUsers.stream())), [userId])
          assert.property(yield* settled(loginUser({ userId, userSecret, darkMode: true })), "redirectURI")
          const rotated = yield* settled(resetUserSecret({ userId, userSecret }))
          const [registered] = yield* local.users
          assert.strictEqual(
            Redacted.value(rotated.userSecret),
            Redacted.value(registered?.userSecret ?? Redacted.make("nobody is registered"))
          )
          assert.strictEqual((yield* settled(deleteUser({ userId }))).userId, userId)
        })
      )
      holds(
        "the status is asked without a signature",
        Effect.gen(function* () {
          const status = yield* settled(checkStatus())
          const [request] = yield* (yield* LocalSnapTrade).requests
          assert.isTrue(status.online)
          assert.strictEqual(request?.query, "")
          assert.notProperty(request?.headers, "signature")
        })
      )
      holds(
        "100,000 ids are listed as they come",
        Effect.gen(function* () {
          const ids = Array.from({ length: 100_000 }, (_, i) => `user-${i}`)
          yield* (yield* LocalSnapTrade).next(Instruction.reply(200, ids), Instruction.reply(200, ids))
          assert.strictEqual(yield* settled(Stream.runCount(listUsers.stream())), ids.length)
          assert.lengthOf(yield* settled(listUsers()), ids.length)
        })
      )
      const owner = { userId: "canary-user-id", userSecret: Redacted.make("canary-user-secret") }
      const echoed: ReadonlyArray<readonly [string, Effect.Effect<unknown, { readonly _tag: string }, SnapTrade>]> = [
        ["deleteUser", deleteUser({ userId: owner.userId })],
        ["resetUserSecret", resetUserSecret(owner)],
        ["loginUser", loginUser(owner)]
      ]
      for (const [name, operation] of echoed) {
        holds(
          `${name} shows neither userId nor userSecret when they are echoed`,
          Effect.gen(function* () {
            yield* (yield* LocalSnapTrade).next(Instruction.echo(400))
            const error = yield* settled(Effect.flip(operation))
            assert.strictEqual(error._tag, "InvalidRequest")
            for (const printed of [String(error), JSON.stringify(error), Cause.pretty(Cause.fail(error))]) {
              assert.notInclude(printed, "canary")
            }
          })
        )
      }
    })

    describe("retries", () => {
      const throttled = Instruction.reply(429, { detail: "throttled" }, { "x-ratelimit-reset": "1" })
      holds(
        "a 429 is waited out, and the next attempt is signed afresh",
        Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          yield* local.next(throttled)
          yield* register()
          const requests = yield* local.requests
          assert.lengthOf(requests, 2)
          assert.notStrictEqual(requests[0]?.query, requests[1]?.query)
          assert.notStrictEqual(requests[0]?.headers["signature"], requests[1]?.headers["signature"])
        })
      )
      holds(
        "a third 429 is RateLimited",
        Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          yield* local.next(throttled, throttled, throttled)
          isFailure(yield* failing(), { _tag: "RateLimited", outcome: "not-applied" })
          assert.lengthOf(yield* local.requests, 3)
        })
      )
      holds(
        "a 429 whose reset is beyond the time budget is RateLimited at once",
        Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          yield* local.next(Instruction.reply(429, {}, { "x-ratelimit-reset": "31" }))
          isFailure(yield* failing(), { _tag: "RateLimited", outcome: "not-applied" })
          assert.lengthOf(yield* local.requests, 1)
        })
      )
    })

    describe("when no reply comes", () => {
      holds(
        "a reply that is dropped after the user was committed is ConnectionLost, unknown, and asked for once",
        Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          yield* local.next(Instruction.dropReply)
          isFailure(yield* failing(), { _tag: "ConnectionLost", outcome: "unknown" })
          assert.lengthOf(yield* local.users, 1)
          assert.lengthOf(yield* local.requests, 1)
        })
      )
      holds(
        "so it is on a connection that was used before, and asked for once",
        Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          yield* register("user-1")
          yield* local.next(Instruction.dropReply)
          isFailure(yield* failing("user-2"), { _tag: "ConnectionLost", outcome: "unknown" })
          assert.lengthOf(yield* local.users, 2)
          assert.lengthOf(yield* local.requests, 2)
        })
      )
      holds(
        "a reply that is late is RequestTimeout, unknown",
        Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          yield* local.next(Instruction.delay("1 hour"))
          const late = registerUser({ userId: "user-123" }).pipe(withTimeout("2 seconds"), Effect.flip)
          isFailure(yield* settled(late), { _tag: "RequestTimeout", outcome: "unknown" })
        })
      )
      holds(
        "an interruption ends the wait for a reply, and nothing is sent after it",
        Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          yield* local.next(Instruction.delay("1 hour"))
          const fiber = yield* Effect.forkChild(registerUser({ userId: "user-123" }))
          while ((yield* local.requests).length === 0) yield* breathe
          yield* Fiber.interrupt(fiber)
          assert.lengthOf(yield* local.requests, 1)
        })
      )
      const refused = runtime.refusal.provable
        ? { name: "a refused connection is RequestNotSent", _tag: "RequestNotSent", outcome: "not-applied" }
        : {
            name: "a refused connection is ConnectionLost, unknown: nothing is provable on this runtime",
            _tag: "ConnectionLost",
            outcome: "unknown"
          }
      holds(
        refused.name,
        Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          if (runtime.refusal.by === "instruction") {
            yield* local.next(Instruction.refuse, Instruction.refuse, Instruction.refuse)
          }
          isFailure(yield* failing(), { _tag: refused._tag, outcome: refused.outcome })
          assert.isEmpty(yield* local.requests)
        }),
        runtime.refusal.by === "address" ? { baseUrl: nobodyListens } : undefined
      )
    })

    describe("secrets", () => {
      const consumerKey = "canary-consumer-key"
      const endings: ReadonlyArray<readonly [what: string, Instruction.Instruction]> = [
        ["a success", Instruction.reply(200, { userId: "user-123", userSecret: "canary-user-secret" })],
        ["an answer for another", Instruction.reply(200, { userId: "else", userSecret: "canary-user-secret" })],
        ["a failure that echoes what was sent", Instruction.echo(400)],
        ["a server error that echoes what was sent", Instruction.echo(500)],
        ["a lost reply", Instruction.dropReply]
      ]
      for (const [what, instruction] of endings) {
        holds(
          `nothing of them shows in ${what}`,
          Effect.gen(function* () {
            const local = yield* LocalSnapTrade
            yield* local.next(instruction)
            const exit = yield* settled(Effect.exit(registerUser({ userId: "user-123" })))
            const [request] = yield* local.requests
            const printed = [
              String(exit),
              JSON.stringify(exit),
              ...(Exit.isFailure(exit)
                ? [Cause.pretty(exit.cause), ...exit.cause.reasons.map((reason) => JSON.stringify(reason))]
                : [String(exit.value), JSON.stringify(exit.value)])
            ].join("\n")
            const signature = request?.headers["signature"] ?? "no signature"
            for (const secret of [consumerKey, "canary-user-secret", signature, request?.query ?? "no query"]) {
              assert.notInclude(printed, secret)
              assert.notInclude(printed, encodeURIComponent(secret))
            }
          }),
          { consumerKey: Redacted.make(consumerKey) }
        )
      }
    })
  })
}

import {
  ConnectionLost,
  layerSnapTrade,
  listUsers,
  RateLimited,
  registerUser,
  UnexpectedReply,
  UserAlreadyExists,
  withRetryPolicy,
  noRetry
} from "@effect-snaptrade/core"
import { Failure, Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"

/** How registering ends when SnapTrade answers so. */
const failingWith = (instruction: Instruction.Instruction) =>
  Effect.gen(function* () {
    yield* (yield* LocalSnapTrade).next(instruction)
    return yield* Effect.flip(withRetryPolicy(registerUser({ userId: "user-123" }), noRetry))
  }).pipe(Effect.provide(TestSnapTrade.layer()))

const expected = ({ code, detail, status }: Failure.Failure): string => {
  if (status === 400 && code === "1010") return "UserAlreadyExists"
  if (status === 400 && code === "1012" && detail.includes("Personal")) return "PersonalKeyRefused"
  if (status === 400 && code === "1076") return "SignatureRejected"
  if (status === 400) return "InvalidRequest"
  if (status === 401 && code === "1076") return "SignatureRejected"
  if (status === 401 && code === "1083") return "ClientIdRejected"
  if (status === 401 || status === 403) return "AccessDenied"
  if (status === 404) return "NotFound"
  if (status === 429) return "RateLimited"
  return "ServerError"
}

describe("every documented failure, in every documented shape", () => {
  for (const failure of Failure.failures) {
    for (const shape of Failure.shapes.filter((name) => name !== "error")) {
      it.effect(`${failure.status} / ${failure.code} (${failure.detail}) as {${shape}}`, () =>
        Effect.gen(function* () {
          const error = yield* failingWith(Instruction.fail(failure, shape))
          assert.strictEqual(error._tag, expected(failure))
          assert.strictEqual(error.outcome, failure.status < 500 ? "not-applied" : "unknown")
          assert.deepInclude(error, { status: failure.status, code: failure.code, detail: failure.detail })
          assert.propertyVal(error, "requestId", "local-1")
          assert.include(error.message, failure.detail.replace(/\.$/, ""))
          assert.include(error.message, "request id local-1")
        })
      )
    }
    it.effect(`${failure.status} (${failure.detail}) as {error}, which names no code`, () =>
      Effect.gen(function* () {
        const error = yield* failingWith(Instruction.fail(failure, "error"))
        assert.strictEqual(error._tag, expected({ ...failure, code: "" }))
        assert.propertyVal(error, "detail", failure.detail)
        assert.notProperty(error, "code")
      })
    )
  }

  it.effect("a code may be a number", () =>
    Effect.gen(function* () {
      const error = yield* failingWith(Instruction.reply(400, { detail: "exists", code: 1010 }))
      assert.strictEqual(error._tag, "UserAlreadyExists")
      assert.propertyVal(error, "code", "1010")
    })
  )
})

describe("the status decides when the body says nothing", () => {
  const rows: ReadonlyArray<readonly [status: number, tag: string, outcome: string]> = [
    [400, "InvalidRequest", "not-applied"],
    [401, "AccessDenied", "not-applied"],
    [403, "AccessDenied", "not-applied"],
    [404, "NotFound", "not-applied"],
    [429, "RateLimited", "not-applied"],
    [500, "ServerError", "unknown"],
    [502, "ServerError", "unknown"],
    [503, "ServerError", "unknown"],
    [504, "ServerError", "unknown"],
    [599, "ServerError", "unknown"],
    [301, "UnexpectedReply", "unknown"],
    [302, "UnexpectedReply", "unknown"],
    [307, "UnexpectedReply", "unknown"],
    [308, "UnexpectedReply", "unknown"],
    [402, "UnexpectedReply", "unknown"],
    [408, "UnexpectedReply", "unknown"],
    [409, "UnexpectedReply", "unknown"],
    [418, "UnexpectedReply", "unknown"],
    [201, "UnexpectedReply", "applied"],
    [204, "UnexpectedReply", "applied"]
  ]
  const bodies: ReadonlyArray<readonly [what: string, body: Schema.Json]> = [
    ["an HTML page", "<html>Bad gateway</html>"],
    ["an empty body", ""],
    ["null", null],
    ["an array", ["detail", "code"]],
    ["nested objects", { detail: { message: "no" }, code: { value: 1010 } }],
    ["200 kB", "x".repeat(200_000)]
  ]
  for (const [status, tag, outcome] of rows) {
    for (const [what, body] of bodies) {
      it.effect(`${status} with ${what} is ${tag}, ${outcome}`, () =>
        Effect.gen(function* () {
          const error = yield* failingWith(Instruction.reply(status, body))
          assert.strictEqual(error._tag, tag)
          assert.strictEqual(error.outcome, outcome)
          assert.notProperty(error, "code")
        })
      )
    }
  }
})

describe("RateLimited says how long to wait", () => {
  const sentence = { detail: "Request was throttled. Expected available in 12 seconds.", code: "0000" }
  const rows: ReadonlyArray<
    readonly [what: string, headers: Record<string, string>, body: Schema.Json, seconds: number]
  > = [
    ["Retry-After first", { "retry-after": "3", "x-ratelimit-reset": "9" }, sentence, 3],
    ["then X-RateLimit-Reset", { "x-ratelimit-reset": "9" }, sentence, 9],
    ["then the sentence", {}, sentence, 12],
    ["else a minute", {}, { detail: "slow down" }, 60],
    ["zero is a number", { "retry-after": "0" }, sentence, 0],
    ["a fraction too", { "retry-after": "1.5" }, sentence, 1.5],
    ["a negative number is not taken", { "retry-after": "-5", "x-ratelimit-reset": "-1" }, sentence, 12],
    ["nor what is no number", { "retry-after": "soon", "x-ratelimit-reset": "NaN" }, sentence, 12],
    ["nor an empty header", { "retry-after": "", "x-ratelimit-reset": " " }, sentence, 12],
    ["nor Infinity", { "retry-after": "Infinity", "x-ratelimit-reset": "9".repeat(400) }, sentence, 12],
    ["a huge one is", { "retry-after": "1000000000" }, sentence, 1e9]
  ]
  for (const [what, headers, body, seconds] of rows) {
    it.effect(what, () =>
      Effect.gen(function* () {
        const reply = { "x-ratelimit-limit": "250", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "", ...headers }
        const error = yield* failingWith(Instruction.reply(429, body, reply))
        assert.instanceOf(error, RateLimited)
        assert.strictEqual(Duration.toSeconds(error.retryAfter), seconds)
        assert.strictEqual(error.limit, 250)
        assert.strictEqual(error.remaining, 0)
      })
    )
  }
})

describe("a 204, whose body is no stream on fetch", () => {
  const answers204 = layerSnapTrade({ clientId: "MY-APP", consumerKey: Redacted.make("a key") }).pipe(
    Layer.provide(TestSnapTrade.layerSigner),
    Layer.provide(
      Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make((request) =>
          Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 204 })))
        )
      )
    )
  )
  it.effect("is a whole reply that cannot be used, not one that was cut short", () =>
    Effect.gen(function* () {
      const unusable = { _tag: "UnexpectedReply", outcome: "applied", status: 204 } as const
      assert.deepInclude(yield* Effect.flip(registerUser({ userId: "user-123" })), unusable)
      assert.deepInclude(yield* Effect.flip(listUsers()), unusable)
    }).pipe(Effect.provide(answers204))
  )
})

describe("no reply", () => {
  it.effect("a refused connection is RequestNotSent, and safe to repeat", () =>
    Effect.gen(function* () {
      const error = yield* failingWith(Instruction.refuse)
      assert.strictEqual(error._tag, "RequestNotSent")
      assert.strictEqual(error.outcome, "not-applied")
      assert.include(error.message, "ECONNREFUSED")
    })
  )

  it.effect("a dropped reply is ConnectionLost, with an outcome that is unknown", () =>
    Effect.gen(function* () {
      const error = yield* failingWith(Instruction.dropReply)
      assert.instanceOf(error, ConnectionLost)
      assert.strictEqual(error.outcome, "unknown")
      assert.include(error.message, "whether it was carried out is unknown")
      assert.include(error.message, "do not call again with this userId, register another one")
    })
  )
})

describe("the table is total", () => {
  const Body = Schema.Union([
    Schema.Json,
    Schema.Struct({
      detail: Schema.optionalKey(Schema.Json),
      code: Schema.optionalKey(Schema.Json),
      default_detail: Schema.optionalKey(Schema.Json),
      default_code: Schema.optionalKey(Schema.Json),
      error: Schema.optionalKey(Schema.Json)
    })
  ])
  const outcomes: Record<string, ReadonlyArray<string>> = {
    RateLimited: ["not-applied"],
    UserAlreadyExists: ["not-applied"],
    PersonalKeyRefused: ["not-applied"],
    SignatureRejected: ["not-applied"],
    ClientIdRejected: ["not-applied"],
    AccessDenied: ["not-applied"],
    InvalidRequest: ["not-applied"],
    NotFound: ["not-applied"],
    ServerError: ["unknown"],
    UnexpectedReply: ["unknown", "applied"]
  }
  it.effect.prop(
    "any status with any body ends in one failure of it, with an outcome that its row allows",
    [Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 })), Body, Schema.String],
    ([status, body, header]) =>
      Effect.gen(function* () {
        const headers = { "retry-after": header.replace(/[^\x20-\x7e]/g, "") }
        const error = yield* failingWith(Instruction.reply(status, body, headers))
        assert.include(outcomes[error._tag] ?? [], error.outcome)
        assert.strictEqual(error.outcome === "applied", status < 300)
        assert.propertyVal(error, "status", status)
        assert.isString(error.message)
        assert.isString(JSON.stringify(error))
      }),
    { arbitrary: { runs: 500 } }
  )
})

describe("failures as values", () => {
  it.effect("what SnapTrade says is kept to one line of bounded length", () =>
    Effect.gen(function* () {
      const error = yield* failingWith(
        Instruction.reply(400, { detail: `line\r\n\u001b[31mred${"!".repeat(10_000)}`, code: "x\ny" })
      )
      assert.strictEqual(error._tag, "InvalidRequest")
      assert.isBelow(error.message.length, 700)
      assert.notMatch(error.message, /\p{Cc}/u)
    })
  )

  it("they tell how long in seconds, and from two minutes on in minutes, never too short a time", () => {
    const limited = (retryAfter: Duration.Input) =>
      new RateLimited({ operation: "registerUser", retryAfter: Duration.fromInputUnsafe(retryAfter) }).message
    assert.include(limited(0), "call again now.")
    assert.include(limited("1.5 seconds"), "call again in 1.5 s.")
    assert.include(limited("1 minute"), "call again in 60 s.")
    assert.include(limited("130 seconds"), "call again in 3 min.")
    assert.include(limited("1 hour"), "call again in 60 min.")
  })

  it.effect("their messages, which say what to do, are in JSON, in what Node prints, and in Effect's logs", () =>
    Effect.gen(function* () {
      const error = new UserAlreadyExists({ operation: "registerUser", status: 400, code: "1010" })
      const advice = "if that is lost, register another userId."
      const logged: Array<string> = []
      const loggers = Logger.layer([
        Logger.map(Logger.formatStructured, (entry) => void logged.push(JSON.stringify(entry))),
        Logger.map(Logger.formatSimple, (line) => void logged.push(line))
      ])
      yield* Effect.logError(error).pipe(Effect.provide(loggers))
      assert.lengthOf(logged, 2)
      for (const printed of [JSON.stringify(error), inspect(error), String(error), ...logged]) {
        assert.include(printed, advice)
        assert.include(printed, "UserAlreadyExists")
      }
    })
  )

  it("they cross a JSON boundary and come back the same", () => {
    const codec = Schema.toCodecJson(RateLimited)
    const error = new RateLimited({ operation: "registerUser", status: 429, retryAfter: Duration.seconds(7) })
    const json = JSON.parse(JSON.stringify(Schema.encodeSync(codec)(error)))
    assert.strictEqual(json.retryAfter, Duration.toMillis(error.retryAfter))
    const back = Schema.decodeUnknownSync(codec)(json)
    assert.instanceOf(back, RateLimited)
    assert.deepStrictEqual({ ...back }, { ...error })
    assert.strictEqual(back.message, error.message)
  })

  it("a test can make one with what it needs; the outcome is the tag's", () => {
    assert.strictEqual(new UserAlreadyExists({ operation: "registerUser" }).outcome, "not-applied")
    assert.strictEqual(new ConnectionLost({ operation: "registerUser" }).outcome, "unknown")
    assert.strictEqual(new UnexpectedReply({ operation: "registerUser", outcome: "applied" }).outcome, "applied")
  })
})

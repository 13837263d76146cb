import {
  defaultRetryPolicy,
  makeOperation,
  noRetry,
  registerUser,
  type RetryPolicy,
  withRetryPolicy,
  withTimeout
} from "@effect-snaptrade/core"
import { Failure, Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"

const exact: RetryPolicy = { ...defaultRetryPolicy, jitter: 0 }
const throttled = (reset: string) => Instruction.reply(429, { detail: "throttled" }, { "x-ratelimit-reset": reset })

/** A read, as a user might describe one: it may be repeated whatever happened. */
const readSomething = makeOperation({
  name: "readSomething",
  method: "GET",
  path: "/something",
  input: Schema.Struct({}),
  reply: Schema.Struct({ ok: Schema.Boolean }),
  lostReply: { repeatable: true, advice: "Nothing changed; call again." }
})

/** Runs an effect while the clock moves on, and tells how it ended, when, and when each request left. */
const timeline = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>, duration: Duration.Input) {
  const fiber = yield* Effect.forkChild(
    Effect.gen(function* () {
      const exit = yield* Effect.exit(effect)
      return { exit, endedAt: yield* Clock.currentTimeMillis }
    })
  )
  yield* TestClock.adjust(duration)
  const { endedAt, exit } = yield* Fiber.join(fiber)
  const requests = yield* (yield* LocalSnapTrade).requests
  const error = Exit.isFailure(exit) ? exit.cause.reasons[0] : undefined
  return {
    exit,
    endedAt,
    requests,
    leftAt: requests.map(({ at }) => at),
    tag: error?._tag === "Fail" ? (error.error as { readonly _tag: string })._tag : undefined
  }
})

describe("a rate limit", () => {
  it.effect(
    "with a reset of 7 s, attempts leave at 0, 7 and 14 s, each freshly signed; the third 429 is the answer",
    () =>
      Effect.gen(function* () {
        const local = yield* LocalSnapTrade
        yield* local.next(throttled("7"), throttled("7"), throttled("7"))
        const { endedAt, leftAt, requests, tag } = yield* timeline(registerUser({ userId: "u" }), "1 minute")
        assert.deepStrictEqual(leftAt, [0, 7_000, 14_000])
        assert.deepStrictEqual(
          requests.map(({ query }) => query),
          [0, 7, 14].map((timestamp) => `clientId=LOCAL-SNAPTRADE&timestamp=${timestamp}`)
        )
        assert.lengthOf(new Set(requests.map(({ headers }) => headers["signature"])), 3)
        assert.strictEqual(tag, "RateLimited")
        assert.strictEqual(endedAt, 14_000)
      }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: exact })))
  )

  it.effect("once waited out, ends in success: the local SnapTrade verified the new signature", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(throttled("7"))
      const { endedAt, exit } = yield* timeline(registerUser({ userId: "u" }), "1 minute")
      assert.isTrue(Exit.isSuccess(exit))
      assert.strictEqual(endedAt, 7_000)
    }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: exact })))
  )

  it.effect("whose reset is beyond the time budget fails at once", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(throttled("31"))
      const { endedAt, leftAt, tag } = yield* timeline(registerUser({ userId: "u" }), "1 minute")
      assert.strictEqual(tag, "RateLimited")
      assert.deepStrictEqual(leftAt, [0])
      assert.strictEqual(endedAt, 0)
    }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: exact })))
  )

  it.effect("counts waits and attempts together against the budget", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(throttled("20"), throttled("20"))
      const { endedAt, leftAt, tag } = yield* timeline(registerUser({ userId: "u" }), "1 minute")
      assert.strictEqual(tag, "RateLimited")
      assert.deepStrictEqual(leftAt, [0, 20_000])
      assert.strictEqual(endedAt, 20_000)
    }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: exact })))
  )

  it.effect("a wait can be interrupted at once", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(throttled("7"))
      const fiber = yield* Effect.forkChild(registerUser({ userId: "u" }))
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* Clock.currentTimeMillis, 3_000)
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(yield* (yield* LocalSnapTrade).requests, 1)
    }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: exact })))
  )

  it.effect("fifty callers that wait for one reset do not wake together, and none before it", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(...Array.from({ length: 50 }, () => throttled("10")))
      const registrations = Effect.forEach(
        Array.from({ length: 50 }, (_, i) => `user-${i}`),
        (userId) => registerUser({ userId }),
        { concurrency: "unbounded" }
      )
      const { exit, leftAt } = yield* timeline(registrations, "1 minute")
      assert.isTrue(Exit.isSuccess(exit))
      const second = leftAt.slice(50)
      assert.isAbove(new Set(second).size, 25)
      assert.isAtLeast(Math.min(...second), 10_000)
      assert.isAtMost(Math.max(...second), 11_000)
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )
})

describe("a request that was never sent", () => {
  it.effect("is tried again after 100 ms and 200 ms, then fails as RequestNotSent", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.refuse, Instruction.refuse, Instruction.refuse)
      const { endedAt, leftAt, tag } = yield* timeline(registerUser({ userId: "u" }), "1 minute")
      assert.strictEqual(tag, "RequestNotSent")
      assert.strictEqual(endedAt, 300)
      assert.isEmpty(leftAt)
    }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: exact })))
  )

  it.effect("registers on the attempt that arrives", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.refuse, Instruction.refuse)
      const { exit, leftAt } = yield* timeline(registerUser({ userId: "u" }), "1 minute")
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepStrictEqual(leftAt, [300])
    }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: exact })))
  )
})

describe("what may have been carried out is never sent again", () => {
  const rows: ReadonlyArray<readonly [tag: string, Instruction.Instruction]> = [
    ["ServerError", Instruction.fail(Failure.unexpectedException)],
    ["ServerError", Instruction.fail(Failure.upstreamFailure)],
    ["ConnectionLost", Instruction.dropReply],
    ["RequestTimeout", Instruction.delay("1 hour")],
    ["UnexpectedReply", Instruction.reply(200, "")],
    ["UnexpectedReply", Instruction.reply(408, "")],
    ["UnexpectedReply", Instruction.reply(307, "", { location: "https://example.com" })]
  ]
  for (const [tag, instruction] of rows) {
    it.effect(`${tag} after ${JSON.stringify(instruction)}`, () =>
      Effect.gen(function* () {
        yield* (yield* LocalSnapTrade).next(instruction)
        const result = yield* timeline(registerUser({ userId: "u" }), "1 minute")
        assert.strictEqual(result.tag, tag)
        assert.deepStrictEqual(result.leftAt, [0])
      }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: { ...exact, maxAttempts: 10 } })))
    )
  }
})

describe("what SnapTrade refused is not sent again", () => {
  for (const failure of Failure.failures.filter(({ status }) => status < 500 && status !== 429)) {
    it.effect(`${failure.status} / ${failure.code}: ${failure.detail}`, () =>
      Effect.gen(function* () {
        yield* (yield* LocalSnapTrade).next(Instruction.fail(failure))
        const { leftAt } = yield* timeline(registerUser({ userId: "u" }), "1 minute")
        assert.deepStrictEqual(leftAt, [0])
      }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: exact })))
    )
  }
})

describe("an operation that may be repeated", () => {
  for (const [what, instruction] of [
    ["a server error", Instruction.fail(Failure.upstreamFailure)],
    ["a lost reply", Instruction.dropReply]
  ] as const) {
    it.effect(`is sent again after ${what}`, () =>
      Effect.gen(function* () {
        yield* (yield* LocalSnapTrade).next(instruction, Instruction.reply(200, { ok: true }))
        const { exit, leftAt } = yield* timeline(readSomething({}), "1 minute")
        assert.isTrue(Exit.isSuccess(exit))
        assert.deepStrictEqual(leftAt, [0, 100])
      }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: exact })))
    )
  }
})

describe("the time budget", () => {
  it.effect("is 30 seconds for a whole operation, and ends in RequestTimeout: the user was committed", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.delay("1 hour"))
      const { endedAt, exit, tag } = yield* timeline(registerUser({ userId: "u" }), "1 minute")
      assert.strictEqual(tag, "RequestTimeout")
      assert.strictEqual(endedAt, 30_000)
      assert.include(JSON.stringify(exit), '"unknown"')
      assert.lengthOf(yield* (yield* LocalSnapTrade).users, 1)
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("can be set for a layer", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.delay("1 hour"))
      const { endedAt } = yield* timeline(registerUser({ userId: "u" }), "1 minute")
      assert.strictEqual(endedAt, 10_000)
    }).pipe(Effect.provide(TestSnapTrade.layer({ timeout: "10 seconds" })))
  )

  it.effect("and for a call, which goes before the layer's", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.delay("1 hour"))
      const { endedAt } = yield* timeline(registerUser({ userId: "u" }).pipe(withTimeout("5 seconds")), "1 minute")
      assert.strictEqual(endedAt, 5_000)
    }).pipe(Effect.provide(TestSnapTrade.layer({ timeout: "10 seconds" })))
  )

  for (const timeout of [0, -1000, Number.NaN]) {
    it.effect(`of ${timeout} is refused before anything is sent, for a layer and for a call`, () =>
      Effect.gen(function* () {
        const ofCall = yield* Effect.flip(registerUser({ userId: "u" }).pipe(withTimeout(timeout)))
        const ofLayer = yield* Effect.flip(
          registerUser({ userId: "u" }).pipe(Effect.provide(TestSnapTrade.layer({ timeout })))
        )
        for (const error of [ofCall, ofLayer]) {
          assert.deepInclude(error, { _tag: "InvalidInput", outcome: "not-applied" })
          assert.include(error.message, "the timeout must be longer than zero")
        }
        assert.isEmpty(yield* (yield* LocalSnapTrade).requests)
      }).pipe(Effect.provide(TestSnapTrade.layer()))
    )
  }

  const lastResets = [
    ["30 seconds", "25", "25.1"],
    ["2 seconds", "1.5", "1.6"]
  ] as const
  for (const [timeout, fits, tooLate] of lastResets) {
    it.effect(`of ${timeout}: what would be sent again after ${fits} s would have no time to be answered`, () =>
      Effect.gen(function* () {
        const local = yield* LocalSnapTrade
        const register = registerUser({ userId: "u" }).pipe(withTimeout(timeout))
        yield* local.next(throttled(tooLate))
        const refused = yield* timeline(register, "1 minute")
        assert.strictEqual(refused.tag, "RateLimited")
        assert.strictEqual(refused.endedAt, 0)
        yield* local.next(throttled(fits))
        assert.isTrue(Exit.isSuccess((yield* timeline(register, "1 minute")).exit))
      }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: exact })))
    )
  }

  it.effect("is not left to chance: what fits is sent again, jitter or not", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(throttled("24.9"))
      const { exit, leftAt } = yield* timeline(
        registerUser({ userId: "u" }).pipe(withRetryPolicy({ jitter: 100 })),
        "1 minute"
      )
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepStrictEqual(leftAt, [0, 25_000])
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("that is over when a wait ends late, as in a process that was held up: nothing is sent any more", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const late: Clock.Clock = {
        ...clock,
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
        sleep: (duration) => clock.sleep(Duration.times(duration, 5))
      }
      yield* (yield* LocalSnapTrade).next(throttled("7"))
      const held = registerUser({ userId: "u" }).pipe(Effect.provideService(Clock.Clock, late))
      const { endedAt, leftAt, tag } = yield* timeline(held, "1 minute")
      assert.strictEqual(tag, "RateLimited")
      assert.strictEqual(endedAt, 35_000)
      assert.deepStrictEqual(leftAt, [0])
    }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: exact })))
  )

  it.effect("is not touched by a slow reply that fits into it", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.delay("29 seconds"))
      const { endedAt, exit } = yield* timeline(registerUser({ userId: "u" }), "1 minute")
      assert.isTrue(Exit.isSuccess(exit))
      assert.strictEqual(endedAt, 29_000)
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )
})

describe("the policy", () => {
  it.effect("can be off for a layer", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(throttled("1"))
      const { leftAt, tag } = yield* timeline(registerUser({ userId: "u" }), "1 minute")
      assert.strictEqual(tag, "RateLimited")
      assert.deepStrictEqual(leftAt, [0])
    }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: noRetry })))
  )

  it.effect("and for a call, which goes before the layer's", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(throttled("1"), throttled("1"), throttled("1"), throttled("1"))
      const patient = withRetryPolicy({ ...exact, maxAttempts: 4 })
      const { leftAt, tag } = yield* timeline(registerUser({ userId: "u" }).pipe(patient), "1 minute")
      assert.strictEqual(tag, "RateLimited")
      assert.deepStrictEqual(leftAt, [0, 1_000, 2_000, 3_000])
    }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: noRetry })))
  )

  it.effect("keeps its defaults for what it does not tell", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(throttled("1"), throttled("1"), throttled("1"))
      const { leftAt, tag } = yield* timeline(
        registerUser({ userId: "u" }).pipe(withRetryPolicy({ jitter: 0 })),
        "1 minute"
      )
      assert.strictEqual(tag, "RateLimited")
      assert.deepStrictEqual(leftAt, [0, 1_000, 2_000])
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  const mistakes: ReadonlyArray<readonly [policy: RetryPolicy, says: string]> = [
    [{ maxAttempts: 0 }, "maxAttempts of 1 or more"],
    [{ maxAttempts: Number.NaN }, "maxAttempts of 1 or more"],
    [{ jitter: -1 }, "a jitter of 0 or more"],
    [{ jitter: Number.NaN }, "a jitter of 0 or more"],
    // What a program without types may give.
    [JSON.parse('{ "backoff": "soon" }'), 'the backoff "soon" is no duration']
  ]
  for (const [policy, says] of mistakes) {
    it(`is refused where ${Object.entries(policy)} is given: ${says}`, () => {
      assert.throws(() => withRetryPolicy(registerUser({ userId: "u" }), policy), says)
    })
  }
})

describe("transformClient", () => {
  it.effect("may wait: the signature is made after the wait, with the time at which the request leaves", () =>
    Effect.gen(function* () {
      const { exit, leftAt, requests } = yield* timeline(registerUser({ userId: "u" }), "1 minute")
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepStrictEqual(leftAt, [10_000])
      assert.include(requests[0]?.query, "timestamp=10")
    }).pipe(
      Effect.provide(
        TestSnapTrade.layer({
          transformClient: HttpClient.mapRequestEffect((request) => Effect.delay(Effect.succeed(request), "10 seconds"))
        })
      )
    )
  )
})

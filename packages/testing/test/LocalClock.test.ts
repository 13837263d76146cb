import { checkStatus, deleteUser, loginUser, noRetry, registerUser, withRetryPolicy } from "@effect-snaptrade/core"
import { LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"

const adjust = (by: Parameters<LocalSnapTrade["Service"]["adjustClock"]>[0]) =>
  Effect.flatMap(LocalSnapTrade, (local) => local.adjustClock(by))

const register = (userId: string) => withRetryPolicy(registerUser({ userId }), noRetry)

describe("when the clock of the local SnapTrade is moved", () => {
  for (const by of ["6 minutes", "-6 minutes"] as const) {
    it.effect(`by ${by}, a timestamp of the machine's clock is too far off, and it says by how much`, () =>
      Effect.gen(function* () {
        yield* TestClock.adjust("1 hour")
        yield* adjust(by)
        assert.strictEqual((yield* Effect.flip(register("1")))._tag, "SignatureRejected")
        const [request] = yield* (yield* LocalSnapTrade).requests
        assert.deepStrictEqual(
          request?.explanation?.mistakes.map(({ mistake }) => mistake),
          ["timestamp-skewed"]
        )
        const where = by.startsWith("-") ? "ahead of" : "behind"
        assert.deepStrictEqual(request?.explanation?.hints, [`The timestamp is 360 seconds ${where} the time here.`])
      }).pipe(Effect.provide(TestSnapTrade.layer()))
    )
  }

  it.effect("the rate limit is reset as if the time had passed", () =>
    Effect.gen(function* () {
      yield* register("1")
      assert.strictEqual((yield* Effect.flip(register("2")))._tag, "RateLimited")
      yield* adjust("60 seconds")
      assert.strictEqual((yield* register("2")).userId, "2")
    }).pipe(Effect.provide(TestSnapTrade.layer({ requestsPerMinute: 1 })))
  )

  it.effect("backwards, whoever is limited waits no longer for that", () =>
    Effect.gen(function* () {
      yield* register("1")
      yield* adjust("-2 minutes")
      yield* TestClock.adjust("60 seconds")
      assert.strictEqual((yield* register("2")).userId, "2")
    }).pipe(Effect.provide(TestSnapTrade.layer({ requestsPerMinute: 1 })))
  )

  it.effect("past a deletion that is queued, that happens, and its webhook goes out", () => {
    const delivered: Array<string> = []
    const webhooks = ({ body }: { readonly body: string }) =>
      Effect.sync(() => {
        delivered.push(JSON.parse(body).eventType)
        return 200
      })
    return Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* register("1")
      yield* deleteUser({ userId: "1" })
      yield* local.adjustClock("4 seconds")
      assert.lengthOf(yield* local.users, 1)
      yield* local.adjustClock("1 second")
      assert.isEmpty(yield* local.users)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(delivered, ["USER_REGISTERED", "USER_DELETED"])
    }).pipe(Effect.provide(TestSnapTrade.layer({ webhooks })))
  })

  it.effect("past the next delivery of a webhook, it is delivered again", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.deliver({ webhookId: "1" })
      yield* TestClock.adjust(0)
      yield* local.adjustClock("29 minutes")
      yield* TestClock.adjust(0)
      assert.lengthOf(yield* local.deliveries, 1)
      yield* local.adjustClock("1 minute")
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(
        (yield* local.deliveries).map(({ at, attempt }) => [at, attempt]),
        [
          [0, 1],
          [30 * 60_000, 2]
        ]
      )
    }).pipe(Effect.provide(TestSnapTrade.layer({ webhooks: () => Effect.succeed(500) })))
  )

  it.effect("a link expires, and the status tells the time that was moved", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 hour")
      const { userId, userSecret } = yield* register("1")
      yield* loginUser({ userId, userSecret })
      yield* adjust("90 seconds")
      const { timestamp } = yield* checkStatus()
      assert.include(JSON.stringify(timestamp), "01:01:30")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("reset makes it the machine's again", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 hour")
      yield* adjust("-10 minutes")
      yield* (yield* LocalSnapTrade).reset
      assert.strictEqual((yield* register("1")).userId, "1")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )
})

it.effect("every reply takes as long as the latency says, and the work is done at once", () =>
  Effect.gen(function* () {
    const local = yield* LocalSnapTrade
    yield* local.setLatency("2 seconds")
    const fiber = yield* Effect.forkChild(register("1"))
    yield* TestClock.adjust("1999 millis")
    assert.lengthOf(yield* local.users, 1)
    assert.isUndefined(fiber.pollUnsafe())
    yield* TestClock.adjust("1 millis")
    assert.strictEqual((yield* Fiber.join(fiber)).userId, "1")
    yield* local.setLatency(0)
    assert.strictEqual((yield* register("2")).userId, "2")
  }).pipe(Effect.provide(TestSnapTrade.layer()))
)

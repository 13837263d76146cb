import { registerUser, UserAlreadyExists } from "@effect-snaptrade/core"
import { Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"

describe("registerUser, against a SnapTrade in memory", () => {
  it.effect("answers the secret that SnapTrade made", () =>
    Effect.gen(function* () {
      const user = yield* registerUser({ userId: "ada" })
      const [registered] = yield* (yield* LocalSnapTrade).users
      assert(registered !== undefined)
      assert.strictEqual(Redacted.value(user.userSecret), Redacted.value(registered.userSecret))
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("fails with UserAlreadyExists the second time", () =>
    Effect.gen(function* () {
      yield* registerUser({ userId: "ada" })
      const error = yield* Effect.flip(registerUser({ userId: "ada" }))
      assert.strictEqual(error._tag, "UserAlreadyExists")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("does not know what happened when the reply is lost", () =>
    Effect.gen(function* () {
      const snapTrade = yield* LocalSnapTrade
      yield* snapTrade.next(Instruction.dropReply)
      const error = yield* Effect.flip(registerUser({ userId: "ada" }))
      assert.strictEqual(error.outcome, "unknown")
      assert.strictEqual((yield* snapTrade.users).length, 1) // registered, and its secret is gone
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("waits for the rate limit, without the test waiting", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.reply(429, {}, { "retry-after": "7" }))
      const fiber = yield* Effect.forkChild(registerUser({ userId: "ada" }))
      yield* TestClock.adjust("8 seconds") // 7, and the jitter of up to 10%
      assert.strictEqual((yield* Fiber.join(fiber)).userId, "ada")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("can be answered by a function, without any server", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(registerUser({ userId: "ada" }))
      assert.strictEqual(error._tag, "UserAlreadyExists")
    }).pipe(Effect.provide(TestSnapTrade.layerAnswers(everybodyExists)))
  )
})

const everybodyExists = TestSnapTrade.answer(registerUser, () =>
  Effect.fail(new UserAlreadyExists({ operation: "registerUser" }))
)

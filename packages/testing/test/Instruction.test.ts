import { noRetry, registerUser, withRetryPolicy, withTimeout } from "@effect-snaptrade/core"
import { Fault, Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"

const userId = "user-123"
const failing = Effect.flip(withRetryPolicy(registerUser({ userId }), noRetry))

describe("instructions", () => {
  it.effect("that are none are refused, so that no test passes without its fault", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      // What a test without types may give.
      for (const given of [JSON.parse('"dropReply"'), JSON.parse("null"), JSON.parse('{ "_tag": "Stall" }')]) {
        for (const instruct of [local.next(given), local.nextFor(userId, given)]) {
          const exit = yield* Effect.exit(instruct)
          assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "is no instruction: make one with")
        }
      }
      yield* registerUser({ userId })
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("a reply that is applied registers the user, and hides the secret", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.next(Instruction.applied(Instruction.reply(200, "<html>")))
      assert.strictEqual((yield* failing).outcome, "applied")
      assert.lengthOf(yield* local.users, 1)
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("what is applied late is applied after the client has given up", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.next(Fault.applyLate("10 seconds"))
      const fiber = yield* Effect.forkChild(withTimeout(failing, "5 seconds"))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "RequestTimeout")
      assert.isEmpty(yield* local.users)
      yield* TestClock.adjust("5 seconds")
      assert.lengthOf(yield* local.users, 1)
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("a request that is delivered twice registers one user, whose secret is in the first reply", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.next(Fault.deliverTwice("first"))
      const user = yield* registerUser({ userId })
      const users = yield* local.users
      assert.deepStrictEqual(
        users.map(({ userSecret }) => Redacted.value(userSecret)),
        [Redacted.value(user.userSecret)]
      )
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("whoever is answered with the second reply hears of a user that exists", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Fault.deliverTwice("second"))
      assert.strictEqual((yield* failing)._tag, "UserAlreadyExists")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  for (const [after, registered] of [
    ["head", 0],
    ["request", 0],
    ["applying", 1]
  ] as const) {
    it.effect(`a connection closed after the ${after} leaves ${registered} registered`, () =>
      Effect.gen(function* () {
        const local = yield* LocalSnapTrade
        yield* local.next({ _tag: "Close", after, by: "reset" })
        assert.deepInclude(yield* failing, { _tag: "ConnectionLost", outcome: "unknown" } as const)
        assert.lengthOf(yield* local.users, registered)
      }).pipe(Effect.provide(TestSnapTrade.layer()))
    )
  }

  it.effect("those for one user wait for that user", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.nextFor(userId, Instruction.dropReply)
      yield* local.next(Instruction.reply(403, {}))
      assert.strictEqual((yield* failing)._tag, "ConnectionLost")
      assert.strictEqual((yield* Effect.flip(registerUser({ userId: "user-124" })))._tag, "AccessDenied")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("those that need a socket are defects in memory, and say so", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.next(Fault.cutAt(10))
      const exits = [yield* Effect.exit(Effect.asVoid(failing)), yield* Effect.exit(Effect.asVoid(local.door("open")))]
      for (const exit of exits) {
        assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "over a socket only")
      }
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )
})

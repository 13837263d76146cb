import { listUsers, makeOperation, registerUser, User, UserAlreadyExists } from "@effect-snaptrade/core"
import { TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const ping = makeOperation({
  name: "ping",
  method: "GET",
  path: "/ping",
  input: Schema.Struct({}),
  reply: Schema.String,
  lostReply: { repeatable: true, advice: "" }
})

const answers = TestSnapTrade.layerAnswers(
  TestSnapTrade.answer(registerUser, ({ userId }) =>
    userId === "taken"
      ? Effect.fail(new UserAlreadyExists({ operation: "registerUser" }))
      : Effect.succeed(new User({ userId, userSecret: Redacted.make("secret", { label: "userSecret" }) }))
  )
)

describe("answers from functions, without a server", () => {
  it.effect("succeed and fail as the function says", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* registerUser({ userId: "user-123" })).userId, "user-123")
      assert.strictEqual((yield* Effect.flip(registerUser({ userId: "taken" })))._tag, "UserAlreadyExists")
    }).pipe(Effect.provide(answers))
  )

  it.effect("an operation without an answer is a defect that says what to do", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(ping({}))
      assert.include(
        Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "",
        "This test has no answer for ping: give one to TestSnapTrade.layerAnswers"
      )
    }).pipe(Effect.provide(answers))
  )

  it.effect("a list that is answered as an array only says how its stream is answered too", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Stream.runCollect(listUsers.stream()))
      assert.include(
        Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "",
        "This test answers listUsers as an array or as a stream, and was asked for the other: use TestSnapTrade.answerList"
      )
    }).pipe(
      Effect.provide(TestSnapTrade.layerAnswers(TestSnapTrade.answer(listUsers, () => Effect.succeed(["user-123"]))))
    )
  )
})

import {
  type AccessDenied,
  type ClientIdRejected,
  type ConnectionLost,
  type InvalidInput,
  type InvalidRequest,
  type NotFound,
  type PersonalKeyRefused,
  type RateLimited,
  registerUser,
  type RegisterUserError,
  type RequestNotSent,
  type RequestTimeout,
  type ServerError,
  type SignatureRejected,
  type SnapTrade,
  type UnexpectedReply,
  User,
  type UserAlreadyExists
} from "@effect-snaptrade/core"
import { Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const registering = (instruction: Instruction.Instruction, userId = "user-123") =>
  Effect.gen(function* () {
    yield* (yield* LocalSnapTrade).next(instruction)
    return yield* Effect.flip(registerUser({ userId }))
  }).pipe(Effect.provide(TestSnapTrade.layer()))

describe("registerUser", () => {
  it.effect("answers the user with the secret that SnapTrade made", () =>
    Effect.gen(function* () {
      const user = yield* registerUser({ userId: "user-123" })
      const [registered] = yield* (yield* LocalSnapTrade).users
      assert.instanceOf(user, User)
      assert.strictEqual(user.userId, "user-123")
      assert.strictEqual(
        Redacted.value(user.userSecret),
        Redacted.value(registered?.userSecret ?? Redacted.make("nobody is registered"))
      )
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("sends JSON, asks for JSON, and names itself", () =>
    Effect.gen(function* () {
      yield* registerUser({ userId: "user-123" })
      const [request] = yield* (yield* LocalSnapTrade).requests
      assert.strictEqual(request?.headers["content-type"], "application/json")
      assert.strictEqual(request?.headers["accept"], "application/json")
      assert.match(request?.headers["user-agent"] ?? "", /^effect-snaptrade\/\d+\.\d+\.\d+/)
      assert.notProperty(request?.headers, "traceparent")
      assert.notProperty(request?.headers, "b3")
    }).pipe(Effect.withSpan("application"), Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("withResponse tells the request id and what is left of the rate limit too", () =>
    Effect.gen(function* () {
      const { rateLimit, requestId, status, value } = yield* registerUser.withResponse({ userId: "user-123" })
      assert.strictEqual(value.userId, "user-123")
      assert.strictEqual(status, 200)
      assert.strictEqual(requestId, "local-1")
      assert.strictEqual(rateLimit.limit, 250)
      assert.strictEqual(rateLimit.remaining, 249)
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("a second registration of the same id fails with UserAlreadyExists", () =>
    Effect.gen(function* () {
      yield* registerUser({ userId: "user-123" })
      const error = yield* Effect.flip(registerUser({ userId: "user-123" }))
      assert.strictEqual(error._tag, "UserAlreadyExists")
      assert.strictEqual(error.outcome, "not-applied")
      assert.include(error.message, "if that is lost, register another userId")
      assert.lengthOf(yield* (yield* LocalSnapTrade).users, 1)
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  for (const [userId, why] of [
    ["", "userId must not be empty"],
    ["lone \ud800 surrogate", "userId must not contain a lone surrogate, which has no UTF-8 form"]
  ] as const) {
    it.effect(`refuses an input that cannot travel: ${why}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(registerUser({ userId }))
        assert.strictEqual(error._tag, "InvalidInput")
        assert.strictEqual(error.outcome, "not-applied")
        assert.strictEqual(error.message, `registerUser was not sent: ${why}`)
        assert.isEmpty(yield* (yield* LocalSnapTrade).requests)
      }).pipe(Effect.provide(TestSnapTrade.layer()))
    )
  }
})

describe("a 200 is a success only with a string userId and userSecret for the userId that was asked", () => {
  const replies: ReadonlyArray<readonly [what: string, body: Schema.Json]> = [
    ["no userSecret", { userId: "user-123" }],
    ["no userId", { userSecret: "secret" }],
    ["an empty userSecret", { userId: "user-123", userSecret: "" }],
    ["a userSecret that is a number", { userId: "user-123", userSecret: 12345678 }],
    ["a userSecret that is null", { userId: "user-123", userSecret: null }],
    ["another userId", { userId: "user-124", userSecret: "secret" }],
    ["an array", [{ userId: "user-123", userSecret: "secret" }]],
    ["null", null],
    ["a number", 42],
    ["an empty body", ""],
    ["an HTML page", "<html>welcome</html>"],
    ["half of it", '{"userId": "user-123", "userSe']
  ]
  for (const [what, body] of replies) {
    it.effect(`not with ${what}`, () =>
      Effect.gen(function* () {
        const error = yield* registering(Instruction.reply(200, body))
        assert.strictEqual(error._tag, "UnexpectedReply")
        assert.strictEqual(error.outcome, "applied")
        assert.include(error.message, "do not call again with this userId")
      })
    )
  }

  it.effect("not with a body that is longer than 64 KiB", () =>
    Effect.gen(function* () {
      const body = { userId: "user-123", userSecret: "secret", padding: "x".repeat(64 * 1024) }
      const error = yield* registering(Instruction.reply(200, body))
      assert.strictEqual(error._tag, "UnexpectedReply")
      assert.strictEqual(error.outcome, "applied")
      assert.include(error.message, "longer than 65536 bytes")
    })
  )

  it.effect("fields that we do not know do no harm", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.next(Instruction.reply(200, { userId: "user-123", userSecret: "secret", isNew: true }))
      const user = yield* registerUser({ userId: "user-123" })
      assert.strictEqual(Redacted.value(user.userSecret), "secret")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )
})

describe("the userSecret is not written anywhere by accident", () => {
  it("encoding a user fails", () => {
    const user = new User({ userId: "u", userSecret: Redacted.make("canary-secret", { label: "userSecret" }) })
    const result = Schema.encodeUnknownExit(User)(user)
    assert.strictEqual(result._tag, "Failure")
    assert.notInclude(JSON.stringify(result), "canary-secret")
  })
})

describe("types", () => {
  it("registerUser fails with each of the fourteen failures, and nothing else", () => {
    expectTypeOf<RegisterUserError>().toEqualTypeOf<
      | InvalidInput
      | RequestNotSent
      | RateLimited
      | UserAlreadyExists
      | PersonalKeyRefused
      | SignatureRejected
      | ClientIdRejected
      | AccessDenied
      | InvalidRequest
      | NotFound
      | ServerError
      | ConnectionLost
      | RequestTimeout
      | UnexpectedReply
    >()
    expectTypeOf(registerUser({ userId: "u" })).toEqualTypeOf<Effect.Effect<User, RegisterUserError, SnapTrade>>()
    expectTypeOf<User["userSecret"]>().toEqualTypeOf<Redacted.Redacted<string>>()
  })

  it("handling every tag leaves no failure", () => {
    const handled = registerUser({ userId: "u" }).pipe(
      Effect.catchTags({
        InvalidInput: () => Effect.void,
        RequestNotSent: () => Effect.void,
        RateLimited: () => Effect.void,
        UserAlreadyExists: () => Effect.void,
        PersonalKeyRefused: () => Effect.void,
        SignatureRejected: () => Effect.void,
        ClientIdRejected: () => Effect.void,
        AccessDenied: () => Effect.void,
        InvalidRequest: () => Effect.void,
        NotFound: () => Effect.void,
        ServerError: () => Effect.void,
        ConnectionLost: () => Effect.void,
        RequestTimeout: () => Effect.void,
        UnexpectedReply: () => Effect.void
      })
    )
    expectTypeOf(handled).toEqualTypeOf<Effect.Effect<User | void, never, SnapTrade>>()
  })
})

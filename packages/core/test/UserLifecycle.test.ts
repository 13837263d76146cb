import {
  awaitDeleted,
  type CommonError,
  deleteUser,
  EncryptedLogin,
  LoginLink,
  loginUser,
  noRetry,
  QueuedDeletion,
  resetUserSecret,
  type SnapTrade,
  User,
  withRetryPolicy
} from "@effect-snaptrade/core"
import { Failure, Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"

const owner = { userId: "user-123", userSecret: Redacted.make("canary-user-secret") }

const answered = <A, E>(operation: Effect.Effect<A, E, SnapTrade>, ...instructions: Array<Instruction.Instruction>) =>
  Effect.gen(function* () {
    yield* (yield* LocalSnapTrade).next(...instructions)
    return yield* operation
  }).pipe(Effect.provide(TestSnapTrade.layer()))

/** Operations that carry a userSecret, and those that do not. */
const operations = {
  deleteUser: deleteUser({ userId: "user-123" }),
  resetUserSecret: resetUserSecret(owner),
  loginUser: loginUser(owner)
}

describe("deleteUser", () => {
  it.effect("answers that the deletion is queued", () =>
    Effect.gen(function* () {
      const body = { status: "deleted", detail: "queued", userId: "user-123" }
      const deletion = yield* answered(operations.deleteUser, Instruction.reply(200, body))
      assert.instanceOf(deletion, QueuedDeletion)
      assert.deepStrictEqual({ ...deletion }, body)
    })
  )

  it.effect("is no success for another user", () =>
    Effect.gen(function* () {
      const body = { status: "deleted", userId: "user-124" }
      const error = yield* Effect.flip(answered(operations.deleteUser, Instruction.reply(200, body)))
      assert.deepInclude(error, { _tag: "UnexpectedReply", outcome: "applied" })
    })
  )
})

describe("resetUserSecret", () => {
  it.effect("answers the user with the new secret", () =>
    Effect.gen(function* () {
      const user = yield* answered(
        operations.resetUserSecret,
        Instruction.reply(200, { userId: "user-123", userSecret: "new" })
      )
      assert.instanceOf(user, User)
      assert.strictEqual(Redacted.value(user.userSecret), "new")
    })
  )

  it.effect("says what to do when its reply is lost", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(answered(operations.resetUserSecret, Instruction.dropReply))
      assert.deepInclude(error, { _tag: "ConnectionLost", outcome: "unknown" })
      assert.include(error.message, "Try the old one on something harmless")
    })
  )

  it.effect("refuses an empty secret before sending, without showing it", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(answered(resetUserSecret({ userId: "user-123", userSecret: Redacted.make("") })))
      assert.deepInclude(error, { _tag: "InvalidInput", outcome: "not-applied" })
    })
  )
})

describe("loginUser", () => {
  for (const [what, userSecret] of [
    ["empty", Redacted.make("")],
    // What a program without types may give.
    ["not redacted", JSON.parse('"canary-user-secret"')],
    ["missing", JSON.parse("null")]
  ]) {
    it.effect(`tells what a userSecret has to be where it is ${what}, and sends nothing`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(loginUser({ userId: "user-123", userSecret }))
        assert.strictEqual(
          error.message,
          "loginUser was not sent: userSecret Expected Redacted.make(…) of a string that is not empty"
        )
        assert.isEmpty(yield* (yield* LocalSnapTrade).requests)
      }).pipe(Effect.provide(TestSnapTrade.layer()))
    )
  }

  const link = { redirectURI: "https://app.example.com/redeem?token=canary-token", sessionId: "session-1" }

  it.effect("answers a link that is redacted and does not encode", () =>
    Effect.gen(function* () {
      const login = yield* answered(operations.loginUser, Instruction.reply(200, link))
      assert.instanceOf(login, LoginLink)
      assert.strictEqual(Redacted.value(login.redirectURI), link.redirectURI)
      assert.strictEqual(login.sessionId, "session-1")
      for (const printed of [String(login), JSON.stringify(login), inspect(login)]) {
        assert.notInclude(printed, "canary-token")
      }
      assert.strictEqual(Schema.encodeUnknownExit(LoginLink)(login)._tag, "Failure")
    })
  )

  it.effect("answers an encrypted link as a case of its own", () =>
    Effect.gen(function* () {
      const encrypted = {
        encryptedSharedKey: "key",
        encryptedMessageData: { encryptedMessage: "message", tag: "tag", nonce: "nonce" }
      }
      const login = yield* answered(operations.loginUser, Instruction.reply(200, encrypted))
      assert.instanceOf(login, EncryptedLogin)
      assert.deepStrictEqual({ ...login }, encrypted)
    })
  )

  it.effect("sends every option in the body, and the user in the query", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.next(Instruction.reply(200, link))
      const options = {
        broker: "ALPACA",
        immediateRedirect: true,
        customRedirect: "https://example.com",
        reconnect: "8b5f262d",
        connectionType: "trade-if-available",
        showCloseButton: false,
        darkMode: true,
        locale: "pt-BR",
        connectionPortalVersion: "v4"
      } as const
      yield* loginUser({ ...owner, ...options })
      const [request] = yield* local.requests
      assert.deepStrictEqual(JSON.parse(request?.body ?? ""), options)
      assert.strictEqual(
        request?.query,
        "clientId=LOCAL-SNAPTRADE&userId=user-123&userSecret=canary-user-secret&timestamp=0"
      )
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )
})

describe("what the operations share", () => {
  const all: ReadonlyArray<readonly [string, Effect.Effect<unknown, { readonly message: string }, SnapTrade>]> =
    Object.entries(operations)
  for (const [name, operation] of all) {
    it.effect(`${name} shows neither userId nor userSecret in a failure that echoes them`, () =>
      Effect.gen(function* () {
        for (const status of [400, 500]) {
          const echo = Instruction.echo(status)
          const error = yield* Effect.flip(answered(withRetryPolicy(operation, noRetry), echo))
          for (const printed of [error.message, JSON.stringify(error), inspect(error)]) {
            assert.notInclude(printed, "canary-user-secret")
            assert.notInclude(printed, "user-123")
          }
        }
      })
    )
  }

  it.effect("401 / 1083 is ClientIdRejected without a userSecret, and AccessDenied with one", () =>
    Effect.gen(function* () {
      const rejected = Instruction.fail(Failure.clientIdRejected)
      const without = yield* Effect.flip(answered(operations.deleteUser, rejected))
      const withSecret = yield* Effect.flip(answered(operations.loginUser, rejected))
      assert.deepInclude(without, { _tag: "ClientIdRejected", code: "1083" })
      assert.deepInclude(withSecret, { _tag: "AccessDenied", code: "1083" })
    })
  )

  it.effect("neither deletion nor rotation is repeated when its outcome is unknown", () =>
    Effect.gen(function* () {
      for (const operation of [deleteUser({ userId: "user-123" }), resetUserSecret(owner)]) {
        const requests = yield* Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          yield* local.next(Instruction.dropReply)
          yield* Effect.exit<unknown, unknown, SnapTrade>(operation)
          return yield* local.requests
        }).pipe(Effect.provide(TestSnapTrade.layer()))
        assert.lengthOf(requests, 1)
      }
    })
  )

  it("their errors are exact", () => {
    expectTypeOf<Effect.Error<typeof operations.deleteUser>["_tag"]>().toEqualTypeOf<
      CommonError["_tag"] | "ClientIdRejected"
    >()
    expectTypeOf<Effect.Error<typeof operations.resetUserSecret>>().toEqualTypeOf<CommonError>()
    expectTypeOf<Effect.Error<typeof operations.loginUser>>().toEqualTypeOf<CommonError>()
    expectTypeOf<Effect.Success<typeof operations.loginUser>>().toEqualTypeOf<LoginLink | EncryptedLogin>()
  })
})

describe("awaitDeleted", () => {
  const list = (...ids: Array<string>) => Instruction.reply(200, ids)

  const waiting = (answers: ReadonlyArray<Instruction.Instruction>, options?: Parameters<typeof awaitDeleted>[1]) =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.next(...answers)
      const fiber = yield* Effect.forkChild(
        Effect.gen(function* () {
          const result = yield* Effect.result(awaitDeleted("user-123", options))
          return { result, endedAt: yield* Clock.currentTimeMillis }
        })
      )
      yield* TestClock.adjust("1 hour")
      return yield* Fiber.join(fiber)
    }).pipe(Effect.provide(TestSnapTrade.layer()))

  it.effect("asks every five seconds until the id is gone", () =>
    Effect.gen(function* () {
      const { endedAt, result } = yield* waiting([list("user-123"), list("a", "user-123"), list("a")])
      assert.strictEqual(result._tag, "Success")
      assert.strictEqual(endedAt, 10_000)
    })
  )

  it.effect("gives up after its budget, and says what that means", () =>
    Effect.gen(function* () {
      const { endedAt, result } = yield* waiting(
        Array.from({ length: 100 }, () => list("user-123")),
        { every: "10 seconds", atMost: "1 minute" }
      )
      assert.strictEqual(endedAt, 60_000)
      assert.strictEqual(result._tag, "Failure")
      if (result._tag === "Failure") {
        assert.strictEqual(result.failure._tag, "StillListed")
        assert.include(result.failure.message, "do not register this userId again")
      }
    })
  )

  it.effect("goes on through minutes in which SnapTrade does not answer, and waits out a rate limit", () =>
    Effect.gen(function* () {
      const down = Array.from({ length: 12 }, () => Instruction.fail(Failure.upstreamFailure))
      const busy = Instruction.fail(Failure.throttled(300))
      const { endedAt, result } = yield* waiting([list("user-123"), ...down, busy, list("user-123"), list("a")], {
        atMost: "1 hour"
      })
      assert.strictEqual(result._tag, "Success")
      assert.isAbove(endedAt, 300_000)
    })
  )

  it.effect("whose last answer was none says so, and not that the id is listed", () =>
    Effect.gen(function* () {
      const down = Array.from({ length: 100 }, () => Instruction.fail(Failure.upstreamFailure))
      const { endedAt, result } = yield* waiting([list("user-123"), ...down], { atMost: "1 minute" })
      assert.strictEqual(endedAt, 60_000)
      assert.strictEqual(result._tag === "Failure" ? result.failure._tag : "", "ServerError")
    })
  )

  it.effect("does not wait for a rate limit that is longer than what is left", () =>
    Effect.gen(function* () {
      const { endedAt, result } = yield* waiting([list("user-123"), Instruction.fail(Failure.throttled(3600))])
      assert.strictEqual(endedAt, 5_000)
      assert.strictEqual(result._tag === "Failure" ? result.failure._tag : "", "RateLimited")
    })
  )

  it.effect("ends at once where SnapTrade refuses", () =>
    Effect.gen(function* () {
      const { endedAt, result } = yield* waiting([Instruction.fail(Failure.clientIdRejected)], { atMost: "1 hour" })
      assert.strictEqual(endedAt, 0)
      assert.strictEqual(result._tag === "Failure" ? result.failure._tag : "", "ClientIdRejected")
    })
  )
})

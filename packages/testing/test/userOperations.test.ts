import {
  awaitDeleted,
  checkStatus,
  deleteUser,
  listUsers,
  loginUser,
  registerUser,
  resetUserSecret
} from "@effect-snaptrade/core"
import { Fault, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"

const wrong = Redacted.make("wrong")

describe("a user's life at the local SnapTrade", () => {
  it.effect("is listed once it is registered, in order", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* listUsers(), [])
      yield* registerUser({ userId: "b" })
      yield* registerUser({ userId: "a" })
      assert.deepStrictEqual(yield* listUsers(), ["b", "a"])
      assert.deepStrictEqual(yield* Stream.runCollect(listUsers.stream()), ["b", "a"])
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("has a secret that dies when it is rotated", () =>
    Effect.gen(function* () {
      const { userSecret } = yield* registerUser({ userId: "a" })
      const rotated = yield* resetUserSecret({ userId: "a", userSecret })
      assert.notStrictEqual(Redacted.value(rotated.userSecret), Redacted.value(userSecret))
      const old = yield* Effect.flip(loginUser({ userId: "a", userSecret }))
      assert.deepInclude(old, { _tag: "AccessDenied", code: "1083" })
      assert.property(yield* loginUser({ userId: "a", userSecret: rotated.userSecret }), "redirectURI")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("cannot be rotated or logged in with a wrong secret, nor when it does not exist", () =>
    Effect.gen(function* () {
      yield* registerUser({ userId: "a" })
      for (const userId of ["a", "nobody"]) {
        const refused = { _tag: "AccessDenied", code: "1083" } as const
        assert.deepInclude(yield* Effect.flip(resetUserSecret({ userId, userSecret: wrong })), refused)
        assert.deepInclude(yield* Effect.flip(loginUser({ userId, userSecret: wrong })), refused)
      }
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("gets links that live five minutes", () =>
    Effect.gen(function* () {
      const { userSecret } = yield* registerUser({ userId: "a" })
      const login = yield* loginUser({ userId: "a", userSecret, locale: "pt_BR" })
      const link = "redirectURI" in login ? Redacted.value(login.redirectURI) : ""
      assert.strictEqual((yield* HttpClient.get(link)).status, 200)
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* HttpClient.get(link)).status, 410)
      assert.strictEqual((yield* HttpClient.get(link.replace("token=", "token=x"))).status, 404)
    }).pipe(Effect.provide(TestSnapTrade.layer().pipe(Layer.provideMerge(TestSnapTrade.layerLocal()))))
  )

  it.effect("cannot get a link in a language that there is not", () =>
    Effect.gen(function* () {
      const { userSecret } = yield* registerUser({ userId: "a" })
      const error = yield* Effect.flip(loginUser({ userId: "a", userSecret, locale: "tlh" }))
      assert.strictEqual(error._tag, "InvalidRequest")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )
})

describe("deletion", () => {
  it.effect("is queued, and happens later", () =>
    Effect.gen(function* () {
      yield* registerUser({ userId: "a" })
      yield* deleteUser({ userId: "a" })
      assert.deepStrictEqual(yield* listUsers(), ["a"])
      assert.strictEqual((yield* Effect.flip(registerUser({ userId: "a" })))._tag, "UserAlreadyExists")
      const gone = yield* Effect.forkChild(awaitDeleted("a"))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Fiber.join(gone), undefined)
      assert.deepStrictEqual(yield* listUsers(), [])
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("goes by id: one that was asked for twice destroys the user that was registered in between", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* registerUser({ userId: "a" })
      yield* deleteUser({ userId: "a" })
      // The second request is delivered late: it is carried out after everything else.
      yield* local.next(Fault.applyLate("20 seconds"))
      const lost = yield* Effect.forkChild(Effect.exit(deleteUser({ userId: "a" })))
      yield* TestClock.adjust("10 seconds")
      yield* registerUser({ userId: "a" })
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(lost)
      assert.deepStrictEqual(yield* listUsers(), [])
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("of nobody is NotFound", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(deleteUser({ userId: "a" })))._tag, "NotFound")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )
})

describe("the status", () => {
  it.effect("tells the local SnapTrade's clock, which is the test's", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_123)
      const status = yield* checkStatus()
      assert.isTrue(status.online)
      assert.strictEqual(Duration.toMillis(status.skew), 0)
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )
})

describe("webhooks", () => {
  interface Received {
    readonly signature: string
    readonly body: string
  }

  const receiving = (...statuses: ReadonlyArray<number>) => {
    const received: Array<Received> = []
    const layer = TestSnapTrade.layer({
      webhooks: (delivery) => Effect.sync(() => statuses[received.push(delivery) - 1] ?? 200)
    })
    return { received, layer }
  }

  const event = ({ body }: Received): unknown => JSON.parse(body)

  it.effect("tell of registration and deletion", () => {
    const { layer, received } = receiving()
    return Effect.gen(function* () {
      yield* registerUser({ userId: "é" })
      yield* deleteUser({ userId: "é" })
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(event(received[0] ?? { signature: "", body: "" }), {
        eventType: "USER_REGISTERED",
        userId: "é"
      })
      assert.deepInclude(event(received[1] ?? { signature: "", body: "" }), { eventType: "USER_DELETED", userId: "é" })
      assert.lengthOf(received, 2)
    }).pipe(Effect.provide(layer))
  })

  it.effect("are delivered again after 30 minutes, an hour and two, until they are taken", () => {
    const { layer, received } = receiving(500, 0, 302, 500)
    return Effect.gen(function* () {
      yield* registerUser({ userId: "a" })
      yield* TestClock.adjust("1 day")
      const deliveries = yield* (yield* LocalSnapTrade).deliveries
      assert.deepStrictEqual(
        deliveries.map(({ at, attempt, status }) => [at / 60_000, attempt, status]),
        [
          [0, 1, 500],
          [30, 2, 0],
          [90, 3, 302],
          [210, 4, 500]
        ]
      )
      assert.lengthOf(new Set(received.map(({ body }) => body)), 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("can be delivered on command", () => {
    const { layer, received } = receiving(202)
    return Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).deliver({ eventType: "TRADE_UPDATE", userId: "a" })
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(received.map(event), [{ eventType: "TRADE_UPDATE", userId: "a" }])
    }).pipe(Effect.provide(layer))
  })
})

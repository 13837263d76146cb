import { checkStatus, type CommonError, type SnapTrade, Status } from "@effect-snaptrade/core"
import { Failure, Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"

const body = { version: 153, timestamp: "2022-11-04 01:47:00.377969+00:00", online: true }

const asking = (reply: Instruction.Instruction, now = "2022-11-04T01:47:02.377Z") =>
  Effect.gen(function* () {
    yield* TestClock.setTime(new Date(now).getTime())
    yield* (yield* LocalSnapTrade).next(reply)
    return yield* checkStatus()
  })

describe("checkStatus", () => {
  it.effect("tells whether SnapTrade is up, and its clock", () =>
    Effect.gen(function* () {
      const status = yield* asking(Instruction.reply(200, body))
      assert.instanceOf(status, Status)
      assert.isTrue(status.online)
      assert.strictEqual(status.version, 153)
      assert.strictEqual(DateTime.formatIso(status.timestamp), "2022-11-04T01:47:00.377Z")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  for (const [what, now, skew] of [
    ["behind ours", "2022-11-04T01:47:02.377Z", -2_000],
    ["ahead of ours", "2022-11-04T01:46:00.377Z", 60_000]
  ] as const) {
    it.effect(`tells by how much SnapTrade's clock is ${what}`, () =>
      Effect.gen(function* () {
        const status = yield* asking(Instruction.reply(200, body), now)
        assert.strictEqual(Duration.toMillis(status.skew), skew)
      }).pipe(Effect.provide(TestSnapTrade.layer()))
    )
  }

  it.effect("is not signed: no clientId, no timestamp, no signature", () =>
    Effect.gen(function* () {
      yield* asking(Instruction.reply(200, body))
      const [request] = yield* (yield* LocalSnapTrade).requests
      assert.deepInclude(request, { method: "GET", path: "/", query: "", body: "" })
      assert.notProperty(request?.headers, "signature")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("is asked again when SnapTrade fails", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.next(Instruction.fail(Failure.upstreamFailure), Instruction.reply(200, body))
      const fiber = yield* Effect.forkChild(checkStatus())
      yield* TestClock.adjust("1 second")
      assert.strictEqual(fiber.pollUnsafe()?._tag, "Success")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("is UnexpectedReply when the clock is none", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(asking(Instruction.reply(200, { ...body, timestamp: "soon" })))
      assert.strictEqual(error._tag, "UnexpectedReply")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it("its errors are exact", () => {
    expectTypeOf(checkStatus()).toEqualTypeOf<Effect.Effect<Status, CommonError, SnapTrade>>()
  })
})

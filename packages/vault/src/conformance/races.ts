/**
 * Of many at once, one.
 */
import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { adoption, all, attemptOf, type Case, given, has, isOneOf, lease, liveOf, together, token } from "./setting.ts"

export const races: ReadonlyArray<Case> = [
  {
    title: "of 32 claims of an app user, one wins",
    run: Effect.fnUntraced(function* (setting) {
      isOneOf(yield* together(32, (i) => setting.store.claim(attemptOf(setting, `u${i}`))))
      assert.lengthOf(yield* all(setting), 1)
      assert.isDefined(yield* liveOf(setting))
    })
  },
  {
    title: "of 32 claims of an app user whose attempt's lease is over, one wins",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "old", "sent", { lease: Duration.zero })
      isOneOf(yield* together(32, (i) => setting.store.claim(attemptOf(setting, `u${i}`))))
      yield* has(setting, "old", { state: "doomed", reason: "lease-over" })
      assert.lengthOf(yield* all(setting), 2)
    })
  },
  {
    title: "of 32 claims of a userId, one wins",
    run: Effect.fnUntraced(function* (setting) {
      isOneOf(yield* together(32, (i) => setting.store.claim(attemptOf(setting, "u", { appUserId: `app user ${i}` }))))
      assert.lengthOf(yield* all(setting), 1)
    })
  },
  {
    title: "of four claims of each of 25 app users, one wins each",
    run: Effect.fnUntraced(function* (setting) {
      const answers = yield* together(100, (i) =>
        setting.store.claim(attemptOf(setting, `u${i}`, { appUserId: `app user ${i % 25}` }))
      )
      for (let user = 0; user < 25; user++) isOneOf(answers.filter((_, i) => i % 25 === user))
      assert.lengthOf(yield* all(setting), 25)
    })
  },
  {
    title: "of 16 that reclaim, one wins",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "void", { origin: "app" })
      const again = { ...attemptOf(setting, "u", { origin: "app" }), inDoubt: false }
      isOneOf(yield* together(16, (i) => setting.store.reclaim({ ...again, token: `${i}` })))
      yield* setting.passLeases
      isOneOf(yield* together(16, () => setting.store.reclaim({ ...again, inDoubt: true })))
    })
  },
  {
    title: "of those that claim and those that reclaim, one wins",
    run: Effect.fnUntraced(function* (setting) {
      for (const userId of ["u0", "u1", "u2"]) yield* given(setting, userId, "void", { origin: "app" })
      isOneOf(
        yield* together(18, (i) =>
          i % 2 === 0
            ? setting.store.claim(attemptOf(setting, `v${i}`))
            : setting.store.reclaim({ ...attemptOf(setting, `u${i % 3}`, { origin: "app" }), inDoubt: false })
        )
      )
    })
  },
  {
    title: "of those that complete and those that end a sent attempt, one wins",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      for (let round = 0; round < 8; round++) {
        const userId = `u${round}`
        yield* given(setting, userId, "sent", { appUserId: userId })
        const answers = yield* together(12, (i) =>
          i % 2 === round % 2
            ? store.complete({ clientId, userId, token, sealedSecret: `sealed ${i}` })
            : store.end({ clientId, userId, token, state: "doomed", reason: "unknown" })
        )
        isOneOf(answers)
        const winner = answers.indexOf(true)
        yield* has(
          setting,
          userId,
          winner % 2 === round % 2
            ? { state: "active", sealedSecret: `sealed ${winner}` }
            : { state: "doomed", sealedSecret: null }
        )
      }
    })
  },
  {
    title: "what is forgotten while it completes is doomed and holds no secret",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      for (let round = 0; round < 8; round++) {
        const userId = `u${round}`
        yield* given(setting, userId, "sent", { appUserId: userId })
        const forgotten = store.forget({ clientId, userId })
        const completed = store.complete({ clientId, userId, token, sealedSecret: "sealed" })
        const answers = yield* together(12, (i) => (i % 2 === round % 2 ? completed : forgotten))
        isOneOf(answers.filter((_, i) => i % 2 !== round % 2))
        yield* has(setting, userId, { state: "doomed", reason: "forgotten", sealedSecret: null })
      }
    })
  },
  {
    title: "an adoption wins against every claim",
    run: Effect.fnUntraced(function* (setting) {
      for (let round = 0; round < 8; round++) {
        const of = `app user ${round}`
        const answers = yield* together(12, (i) =>
          i === round
            ? setting.store.adopt({ ...adoption(setting, `adopted ${round}`), appUserId: of })
            : setting.store.claim(attemptOf(setting, `u${round} ${i}`, { appUserId: of }))
        )
        assert.isTrue(answers[round])
        assert.deepInclude({ ...(yield* liveOf(setting, of)) }, { userId: `adopted ${round}`, state: "active" })
      }
      const doomed = (yield* all(setting)).filter(({ origin }) => origin === "vault")
      for (const { reason, state } of doomed) assert.deepStrictEqual([state, reason], ["doomed", "superseded"])
    })
  },
  {
    title: "of 16 adoptions of different userIds, one wins",
    run: Effect.fnUntraced(function* (setting) {
      isOneOf(yield* together(16, (i) => setting.store.adopt(adoption(setting, `u${i}`))))
      assert.lengthOf(yield* all(setting), 1)
    })
  },
  {
    title: "of 16 that replace a secret, one wins",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      const answers = yield* together(16, (i) =>
        store.replaceSecret({ clientId, userId: "u", from: "sealed u", sealedSecret: `new ${i}`, endsRotation: true })
      )
      isOneOf(answers)
      yield* has(setting, "u", { sealedSecret: `new ${answers.indexOf(true)}` })
    })
  },
  {
    title: "of 16 that begin a rotation, one wins",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      const answers = yield* together(16, (i) =>
        store.markRotation({ clientId, userId: "u", from: null, to: `r${i}`, lease })
      )
      isOneOf(answers)
      yield* has(setting, "u", { token: `r${answers.indexOf(true)}` })
    })
  },
  {
    title: "what is over is doomed once",
    run: Effect.fnUntraced(function* (setting) {
      yield* together(40, (i) => given(setting, `u${i}`, "sent", { appUserId: `${i}`, lease: Duration.zero }))
      const counts = yield* together(8, () => setting.store.doomExpired(setting.clientId))
      assert.strictEqual(
        counts.reduce((sum, count) => sum + count, 0),
        40
      )
    })
  }
]

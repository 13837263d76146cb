/**
 * A lease that is given back.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { all, attemptOf, type Case, given, has, type Setting, token } from "./setting.ts"

export const release: ReadonlyArray<Case> = [
  {
    title: "ends the lease and leaves the attempt sent",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "sent", { origin: "app" })
      yield* store.release({ clientId, userId: "u", token })
      yield* has(setting, "u", { state: "sent", leaseHolds: false, reason: null })
      assert.isTrue(yield* store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt: true }))
    })
  },
  ...(["active", "doomed", "void"] as const).map((state) => ({
    title: `does nothing to what is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", state)
      const before = yield* all(setting)
      yield* store.release({ clientId, userId: "u", token })
      assert.deepStrictEqual(yield* all(setting), before)
    })
  })),
  {
    title: "does nothing where another is at it",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "sent", { origin: "app" })
      yield* store.release({ clientId, userId: "u", token: "another" })
      yield* has(setting, "u", { state: "sent", leaseHolds: true })
    })
  },
  {
    title: "does nothing without a row",
    run: Effect.fnUntraced(function* (setting) {
      yield* setting.store.release({ clientId: setting.clientId, userId: "u", token })
      assert.isEmpty(yield* all(setting))
    })
  }
]

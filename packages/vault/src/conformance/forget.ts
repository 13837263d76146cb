/**
 * A user that is no longer wanted.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Case, given, has, lease, refuses, type Setting } from "./setting.ts"

export const forget: ReadonlyArray<Case> = [
  ...(["sent", "active"] as const).map((state) => ({
    title: `dooms what is ${state}, and drops its secret and token`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", state)
      if (state === "active") yield* store.markRotation({ clientId, userId: "u", from: null, to: "r", lease })
      assert.isTrue(yield* store.forget({ clientId, userId: "u" }))
      yield* has(setting, "u", {
        state: "doomed",
        reason: "forgotten",
        sealedSecret: null,
        token: null,
        leaseHolds: false
      })
      yield* refuses(setting, store.forget({ clientId, userId: "u" }))
    })
  })),
  ...(["doomed", "void"] as const).map((state) => ({
    title: `does nothing to what is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", state)
      yield* refuses(setting, store.forget({ clientId, userId: "u" }))
    })
  })),
  {
    title: "forgets this userId and no other",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      yield* given(setting, "v", "active", { appUserId: "another" })
      yield* store.forget({ clientId, userId: "u" })
      yield* has(setting, "v", { state: "active", sealedSecret: "sealed v" })
    })
  }
]

/**
 * A registration that was answered: the secret is kept.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Case, given, has, refuses, type Setting, token } from "./setting.ts"

export const complete: ReadonlyArray<Case> = [
  {
    title: "makes a sent attempt active, even when its lease is over",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "sent")
      yield* setting.passLeases
      assert.isTrue(yield* store.complete({ clientId, userId: "u", token, sealedSecret: "sealed" }))
      yield* has(setting, "u", { state: "active", sealedSecret: "sealed", reason: null, token: null })
    })
  },
  ...(["active", "doomed", "void"] as const).map((state) => ({
    title: `is refused where it is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", state)
      yield* refuses(setting, store.complete({ clientId, userId: "u", token, sealedSecret: "another" }))
    })
  })),
  {
    title: "is refused where another is at it",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "sent")
      yield* refuses(setting, store.complete({ clientId, userId: "u", token: "another", sealedSecret: "sealed" }))
    })
  },
  {
    title: "is refused where there is no row, and inserts none",
    run: (setting) =>
      refuses(
        setting,
        setting.store.complete({ clientId: setting.clientId, userId: "u", token, sealedSecret: "sealed" })
      )
  }
]

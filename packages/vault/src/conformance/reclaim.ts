/**
 * A call that died at it, and the one that takes its place.
 */
import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { attemptOf, type Case, given, has, liveOf, refuses, type Setting } from "./setting.ts"

export const reclaim: ReadonlyArray<Case> = [
  {
    title: "takes the app's own void userId again, with a lease and without its reason",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "void", { origin: "app" })
      assert.isTrue(yield* setting.store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt: false }))
      yield* has(setting, "u", { state: "sent", leaseHolds: true, reason: null, origin: "app" })
      assert.strictEqual((yield* liveOf(setting))?.userId, "u")
    })
  },
  {
    title: "takes one in doubt again, once its lease is over",
    run: Effect.fnUntraced(function* (setting) {
      const again = setting.store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt: true })
      yield* given(setting, "u", "sent", { origin: "app" })
      yield* refuses(setting, again)
      yield* setting.passLeases
      assert.isTrue(yield* again)
      yield* has(setting, "u", { state: "sent", leaseHolds: true })
    })
  },
  ...(["active", "doomed", "void"] as const).map((state) => ({
    title: `takes none in doubt that is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state, { origin: "app" })
      yield* setting.passLeases
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt: true }))
    })
  })),
  ...(["sent", "active", "doomed"] as const).map((state) => ({
    title: `takes none without doubt that is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state, { origin: "app" })
      yield* setting.passLeases
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt: false }))
    })
  })),
  ...[true, false].map((inDoubt) => ({
    title: `inserts no row, ${inDoubt ? "in" : "without"} doubt`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt }))
    })
  })),
  {
    title: "takes no userId that the vault chose",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "void")
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "u"), inDoubt: false }))
      yield* given(setting, "v", "sent", { lease: Duration.zero })
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "v"), inDoubt: true }))
    })
  },
  {
    title: "takes no other app user's userId",
    run: Effect.fnUntraced(function* (setting) {
      const another = { origin: "app", appUserId: "another" } as const
      yield* given(setting, "u", "void", { origin: "app" })
      yield* given(setting, "v", "sent", { origin: "app", lease: Duration.zero })
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "u", another), inDoubt: false }))
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "v", another), inDoubt: true }))
    })
  },
  ...(["sent", "active"] as const).map((state) => ({
    title: `takes no void userId while another of the app user is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", "void", { origin: "app" })
      yield* given(setting, "v", state)
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt: false }))
    })
  }))
]

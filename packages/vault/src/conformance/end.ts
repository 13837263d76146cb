/**
 * A registration that failed.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Case, given, has, refuses, type Setting, token } from "./setting.ts"

export const end: ReadonlyArray<Case> = [
  ...(["void", "doomed"] as const).map((state) => ({
    title: `makes a sent attempt ${state}, with the reason`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "sent")
      assert.isTrue(yield* store.end({ clientId, userId: "u", token, state, reason: "interrupted" }))
      yield* has(setting, "u", { state, reason: "interrupted", leaseHolds: false, sealedSecret: null })
    })
  })),
  {
    title: "dooms what was void, with the new reason",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "void")
      assert.isTrue(yield* store.end({ clientId, userId: "u", token: null, state: "doomed", reason: "listed" }))
      yield* has(setting, "u", { state: "doomed", reason: "listed" })
    })
  },
  ...(
    [
      ["active", "void"],
      ["active", "doomed"],
      ["doomed", "void"],
      ["doomed", "doomed"],
      ["void", "void"]
    ] as const
  ).map(([from, state]) => ({
    title: `makes nothing ${state} that is ${from}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", from)
      for (const of of [token, null])
        yield* refuses(setting, store.end({ clientId, userId: "u", token: of, state, reason: "exists" }))
    })
  })),
  ...(["void", "doomed"] as const).map((state) => ({
    title: `makes nothing ${state} that another is at`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "sent")
      for (const of of ["another", null])
        yield* refuses(setting, store.end({ clientId, userId: "u", token: of, state, reason: "exists" }))
    })
  })),
  ...(["void", "doomed"] as const).map((state) => ({
    title: `makes nothing ${state} without a row, and inserts none`,
    run: (setting: Setting) =>
      refuses(setting, setting.store.end({ clientId: setting.clientId, userId: "u", token, state, reason: "exists" }))
  }))
]

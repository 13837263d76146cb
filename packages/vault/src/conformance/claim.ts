/**
 * Who may register: one call for each app user, and for each userId.
 */
import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { attemptOf, type Case, given, has, refuses, type Setting, states } from "./setting.ts"

export const claim: ReadonlyArray<Case> = [
  ...(["sent", "active"] as const).map((state) => ({
    title: `is refused where the app user has an attempt that is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state)
      yield* refuses(setting, setting.store.claim(attemptOf(setting, "v")))
    })
  })),
  ...states.map((state) => ({
    title: `is refused where the userId has a row that is ${state}, whoever's`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state)
      yield* refuses(setting, setting.store.claim(attemptOf(setting, "u", { appUserId: "another" })))
      yield* refuses(setting, setting.store.claim(attemptOf(setting, "u")))
    })
  })),
  ...(["doomed", "void"] as const).map((state) => ({
    title: `is granted after an attempt that is ${state}, which stays`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state)
      yield* given(setting, "v", "sent")
      yield* has(setting, "u", { state })
    })
  })),
  {
    title: "dooms an attempt whose lease is over, and takes its place",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "sent")
      yield* setting.passLeases
      yield* has(setting, "u", { state: "sent", leaseHolds: false })
      yield* given(setting, "v", "sent")
      yield* has(setting, "u", { state: "doomed", reason: "lease-over" })
      yield* has(setting, "v", { state: "sent", leaseHolds: true })
    })
  },
  {
    title: "a lease of no time is over at once",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "sent", { lease: Duration.zero })
      yield* given(setting, "v", "sent")
      yield* has(setting, "u", { state: "doomed", reason: "lease-over" })
    })
  },
  {
    title: "is refused by the app's own userId even when its lease is over",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "sent", { origin: "app" })
      yield* setting.passLeases
      yield* refuses(setting, setting.store.claim(attemptOf(setting, "v")))
    })
  },
  {
    title: "is refused by an active attempt however long ago it was made",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "active")
      yield* setting.passLeases
      yield* refuses(setting, setting.store.claim(attemptOf(setting, "v")))
    })
  },
  {
    title: "is refused for a userId with a row, but dooms the app user's attempt whose lease is over",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "taken", "doomed")
      yield* given(setting, "u", "sent", { lease: Duration.zero })
      assert.isFalse(yield* setting.store.claim(attemptOf(setting, "taken")))
      yield* has(setting, "u", { state: "doomed", reason: "lease-over" })
      yield* has(setting, "taken", { state: "doomed", reason: "unknown" })
    })
  }
]

/**
 * What dead calls left behind.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Case, given, has, refuses } from "./setting.ts"

export const doomExpired: ReadonlyArray<Case> = [
  {
    title: "dooms every sent attempt whose lease is over, and answers how many",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      for (const userId of ["u", "v"]) yield* given(setting, userId, "sent", { appUserId: userId })
      assert.strictEqual(yield* store.doomExpired(clientId), 0)
      yield* setting.passLeases
      yield* given(setting, "held", "sent", { appUserId: "held" })
      assert.strictEqual(yield* store.doomExpired(clientId), 2)
      for (const userId of ["u", "v"]) yield* has(setting, userId, { state: "doomed", reason: "lease-over" })
      yield* has(setting, "held", { state: "sent", leaseHolds: true })
      assert.strictEqual(yield* store.doomExpired(clientId), 0)
    })
  },
  {
    title: "spares the app's own userIds, and what is not sent",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "own", "sent", { appUserId: "own", origin: "app" })
      for (const state of ["active", "doomed", "void"] as const)
        yield* given(setting, state, state, { appUserId: state })
      yield* setting.passLeases
      yield* refuses(
        setting,
        Effect.map(setting.store.doomExpired(setting.clientId), (count) => count > 0)
      )
    })
  }
]

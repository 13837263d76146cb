/**
 * The attempt that an app user's calls go by.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { appUserId, type Case, given, liveOf, type Setting, token } from "./setting.ts"

export const live: ReadonlyArray<Case> = [
  {
    title: "is nothing for an app user without attempts",
    run: (setting) => Effect.map(liveOf(setting), assert.isUndefined)
  },
  {
    title: "is the attempt that was claimed, with everything about it",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "sent", { origin: "app" })
      const attempt = yield* liveOf(setting)
      assert.isDefined(attempt)
      const { changedAt, createdAt, ...rest } = { ...attempt }
      assert.deepStrictEqual(rest, {
        clientId: setting.clientId,
        appUserId,
        userId: "u",
        origin: "app",
        state: "sent",
        leaseHolds: true,
        reason: null,
        sealedSecret: null,
        token
      })
      assert.isAtLeast(changedAt, createdAt)
    })
  },
  {
    title: "is the active attempt, with its secret and no lease",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "active")
      assert.deepInclude(
        { ...(yield* liveOf(setting)) },
        { state: "active", sealedSecret: "sealed u", leaseHolds: false }
      )
    })
  },
  ...(["doomed", "void"] as const).map((state) => ({
    title: `is nothing where the only attempt is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state)
      assert.isUndefined(yield* liveOf(setting))
    })
  }))
]

/**
 * Rows by their ids.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Case, given, states } from "./setting.ts"

export const rows: ReadonlyArray<Case> = [
  {
    title: "are those that there are, in every state",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      for (const state of states) yield* given(setting, state, state, { appUserId: state })
      const found = yield* store.rows(clientId, ["none", ...states, "also none"])
      assert.sameMembers(
        found.map(({ userId }) => userId),
        [...states]
      )
      assert.deepStrictEqual(yield* store.rows(clientId, []), [])
      assert.deepStrictEqual(yield* store.rows(clientId, ["none"]), [])
    })
  },
  {
    title: "are read five hundred at once",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      const userIds = Array.from({ length: 500 }, (_, i) => `${"a long userId ".repeat(5)}${i}`)
      for (const userId of userIds.slice(0, 20)) yield* given(setting, userId, "sent", { appUserId: userId })
      const found = yield* store.rows(clientId, userIds)
      assert.sameMembers(
        found.map(({ userId }) => userId),
        userIds.slice(0, 20)
      )
    })
  },
  {
    title: "are read though SnapTrade lists ids that no database holds",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "active")
      const found = yield* setting.store.rows(setting.clientId, ["nul \0", "surrogate \ud83d", "\udc00", "u"])
      assert.deepStrictEqual(
        found.map(({ userId }) => userId),
        ["u"]
      )
    })
  }
]

// In the order of their code points. The last two are in the other order by UTF-16, most in another one by any language.

/**
 * All rows, in pages.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Attempt } from "../Attempt.ts"
import { all, type Case, given, states } from "./setting.ts"

const ordered = ["", " ", "10", "9", "A", "B", "Z", "a", "a ", "a-b", "ab", "b", "ä", "é", "ｚ", "😀"]

export const page: ReadonlyArray<Case> = [
  {
    title: "is in the order of the code points, whatever the order of insertion",
    run: Effect.fnUntraced(function* (setting) {
      for (const userId of [...ordered].toReversed()) yield* given(setting, userId, "sent", { appUserId: userId })
      assert.deepStrictEqual(
        (yield* all(setting)).map(({ userId }) => userId),
        ordered
      )
    })
  },
  {
    title: "after page, every row comes once, whatever the limit",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      for (const userId of ordered) yield* given(setting, userId, "active", { appUserId: userId })
      for (const limit of [1, 3, ordered.length, 1000]) {
        const seen: Array<string> = []
        let after: string | undefined
        while (true) {
          const part: ReadonlyArray<Attempt> = yield* store.page({ clientId, after, limit })
          assert.isAtMost(part.length, limit)
          seen.push(...part.map(({ userId }) => userId))
          after = part.at(-1)?.userId
          if (after === undefined) break
        }
        assert.deepStrictEqual(seen, ordered)
      }
    })
  },
  {
    title: "holds only those of the state that is asked for",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      for (const state of states) {
        for (const userId of [`1 ${state}`, `2 ${state}`]) yield* given(setting, userId, state, { appUserId: userId })
      }
      for (const state of states) {
        const first = yield* store.page({ clientId, state, limit: 1 })
        assert.deepStrictEqual(
          first.map((attempt) => [attempt.userId, attempt.state]),
          [[`1 ${state}`, state]]
        )
        const rest = yield* store.page({ clientId, state, after: `1 ${state}`, limit: 9 })
        assert.deepStrictEqual(
          rest.map((attempt) => [attempt.userId, attempt.state]),
          [[`2 ${state}`, state]]
        )
      }
    })
  },
  {
    title: "begins behind a userId that has no row",
    run: Effect.fnUntraced(function* (setting) {
      for (const userId of ["a", "c"]) yield* given(setting, userId, "sent", { appUserId: userId })
      const found = yield* setting.store.page({ clientId: setting.clientId, after: "b", limit: 9 })
      assert.deepStrictEqual(
        found.map(({ userId }) => userId),
        ["c"]
      )
    })
  },
  {
    title: "is in order where long userIds differ at their ends only",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      const userIds = ["", "a", "b", "ｚ", "😀"].map((suffix) => `${"ä".repeat(3000)}${suffix}`)
      for (const userId of userIds.toReversed()) yield* given(setting, userId, "sent", { appUserId: userId })
      const seen = yield* Effect.map(all(setting), (found) => found.map(({ userId }) => userId))
      assert.isTrue(seen.every((userId, i) => userId === userIds[i]))
      const behind = yield* store.page({ clientId, after: userIds[1], limit: 9 })
      assert.isTrue(behind.length === 3 && behind.every(({ userId }, i) => userId === userIds[i + 2]))
    })
  }
]

/**
 * Rows of one clientId are nothing to another.
 */
import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Key } from "../Attempt.ts"
import { adoption, all, appUserId, type Case, given, has, lease, liveOf, token } from "./setting.ts"

export const clients: ReadonlyArray<Case> = [
  {
    title: "have the same ids and see nothing of one another",
    run: Effect.fnUntraced(function* (setting) {
      const other = { ...setting, clientId: `${setting.clientId}, another` }
      const { store } = setting
      const key: Key = { clientId: other.clientId, appUserId }
      yield* given(setting, "u", "sent", { lease: Duration.zero })
      assert.isUndefined(yield* liveOf(other))
      assert.isEmpty(yield* all(other))
      assert.isEmpty(yield* store.rows(other.clientId, ["u"]))
      assert.strictEqual(yield* store.doomExpired(other.clientId), 0)
      assert.isFalse(yield* store.forget({ ...key, userId: "u" }))
      assert.isFalse(yield* store.complete({ ...key, userId: "u", token, sealedSecret: "sealed" }))
      assert.isFalse(yield* store.end({ ...key, userId: "u", token, state: "doomed", reason: "unknown" }))
      yield* store.release({ ...key, userId: "u", token })
      yield* given(other, "u", "active")
      yield* has(setting, "u", { state: "sent", sealedSecret: null })
      assert.isFalse(
        yield* store.replaceSecret({
          ...setting,
          userId: "u",
          from: "sealed u",
          sealedSecret: "new",
          endsRotation: true
        })
      )
      assert.isFalse(yield* store.markRotation({ ...setting, userId: "u", from: null, to: "r", lease }))
      assert.isTrue(yield* store.adopt(adoption(setting, "adopted")))
      yield* has(other, "u", { state: "active", sealedSecret: "sealed u" })
      assert.lengthOf(yield* all(other), 1)
    })
  }
]

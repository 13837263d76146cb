/**
 * A user that was registered without the vault.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { adoption, appUserId, type Case, given, has, liveOf, refuses, type Setting, states } from "./setting.ts"

export const adopt: ReadonlyArray<Case> = [
  {
    title: "makes a userId without a row active",
    run: Effect.fnUntraced(function* (setting) {
      assert.isTrue(yield* setting.store.adopt(adoption(setting, "u")))
      yield* has(setting, "u", {
        appUserId,
        origin: "adopted",
        state: "active",
        sealedSecret: "adopted",
        reason: null,
        token: null,
        leaseHolds: false
      })
    })
  },
  ...(["vault", "app"] as const).flatMap((origin) => [
    {
      title: `takes the app user's own userId that is sent and that the ${origin} chose`,
      run: Effect.fnUntraced(function* (setting: Setting) {
        yield* given(setting, "u", "sent", { origin })
        assert.isTrue(yield* setting.store.adopt(adoption(setting, "u")))
        yield* has(setting, "u", { origin, state: "active", sealedSecret: "adopted", token: null })
      })
    },
    {
      title: `is refused for the app user's own userId that is active and that the ${origin} chose`,
      run: Effect.fnUntraced(function* (setting: Setting) {
        yield* given(setting, "u", "active", { origin })
        yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
      })
    }
  ]),
  {
    title: "dooms another sent attempt, though its lease holds",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "v", "sent")
      assert.isTrue(yield* setting.store.adopt(adoption(setting, "u")))
      yield* has(setting, "v", { state: "doomed", reason: "superseded" })
      assert.strictEqual((yield* liveOf(setting))?.userId, "u")
    })
  },
  {
    title: "is refused by another sent attempt whose userId the app chose",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "v", "sent", { origin: "app" })
      yield* setting.passLeases
      yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
    })
  },
  {
    title: "is refused where another is active",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "v", "active")
      yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
    })
  },
  ...(["doomed", "void"] as const).map((state) => ({
    title: `is refused for a userId that is ${state}, and dooms nothing`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state)
      yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
      yield* given(setting, "v", "sent")
      yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
    })
  })),
  ...states.map((state) => ({
    title: `is refused for another app user's userId that is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state, { appUserId: "another" })
      yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
      yield* given(setting, "v", "sent")
      yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
    })
  }))
]

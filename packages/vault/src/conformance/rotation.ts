/**
 * A secret that is replaced.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Case, given, has, lease, refuses, type Setting } from "./setting.ts"

export const rotation: ReadonlyArray<Case> = [
  {
    title: "replaceSecret replaces the secret that is given and ends the rotation",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      yield* store.markRotation({ clientId, userId: "u", from: null, to: "r", lease })
      assert.isTrue(
        yield* store.replaceSecret({ clientId, userId: "u", from: "sealed u", sealedSecret: "new", endsRotation: true })
      )
      yield* has(setting, "u", { state: "active", sealedSecret: "new", token: null })
    })
  },
  {
    title: "replaceSecret leaves the rotation where it is not told to end it",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      yield* store.markRotation({ clientId, userId: "u", from: null, to: "r", lease })
      const resealed = { clientId, userId: "u", from: "sealed u", sealedSecret: "resealed", endsRotation: false }
      assert.isTrue(yield* store.replaceSecret(resealed))
      yield* has(setting, "u", { state: "active", sealedSecret: "resealed", token: "r", leaseHolds: true })
    })
  },
  {
    title: "markRotation gives a lease, which passes or is renewed",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      assert.isTrue(yield* store.markRotation({ clientId, userId: "u", from: null, to: "r", lease }))
      yield* has(setting, "u", { state: "active", token: "r", leaseHolds: true })
      yield* setting.passLeases
      yield* has(setting, "u", { state: "active", token: "r", leaseHolds: false })
      assert.strictEqual(yield* store.doomExpired(clientId), 0)
      assert.isTrue(yield* store.markRotation({ clientId, userId: "u", from: "r", to: "s", lease }))
      yield* has(setting, "u", { state: "active", token: "s", leaseHolds: true })
    })
  },
  {
    title: "replaceSecret is refused where the secret is another",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      yield* store.markRotation({ clientId, userId: "u", from: null, to: "r", lease })
      yield* refuses(
        setting,
        store.replaceSecret({ clientId, userId: "u", from: "Sealed u", sealedSecret: "new", endsRotation: true })
      )
    })
  },
  ...(["sent", "doomed", "void"] as const).map((state) => ({
    title: `replaceSecret and markRotation are refused where it is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", state)
      yield* refuses(
        setting,
        store.replaceSecret({ clientId, userId: "u", from: "sealed u", sealedSecret: "new", endsRotation: true })
      )
      yield* refuses(setting, store.markRotation({ clientId, userId: "u", from: null, to: "r", lease }))
    })
  })),
  {
    title: "replaceSecret and markRotation are refused without a row",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* refuses(
        setting,
        store.replaceSecret({ clientId, userId: "u", from: "sealed u", sealedSecret: "new", endsRotation: true })
      )
      yield* refuses(setting, store.markRotation({ clientId, userId: "u", from: null, to: "r", lease }))
    })
  },
  {
    title: "markRotation goes from none to one, to another, to none, and keeps the secret",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      for (const [from, to] of [
        [null, "r"],
        ["r", "s"],
        ["s", null]
      ] as const) {
        assert.isTrue(yield* store.markRotation({ clientId, userId: "u", from, to, lease }))
        yield* has(setting, "u", {
          state: "active",
          sealedSecret: "sealed u",
          token: to,
          leaseHolds: to !== null
        })
      }
    })
  },
  {
    title: "markRotation is refused where the one that stands is another",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      yield* refuses(setting, store.markRotation({ clientId, userId: "u", from: "r", to: "s", lease }))
      assert.isTrue(yield* store.markRotation({ clientId, userId: "u", from: null, to: "r", lease }))
      yield* refuses(setting, store.markRotation({ clientId, userId: "u", from: null, to: "s", lease }))
      yield* refuses(setting, store.markRotation({ clientId, userId: "u", from: "R", to: "s", lease }))
    })
  }
]

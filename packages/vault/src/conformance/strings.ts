/**
 * Text comes back as it went in, and different text stays different.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { all, attemptOf, type Case, given, lease, liveOf, rowOf, type Setting, token } from "./setting.ts"

// Letters that no compression shortens.
const noise = (length: number) => {
  let state = 1
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647
    return String.fromCodePoint(33 + (state % 90))
  }).join("")
}

const texts: ReadonlyArray<readonly [what: string, text: string]> = [
  ["quotes", `'"\`; DROP TABLE snaptrade_vault_attempts; --`],
  ["backslashes", "\\ \\\\ \\0 \\x41 \\101 \\u0000 %_"],
  ["placeholders", "$1 ? :a @b {}"],
  ["line ends and controls", "\n\r\t\u0001\u007f\u0085\u2028"],
  ["emoji", "👩‍👩‍👧‍👦 😀 🇩🇪"],
  ["right to left", "\u202eمرحبا\u202c"],
  ["no characters", "\u{10ffff}\ufffe\ufeff"],
  ["a number", "0123456789012345678901234567890"],
  ["JSON", `{"a":[null,"\\u0000"]}`],
  ["nothing", ""],
  ["ten thousand characters", noise(10_000)],
  [
    "ten thousand characters beyond ASCII",
    [...noise(10_000)]
      .map((letter) => `${letter}é😀`)
      .join("")
      .slice(0, 10_000)
  ]
]

const different: ReadonlyArray<readonly [by: string, a: string, b: string]> = [
  ["case", "User", "user"],
  ["case beyond ASCII", "É", "é"],
  ["a trailing space", "user", "user "],
  ["a leading space", "user", " user"],
  ["normalisation", "é", "e\u0301"],
  ["width", "a", "ａ"],
  ["a character without width", "user", "us\u200ber"],
  ["a letter that a language takes for another", "ss", "ß"],
  ["how a number is written", "1", "01"],
  ["how a number of the language is written", "1", "1.0"],
  ["the end of a long text", `${noise(10_000)}a`, `${noise(10_000)}b`]
]

export const strings: ReadonlyArray<Case> = [
  ...texts.map(([what, text]) => ({
    title: `come back as they were: ${what}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, text, "sent", { appUserId: text, origin: "app" })
      yield* store.release({ clientId, userId: text, token })
      assert.isTrue(
        yield* store.reclaim({
          ...attemptOf(setting, text, { appUserId: text, origin: "app", token: text }),
          inDoubt: true
        })
      )
      assert.isTrue(yield* store.complete({ clientId, userId: text, token: text, sealedSecret: text }))
      assert.isTrue(yield* store.markRotation({ clientId, userId: text, from: null, to: text, lease }))
      assert.isTrue(yield* store.markRotation({ clientId, userId: text, from: text, to: text, lease }))
      const found = [yield* liveOf(setting, text), yield* rowOf(setting, text), (yield* all(setting))[0]]
      for (const row of found) {
        const { appUserId: ofApp, token: mark, sealedSecret, userId } = row ?? {}
        assert.isTrue([userId, ofApp, sealedSecret, mark].every((value) => value === text))
      }
      assert.isTrue(
        yield* store.replaceSecret({ clientId, userId: text, from: text, sealedSecret: "new", endsRotation: true })
      )
      assert.isTrue(yield* store.forget({ clientId, userId: text }))
    })
  })),
  ...different.map(([by, a, b]) => ({
    title: `differ by ${by}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      for (const id of [a, b]) {
        assert.isUndefined(yield* rowOf(setting, id))
        yield* given(setting, id, "sent", { appUserId: id })
        assert.isTrue((yield* liveOf(setting, id))?.userId === id)
      }
      assert.lengthOf(yield* store.rows(clientId, [a]), 1)
      assert.isTrue(yield* store.complete({ clientId, userId: a, token, sealedSecret: a }))
      assert.isTrue((yield* rowOf(setting, b))?.state === "sent")
      assert.isFalse(
        yield* store.replaceSecret({ clientId, userId: a, from: b, sealedSecret: "new", endsRotation: true })
      )
      assert.isTrue(yield* store.forget({ clientId, userId: a }))
      assert.isTrue((yield* rowOf(setting, b))?.state === "sent")
    })
  }))
]

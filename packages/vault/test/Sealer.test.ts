import { layerSealerConfig, Sealer } from "@effect-snaptrade/vault"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { keyOf, sealerOf } from "./support.ts"

const secret = Redacted.make("canary-secret")
const binding = { clientId: "APP", appUserId: "alice", userId: "vault-1" }

const sealed = (...keys: ReadonlyArray<string>) =>
  Sealer.use((sealer) => sealer.seal(secret, binding)).pipe(Effect.provide(sealerOf(...keys)))

const open = (text: string, keys: ReadonlyArray<string> = ["a"], of = binding) =>
  Sealer.use((sealer) => sealer.open(text, of)).pipe(Effect.provide(sealerOf(...keys)))

describe("A sealed secret", () => {
  it.effect("opens with its key, in its row", () =>
    Effect.gen(function* () {
      const opened = yield* open(yield* sealed("a"))
      assert.strictEqual(Redacted.value(opened), "canary-secret")
    })
  )

  it.effect("shows nothing of the secret, and is another text each time", () =>
    Effect.gen(function* () {
      const texts = [yield* sealed("a"), yield* sealed("a")]
      assert.notStrictEqual(texts[0], texts[1])
      for (const text of texts) {
        assert.match(text, /^v1\.a\.[\w-]{16}\.[\w-]+$/)
        assert.notInclude(Buffer.from(text.split(".")[3] ?? "", "base64url").toString("latin1"), "canary")
      }
    })
  )

  for (const field of ["clientId", "appUserId", "userId"] as const)
    it.effect(`does not open in a row with another ${field}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(open(yield* sealed("a"), ["a"], { ...binding, [field]: "other" }))
        assert.include(error.message, "it was changed, belongs to another row, or was sealed with another key")
      })
    )

  it.effect("does not open when any one of its characters was changed", () =>
    Effect.gen(function* () {
      const text = yield* sealed("a")
      for (let at = 0; at < text.length; at++) {
        // Far enough from it that the bits which the last character leaves unused are not all that differs.
        const other = /[A-Za-f]/.test(text[at] ?? "") ? "9" : "A"
        const error = yield* Effect.flip(open(text.slice(0, at) + other + text.slice(at + 1)))
        assert.strictEqual(error._tag, "SecretUnreadable")
      }
    })
  )

  it.effect("does not open when it was cut anywhere", () =>
    Effect.gen(function* () {
      const text = yield* sealed("a")
      for (let length = 0; length < text.length; length++) {
        const error = yield* Effect.flip(open(text.slice(0, length)))
        assert.strictEqual(error._tag, "SecretUnreadable")
      }
    })
  )

  it.effect("names the key that is missing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(open(yield* sealed("a"), ["b"]))
      assert.strictEqual(
        error.message,
        'The secret of vault-1 (app user alice) does not open: it was sealed with the key "a", which the vault was not given. The row was left as it is. Give the vault the key that sealed it, or restore the row; do not register the user again before you are sure that neither is to be had.'
      )
    })
  )

  it.effect("opens with a key that seals no more, and tells that it is not the current one", () =>
    Effect.gen(function* () {
      const text = yield* sealed("a")
      assert.strictEqual(Redacted.value(yield* open(text, ["b", "a"])), "canary-secret")
      const isCurrent = yield* Sealer.useSync((sealer) => sealer.isCurrent(text)).pipe(
        Effect.provide(sealerOf("b", "a"))
      )
      assert.isFalse(isCurrent)
    })
  )
})

describe("The keys", () => {
  const built = (keys: string | undefined) =>
    Effect.void.pipe(
      Effect.provide(layerSealerConfig()),
      Effect.provideService(
        ConfigProvider.ConfigProvider,
        ConfigProvider.fromUnknown(keys === undefined ? {} : { SNAPTRADE_VAULT_KEYS: keys })
      )
    )
  const a = `a:${Redacted.value(keyOf(1))}`

  it.effect("come from SNAPTRADE_VAULT_KEYS, with white space around them", () =>
    built(` ${a} , b:${Redacted.value(keyOf(2))}\n`)
  )

  for (const [what, keys, detail] of [
    ["when there are none", undefined, "are missing"],
    ["when there is only white space", " , ", "are missing"],
    ["without an id", Redacted.value(keyOf(1)), "hold one without an id"],
    ["with a key for an id", `${"ab".repeat(32)}:a`, "have an id that is not of 1 to 32 letters, digits, _ and -"],
    ["with one that is too short", "a:c2hvcnQ=", "hold one, a, that is not 32 bytes in base64"],
    ["with one that is no base64", "a:§§§", "hold one, a, that is not 32 bytes in base64"],
    ["with two of one id", `${a},${a}`, "have two of one id"]
  ] as const)
    it.effect(`are refused ${what}, without being shown`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(built(keys))
        assert.strictEqual(
          error.message,
          `The vault's keys (SNAPTRADE_VAULT_KEYS) ${detail}. They are written ID:KEY, several with commas between, the one that seals first; make a key with "openssl rand -base64 32".`
        )
      })
    )
})

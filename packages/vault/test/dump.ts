import { LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { layerSealer, layerVault, Vault, type VaultStore } from "@effect-snaptrade/vault"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { keyOf } from "./support.ts"

/** How a secret may be written: as it is, for a URL, in hexadecimal digits, in base64 from each of three places. */
const spellings = (secret: string): ReadonlyArray<string> => {
  const bytes = Buffer.from(secret)
  const base64 = [0, 1, 2].map((skipped) => bytes.subarray(skipped, -3).toString("base64").replace(/=+$/, ""))
  return [secret, encodeURIComponent(secret), bytes.toString("hex"), ...base64.map((text) => text.slice(0, -2))]
}

/** Registers, rotates, adopts and forgets on the store, then holds that no secret of theirs is in the dump. */
export const holdsNoSecret = <E, E2>(
  store: Layer.Layer<VaultStore, E>,
  dump: Effect.Effect<ReadonlyArray<Buffer>, E2>
) =>
  Effect.gen(function* () {
    const vault = yield* Vault
    const local = yield* LocalSnapTrade
    const secrets = new Set(["canary-adopted-secret", Redacted.value(keyOf(1))])
    const remember = Effect.map(local.users, (users) => {
      for (const { userSecret } of users) secrets.add(Redacted.value(userSecret))
    })
    for (let i = 0; i < 20; i++) yield* vault.ensureUser(`app-${i}`)
    yield* remember
    yield* vault.rotate("app-1")
    yield* vault.adopt("erin", { userId: "from-before", userSecret: Redacted.make("canary-adopted-secret") })
    yield* vault.forget("app-2")
    yield* remember
    assert.strictEqual(secrets.size, 23)
    const files = yield* dump
    assert.isTrue(
      files.some((file) => file.includes("app-19")),
      "the dump has the rows"
    )
    for (const secret of secrets) {
      for (const spelling of spellings(secret)) {
        assert.isFalse(
          files.some((file) => file.includes(spelling)),
          `${spelling} is in the dump`
        )
      }
    }
  }).pipe(
    Effect.provide(
      layerVault().pipe(
        Layer.provide(store),
        Layer.provide(layerSealer({ keys: [{ id: "a", key: keyOf(1) }] })),
        Layer.provideMerge(TestSnapTrade.layer())
      )
    )
  )

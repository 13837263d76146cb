/**
 * What every store of the vault has to do, as one suite: given a store, it registers tests with vitest. Ours run it in memory,
 * on SQLite and on PostgreSQL; run it on a store of your own.
 */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { adopt } from "./conformance/adopt.ts"
import { claim } from "./conformance/claim.ts"
import { clients } from "./conformance/clients.ts"
import { complete } from "./conformance/complete.ts"
import { doomExpired } from "./conformance/doomExpired.ts"
import { end } from "./conformance/end.ts"
import { forget } from "./conformance/forget.ts"
import { live } from "./conformance/live.ts"
import { page } from "./conformance/page.ts"
import { races } from "./conformance/races.ts"
import { reclaim } from "./conformance/reclaim.ts"
import { release } from "./conformance/release.ts"
import { rotation } from "./conformance/rotation.ts"
import { rows } from "./conformance/rows.ts"
import { strings } from "./conformance/strings.ts"
import { VaultStore } from "./VaultStore.ts"

/**
 * The store under test.
 */
export interface StoreUnderTest<Host = never> {
  /** Its name, in the tests' names. */
  readonly name: string
  /**
   * The store, built anew for each case, and what `passLeases` needs. Each case has a clientId of its own: it does not matter
   * whether the rows of others are there.
   */
  readonly layer: Layer.Layer<VaultStore | Host, unknown>
  /** Whether the cases run under `TestClock` or in real time. */
  readonly clock: "test" | "live"
  /**
   * Makes an hour pass for the store, by whose clock the leases are: steps `TestClock`, or writes into the past until when the
   * leases in the database hold.
   */
  readonly passLeases: Effect.Effect<void, unknown, VaultStore | Host>
}

const groups = {
  live,
  claim,
  reclaim,
  complete,
  end,
  release,
  forget,
  adopt,
  rotation,
  doomExpired,
  rows,
  page,
  strings,
  clients,
  races
}

/**
 * Registers the suite's tests for the store.
 *
 * @example
 * ```ts
 * import { layerStoreMemory } from "@effect-snaptrade/vault"
 * import { storeConformance } from "@effect-snaptrade/vault/conformance"
 * import * as TestClock from "effect/testing/TestClock"
 *
 * storeConformance({
 *   name: "memory",
 *   layer: layerStoreMemory,
 *   clock: "test",
 *   passLeases: TestClock.adjust("1 hour")
 * })
 * ```
 */
export const storeConformance = <Host = never>(under: StoreUnderTest<Host>): void => {
  const test = under.clock === "test" ? it.effect : it.live
  describe(`a vault's store: ${under.name}`, () => {
    for (const [group, cases] of Object.entries(groups)) {
      describe(`${group}`, () => {
        for (const { run, title } of cases) {
          test(title, () =>
            Effect.gen(function* () {
              const context = yield* Effect.context<VaultStore | Host>()
              yield* run({
                store: yield* VaultStore,
                clientId: crypto.randomUUID(),
                passLeases: Effect.provideContext(under.passLeases, context)
              })
            }).pipe(Effect.provide(under.layer))
          )
        }
      })
    }
  })
}

import { VaultStore } from "@effect-snaptrade/vault"
import { storeConformance } from "@effect-snaptrade/vault/conformance"
import * as SqlVaultStore from "@effect-snaptrade/vault/sql"
import * as D1Client from "@effect/sql-d1/D1Client"
import { assert, describe, it } from "@effect/vitest"
import { applyD1Migrations } from "cloudflare:test"
import { env } from "cloudflare:workers"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"

const layerClient = D1Client.layer({ db: env.DB })

const layerStore = SqlVaultStore.layer({ migrate: false })

const migrate = Effect.promise(() => applyD1Migrations(env.DB, env.MIGRATIONS))

const passLeases = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`UPDATE snaptrade_vault_attempts SET lease_until = lease_until - 3600000`
)

describe("A store on D1 without its table", () => {
  it.live("is refused by migrate: true, which says how else to create it", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(VaultStore.pipe(Effect.provide(SqlVaultStore.layer())))
      assert.strictEqual(
        error.message,
        "The vault's store failed at creating its table: transactions are not supported in D1: create it by a migration, and open the store with migrate: false. No secret that was handed out is lost; call again once the store works."
      )
    }).pipe(Effect.provide(layerClient))
  )

  it.live("says that the migrations have to run", () =>
    Effect.gen(function* () {
      const store = yield* VaultStore
      const error = yield* Effect.flip(store.doomExpired("client"))
      assert.include(error.message, "no such table: snaptrade_vault_attempts")
      assert.include(error.message, "run the migrations")
    }).pipe(Effect.provide(layerStore.pipe(Layer.provide(layerClient))))
  )
})

storeConformance({
  name: "D1",
  layer: layerStore.pipe(Layer.provide(Layer.effectDiscard(migrate)), Layer.provideMerge(layerClient)),
  clock: "live",
  passLeases
})

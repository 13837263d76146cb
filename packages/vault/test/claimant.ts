// One process of many that claim the same app users of one database at once. Arguments: `sqlite` or `postgres`, where the
// database is, and how many app users. Says "ready", begins when it is told anything, and says which claims it won.
import { type StoreFailed, VaultStore } from "@effect-snaptrade/vault"
import * as SqlVaultStore from "@effect-snaptrade/vault/sql"
import { layerStoreSqlite } from "@effect-snaptrade/vault/sqlite"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { SqlError } from "effect/sql/SqlError"
import { once } from "node:events"

const [kind = "", place = "", count = "0"] = process.argv.slice(2)

const onPostgres = Effect.map(
  Effect.promise(() => import("@effect/sql-pg/PgClient")),
  (PgClient) => SqlVaultStore.layer().pipe(Layer.provide(PgClient.layer({ url: Redacted.make(place) })))
)

const store: Layer.Layer<VaultStore, StoreFailed | SqlError> =
  kind === "sqlite"
    ? layerStoreSqlite({ filename: place, busyTimeout: "1 minute", timeout: "2 minutes" })
    : Layer.unwrap(onPostgres)

const claims = Effect.gen(function* () {
  const { claim } = yield* VaultStore
  return yield* Effect.forEach(
    Array.from({ length: Number(count) }, (_, i) => i),
    (i) =>
      claim({
        clientId: "client",
        appUserId: `app user ${i}`,
        userId: crypto.randomUUID(),
        origin: "vault",
        token: "the claimant",
        lease: Duration.hours(1)
      }),
    { concurrency: 4 }
  )
})

process.stdout.write("ready\n")
await once(process.stdin, "data")
const won = await Effect.runPromise(Effect.provide(claims, store))
process.stdout.write(JSON.stringify(won.flatMap((isMine, i) => (isMine ? [i] : []))))
process.exit(0)

import { type NewAttempt, StoreFailed, VaultStore } from "@effect-snaptrade/vault"
import { storeConformance } from "@effect-snaptrade/vault/conformance"
import * as SqlVaultStore from "@effect-snaptrade/vault/sql"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { afterAll, beforeAll } from "vitest"
import { type Postgres, startPostgres } from "../../../scripts/postgres.ts"
import { claimInProcesses } from "../test/claimants.ts"
import { holdsNoSecret } from "../test/dump.ts"
import { startProxy } from "./proxy.ts"

let server: Postgres
beforeAll(async () => {
  server = await startPostgres()
}, 120_000)
afterAll(() => server.stop())

const layerOf = (options: PgClient.PgPoolConfig = {}, store: SqlVaultStore.Options = {}) =>
  Layer.suspend(() =>
    SqlVaultStore.layer(store).pipe(Layer.provideMerge(PgClient.layer({ url: Redacted.make(server.url), ...options })))
  )

const passLeases = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`UPDATE snaptrade_vault_attempts SET lease_until = clock_timestamp() - interval '1 hour'`
)

storeConformance({ name: "PostgreSQL", layer: layerOf(), clock: "live", passLeases })

storeConformance({
  name: "PostgreSQL, every transaction serializable",
  layer: layerOf({ startupParameters: { default_transaction_isolation: "serializable" } }),
  clock: "live",
  passLeases
})

const clientId = "client"
let users = 0
const newAttempt = (): NewAttempt => {
  users++
  return {
    clientId,
    appUserId: `app user ${users}`,
    userId: `user ${users}`,
    origin: "vault",
    token: "call",
    lease: Duration.hours(1)
  }
}

const activeUser = Effect.gen(function* () {
  const store = yield* VaultStore
  const attempt = newAttempt()
  assert.isTrue(yield* store.claim(attempt))
  assert.isTrue(yield* store.complete({ ...attempt, sealedSecret: `sealed ${attempt.userId}` }))
  return attempt
})

const isThere = Effect.fnUntraced(function* (attempt: NewAttempt) {
  const store = yield* VaultStore
  assert.strictEqual((yield* store.live(attempt))?.sealedSecret, `sealed ${attempt.userId}`)
})

const withProxy = Effect.acquireRelease(
  Effect.promise(() => startProxy(server.url)),
  (proxy) => Effect.promise(() => proxy.close())
)

/** The address of a database without the store's table. */
const newDatabase = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  users++
  yield* sql`CREATE DATABASE ${sql(`database_${users}`)}`
  return server.url.replace(/postgres$/, `database_${users}`)
}).pipe(Effect.provide(Layer.suspend(() => PgClient.layer({ url: Redacted.make(server.url) }))))

describe("A store in PostgreSQL", () => {
  it.effect("leases by the server's clock, whatever the clock of the program", () =>
    Effect.gen(function* () {
      const store = yield* VaultStore
      const attempt = newAttempt()
      // TestClock stands at 1970.
      assert.isTrue(yield* store.claim(attempt))
      const row = yield* store.live(attempt)
      assert.isTrue(row?.leaseHolds)
      assert.isAbove(row?.createdAt ?? 0, Date.UTC(2020))
    }).pipe(Effect.provide(layerOf()))
  )

  it.live(
    "is opened and claimed from by eight processes at once, each app user once",
    () =>
      Effect.gen(function* () {
        const url = yield* newDatabase
        const won = yield* Effect.promise(() => claimInProcesses(8, "postgres", url, 25))
        assert.lengthOf(won, 8)
        assert.deepStrictEqual(
          won.flat().toSorted((a, b) => a - b),
          Array.from({ length: 25 }, (_, i) => i)
        )
      }),
    120_000
  )

  it.live("is created once by sixteen clients that start at once", () =>
    Effect.gen(function* () {
      const url = Redacted.make(yield* newDatabase)
      yield* Effect.all(
        Array.from({ length: 16 }, () => activeUser.pipe(Effect.provide(layerOf({ url, maxConnections: 2 })))),
        { concurrency: "unbounded" }
      )
      const created = yield* Effect.provide(
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT * FROM snaptrade_vault_migrations`),
        layerOf({ url })
      )
      assert.lengthOf(created, 1)
    })
  )

  it.live("tells that migrations are to be run where the table is missing", () =>
    Effect.gen(function* () {
      const url = Redacted.make(yield* newDatabase)
      const error = yield* Effect.flip(activeUser).pipe(Effect.provide(layerOf({ url }, { migrate: false })))
      assert.instanceOf(error, StoreFailed)
      assert.include(error.detail, `relation "snaptrade_vault_attempts" does not exist (run the migrations`)
    })
  )

  it.live("tells where nobody listens", () =>
    Effect.gen(function* () {
      const url = Redacted.make("postgres://postgres:hidden@127.0.0.1:1/postgres")
      const error = yield* Effect.flip(Effect.provide(VaultStore, layerOf({ url })))
      assert.include(error.message, "ECONNREFUSED")
      assert.include(error.message, "is the database there")
      assert.notInclude(JSON.stringify(error) + error.message, "hidden")
    })
  )

  it.live("is not opened where a commit is not written before it is answered", () =>
    Effect.gen(function* () {
      const startupParameters = { synchronous_commit: "off" }
      const error = yield* Effect.flip(Effect.provide(VaultStore, layerOf({ startupParameters })))
      assert.include(error.message, "synchronous_commit is off")
    })
  )

  it.live("that takes no writes is told, and read", () =>
    Effect.gen(function* () {
      const attempt = yield* activeUser.pipe(Effect.provide(layerOf()))
      const readOnly = layerOf({ startupParameters: { default_transaction_read_only: "on" } }, { migrate: false })
      yield* Effect.gen(function* () {
        yield* isThere(attempt)
        const error = yield* Effect.flip(activeUser)
        assert.instanceOf(error, StoreFailed)
        assert.include(error.detail, "read-only transaction (it takes no writes: is this a standby")
        yield* isThere(attempt)
      }).pipe(Effect.provide(readOnly))
    })
  )

  it.live("refuses to be called in a transaction of its client", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const error = yield* sql.withTransaction(Effect.flip(activeUser))
      assert.instanceOf(error, StoreFailed)
      assert.include(error.detail, "inside a transaction")
    }).pipe(Effect.provide(layerOf()))
  )
})

describe("A PostgreSQL that fails", () => {
  it.live("fails the step whose session is terminated, and loses nothing", () =>
    Effect.gen(function* () {
      const attempt = yield* activeUser
      const sql = yield* SqlClient.SqlClient
      yield* Effect.ignore(sql`SELECT pg_terminate_backend(pg_backend_pid())`)
      yield* isThere(attempt)
      yield* activeUser
    }).pipe(Effect.provide(layerOf({ maxConnections: 1 })))
  )

  it.live("fails while it is down, and works when it has recovered from the crash", () =>
    Effect.gen(function* () {
      const attempt = yield* activeUser
      yield* Effect.promise(server.crash)
      const error = yield* Effect.flip(activeUser).pipe(Effect.ensuring(Effect.promise(server.start)))
      assert.instanceOf(error, StoreFailed)
      yield* isThere(attempt)
      yield* activeUser
    }).pipe(Effect.provide(layerOf()))
  )

  it.live("fails the step whose reply is lost, whose write may be there", () =>
    Effect.gen(function* () {
      const proxy = yield* withProxy
      yield* Effect.gen(function* () {
        const store = yield* VaultStore
        const kept = yield* activeUser
        const attempt = newAttempt()
        proxy.swallowReplies()
        const claimed = yield* Effect.forkDetach(Effect.flip(store.claim(attempt)), { startImmediately: true })
        // Seen from elsewhere: the server has carried it out.
        yield* Effect.gen(function* () {
          const elsewhere = yield* VaultStore
          while ((yield* elsewhere.live(attempt)) === undefined) yield* Effect.sleep("5 millis")
        }).pipe(Effect.provide(layerOf()))
        proxy.cut()
        const error = yield* Fiber.join(claimed)
        assert.instanceOf(error, StoreFailed)
        assert.strictEqual(error.step, "claiming")
        yield* isThere(kept)
        assert.strictEqual((yield* store.live(attempt))?.userId, attempt.userId)
      }).pipe(Effect.provide(layerOf({ url: Redacted.make(proxy.url) })))
    })
  )

  for (const interruptible of [true, false]) {
    it.live(
      `that hangs fails the step in time, ${interruptible ? "" : "though it may not be interrupted, "}and loses nothing`,
      () =>
        Effect.gen(function* () {
          const proxy = yield* withProxy
          yield* Effect.gen(function* () {
            const store = yield* VaultStore
            const kept = yield* activeUser
            proxy.hang()
            const step = Effect.flip(store.live(kept))
            const error = yield* interruptible ? step : Effect.uninterruptible(step)
            assert.strictEqual(error.detail, "the database did not answer within 2s")
            proxy.cut()
            // The client was connecting anew when it was cut off.
            yield* Effect.retry(isThere(kept), { times: 5 })
            yield* activeUser
          }).pipe(Effect.provide(layerOf({ url: Redacted.make(proxy.url) }, { timeout: "2 seconds" })))
        }),
      60_000
    )
  }
})

describe("The rows of PostgreSQL", () => {
  it.live("hold no secret, in any spelling", () =>
    holdsNoSecret(
      layerOf(),
      Effect.provide(
        Effect.flatMap(SqlClient.SqlClient, (sql) =>
          Effect.map(sql<{ readonly text: string }>`SELECT a::text AS text FROM snaptrade_vault_attempts a`, (rows) =>
            rows.map(({ text }) => Buffer.from(text))
          )
        ),
        layerOf()
      )
    )
  )
})

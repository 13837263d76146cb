import { type NewAttempt, StoreFailed, VaultStore } from "@effect-snaptrade/vault"
import * as SqlVaultStore from "@effect-snaptrade/vault/sql"
import * as SqliteClient from "@effect-snaptrade/vault/sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as SqlClient from "effect/sql/SqlClient"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { temporaryDirectory } from "./temporary.ts"

const clientId = "client"
const attempt = (userId: string): NewAttempt => ({
  clientId,
  appUserId: `app ${userId}`,
  userId,
  origin: "vault",
  token: "the test",
  lease: Duration.minutes(1)
})

/** The store and its client, on one connection. */
const layerBoth = (options: SqliteClient.Options & SqlVaultStore.Options) =>
  SqlVaultStore.layer(options).pipe(Layer.provideMerge(SqliteClient.layer(options)))

const newFile = Effect.map(temporaryDirectory, (directory) => join(directory, "vault.db"))

/** Another connection to the file, as another program would have. */
const anotherClient = (filename: string) => SqliteClient.make({ filename }).pipe(Effect.provide(Reactivity.layer))

const opening = (filename: string) =>
  Effect.flip(VaultStore.pipe(Effect.provide(SqliteClient.layerStoreSqlite({ filename }))))

const activeUser = Effect.fnUntraced(function* (userId: string) {
  const store = yield* VaultStore
  assert.isTrue(yield* store.claim(attempt(userId)))
  assert.isTrue(yield* store.complete({ clientId, userId, token: "the test", sealedSecret: `sealed ${userId}` }))
})

const isThere = Effect.fnUntraced(function* (userId: string) {
  const store = yield* VaultStore
  const row = yield* store.live({ clientId, appUserId: `app ${userId}` })
  assert.strictEqual(row?.sealedSecret, `sealed ${userId}`)
})

describe("A SQLite file", () => {
  it.live("is opened with a write-ahead log, each commit synced to the disk", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(yield* sql`PRAGMA journal_mode`.values, [["wal"]])
      assert.deepStrictEqual(yield* sql`PRAGMA synchronous`.values, [[2]])
      assert.deepStrictEqual(yield* sql`PRAGMA fullfsync`.values, [[1]])
    }).pipe(Effect.provide(Layer.unwrap(Effect.map(newFile, (filename) => SqliteClient.layer({ filename })))))
  )

  it.live("keeps what was written when it is closed and opened again", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      yield* activeUser("u").pipe(Effect.provide(SqliteClient.layerStoreSqlite({ filename })))
      yield* isThere("u").pipe(Effect.provide(SqliteClient.layerStoreSqlite({ filename })))
    })
  )

  it.effect("leases by its own clock, whatever the clock of the program", () =>
    Effect.gen(function* () {
      const store = yield* VaultStore
      // TestClock stands at 1970.
      assert.isTrue(yield* store.claim(attempt("u")))
      const row = yield* store.live({ clientId, appUserId: "app u" })
      assert.isTrue(row?.leaseHolds)
      assert.isAbove(row?.createdAt ?? 0, Date.UTC(2020))
    }).pipe(Effect.provide(SqliteClient.layerStoreSqlite({ filename: ":memory:" })))
  )

  it.live("in a directory that is not there is told", () =>
    Effect.gen(function* () {
      const filename = join(yield* temporaryDirectory, "none", "vault.db")
      const error = yield* opening(filename)
      assert.instanceOf(error, StoreFailed)
      assert.strictEqual(
        error.message,
        `The vault's store failed at opening: The SQLite file ${filename} does not open: unable to open database file (its directory has to exist, and the path has to be a file that this process may read and write). No secret that was handed out is lost; call again once the store works.`
      )
    })
  )

  it.live("that is a directory is told", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      yield* Effect.promise(() => mkdir(filename))
      assert.include((yield* opening(filename)).detail, "the path has to be a file")
    })
  )

  it.live("that is no database is told, and left as it is", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      yield* Effect.promise(() => writeFile(filename, "my diary\n".repeat(1000)))
      const error = yield* opening(filename)
      assert.include(error.detail, `${filename} does not open: file is not a database`)
    })
  )

  for (const [what, filename] of [
    ["empty", ""],
    // As of a variable that is not set.
    ["missing", JSON.parse("null")]
  ]) {
    it.live(`whose name is ${what} is refused: SQLite would keep nothing of it`, () =>
      Effect.gen(function* () {
        const error = yield* opening(filename)
        assert.strictEqual(
          error.detail,
          'The filename is missing or empty: name a file, or ":memory:" where nothing is to be kept'
        )
      })
    )
  }

  it.live("that takes no writes is told, and read", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      yield* activeUser("u").pipe(Effect.provide(SqliteClient.layerStoreSqlite({ filename })))
      yield* Effect.gen(function* () {
        const store = yield* VaultStore
        yield* isThere("u")
        const error = yield* Effect.flip(store.claim(attempt("v")))
        assert.strictEqual(error.step, "claiming")
        assert.include(error.detail, "attempt to write a readonly database (the file, its directory")
        yield* isThere("u")
      }).pipe(Effect.provide(SqliteClient.layerStoreSqlite({ filename: `file:${filename}?mode=ro` })))
    })
  )

  it.live("that is full is told, loses nothing, and goes on when there is space", () =>
    Effect.gen(function* () {
      const store = yield* VaultStore
      const sql = yield* SqlClient.SqlClient
      yield* activeUser("u")
      yield* sql`PRAGMA max_page_count = 20`
      const many = Effect.forEach(
        Array.from({ length: 2000 }, (_, i) => `${i} ${"long ".repeat(100)}`),
        (userId) => store.claim(attempt(userId)),
        { discard: true }
      )
      const error = yield* Effect.flip(many)
      assert.instanceOf(error, StoreFailed)
      assert.include(error.detail, "database or disk is full")
      assert.include(error.detail, "free some space")
      yield* isThere("u")
      assert.deepStrictEqual(yield* sql`PRAGMA integrity_check`.values, [["ok"]])
      yield* sql`PRAGMA max_page_count = 100000`
      yield* activeUser("v")
    }).pipe(Effect.provide(Layer.unwrap(Effect.map(newFile, (filename) => layerBoth({ filename })))))
  )

  it.live("that another holds for longer than the busy timeout is told, and works once it is free", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      yield* Effect.gen(function* () {
        const store = yield* VaultStore
        yield* activeUser("u")
        const another = yield* anotherClient(filename)
        const error = yield* another.withTransaction(Effect.flip(store.claim(attempt("v"))))
        assert.include(error.detail, "database is locked")
        assert.include(error.detail, "longer than the busy timeout")
        yield* isThere("u")
        yield* activeUser("v")
      }).pipe(Effect.provide(SqliteClient.layerStoreSqlite({ filename, busyTimeout: "50 millis" })))
    })
  )

  it.live("that another holds is waited for, while users that are held are read", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      yield* Effect.gen(function* () {
        const store = yield* VaultStore
        const another = yield* anotherClient(filename)
        yield* activeUser("held")
        const waiting = yield* another.withTransaction(
          Effect.gen(function* () {
            const fiber = yield* Effect.forkDetach(store.claim(attempt("u")), { startImmediately: true })
            // It could not, if waiting stopped the process.
            yield* Effect.sleep("30 millis")
            yield* isThere("held")
            assert.isUndefined(fiber.pollUnsafe())
            return fiber
          })
        )
        assert.isTrue(yield* Fiber.join(waiting))
      }).pipe(Effect.provide(SqliteClient.layerStoreSqlite({ filename, busyTimeout: "1 minute" })))
    })
  )

  it.live("without the table tells that migrations are to be run", () =>
    Effect.gen(function* () {
      const store = yield* VaultStore
      const error = yield* Effect.flip(store.live({ clientId, appUserId: "u" }))
      assert.include(error.detail, "no such table: snaptrade_vault_attempts (run the migrations")
    }).pipe(Effect.provide(SqliteClient.layerStoreSqlite({ filename: ":memory:", migrate: false })))
  )
})

describe("The store in SQL", () => {
  const both = layerBoth({ filename: ":memory:" })

  it.live("refuses to be called in a transaction of its client, which could take back what it did", () =>
    Effect.gen(function* () {
      const store = yield* VaultStore
      const sql = yield* SqlClient.SqlClient
      const error = yield* sql.withTransaction(Effect.flip(store.claim(attempt("u"))))
      assert.instanceOf(error, StoreFailed)
      assert.include(error.detail, "inside a transaction")
      assert.isEmpty(yield* store.page({ clientId, limit: 1 }))
    }).pipe(Effect.provide(both))
  )

  it.live("tells of a row that is no attempt, without the secret in it", () =>
    Effect.gen(function* () {
      const store = yield* VaultStore
      const sql = yield* SqlClient.SqlClient
      yield* activeUser("u")
      yield* sql`UPDATE snaptrade_vault_attempts SET reason = 'of another version'`
      const error = yield* Effect.flip(store.live({ clientId, appUserId: "app u" }))
      assert.instanceOf(error, StoreFailed)
      assert.include(error.detail, "does not read as an attempt")
      assert.notInclude(JSON.stringify(error), "sealed u")
    }).pipe(Effect.provide(both))
  )

  it.live("holds no active attempt without a secret, and no secret of another", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* activeUser("u")
      for (const wrong of ["sealed_secret = NULL", "state = 'doomed'", "state = 'sent'", "state = 'gone'"]) {
        const error = yield* Effect.flip(sql.unsafe(`UPDATE snaptrade_vault_attempts SET ${wrong}`))
        assert.strictEqual(error.reason._tag, "ConstraintError")
      }
    }).pipe(Effect.provide(both))
  )

  it.live("finds its table where the migrations ran elsewhere, more than once", () =>
    Effect.gen(function* () {
      yield* SqlVaultStore.migrations["0001_attempts"]
      yield* SqlVaultStore.migrations["0001_attempts"]
      yield* activeUser("u").pipe(Effect.provide(SqlVaultStore.layer({ migrate: false })))
    }).pipe(Effect.provide(SqliteClient.layer({ filename: ":memory:" })))
  )
})

describe("SqliteClient", () => {
  const memory = SqliteClient.layer({ filename: ":memory:" })

  it.live("takes back a transaction that fails, and the inner one alone", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE t (a)`
      const insert = (a: number) => sql`INSERT INTO t VALUES (${a})`
      yield* Effect.ignore(sql.withTransaction(Effect.andThen(insert(1), Effect.fail("no"))))
      const inner = Effect.ignore(sql.withTransaction(Effect.andThen(insert(3), Effect.fail("no"))))
      yield* sql.withTransaction(insert(2).pipe(Effect.andThen(inner), Effect.andThen(insert(4))))
      assert.deepStrictEqual(yield* sql`SELECT a FROM t ORDER BY a`.values, [[2], [4]])
    }).pipe(Effect.provide(memory))
  )

  it.live("binds what a statement may hold, and answers it", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const bytes = new Uint8Array([0, 1, 255])
      const [row] =
        yield* sql`SELECT ${"é\u{1f600}"} AS text, ${1.5} AS number, ${null} AS none, ${true} AS yes, ${bytes} AS bytes`
      assert.deepStrictEqual({ ...row }, { text: "é\u{1f600}", number: 1.5, none: null, yes: 1, bytes })
      const [[large] = []] = yield* sql`SELECT ${9_007_199_254_740_993n}`.values.pipe(
        Effect.provideService(SqlClient.SafeIntegers, true)
      )
      assert.strictEqual(large, 9_007_199_254_740_993n)
    }).pipe(Effect.provide(memory))
  )

  it.live("runs more statements than it keeps prepared", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      for (let round = 0; round < 2; round++) {
        for (let i = 0; i < 250; i++) {
          assert.deepStrictEqual(yield* sql`SELECT ${sql.literal(String(i))}, ${round}`.values, [[i, round]])
        }
      }
    }).pipe(Effect.provide(memory))
  )

  it.live("names a unique violation, and a statement's fault, as Effect does", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE t (a UNIQUE)`
      yield* sql`INSERT INTO t VALUES (1)`
      const error = yield* Effect.flip(sql`INSERT INTO t VALUES (1)`)
      assert.strictEqual(error.reason._tag, "UniqueViolation")
      assert.include((yield* Effect.flip(sql`SELEKT`)).reason.cause, { errcode: 1 })
    }).pipe(Effect.provide(memory))
  )
})

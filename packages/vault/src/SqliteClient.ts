/**
 * A `SqlClient` on a SQLite file, by the SQLite that Node and Bun bring (`node:sqlite`): Effect's own clients for these have no
 * release that fits Effect 4.1. Made so that what is written is there after a crash: write-ahead log, `synchronous = FULL`.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import { classifySqliteError, isSqlError, SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import * as Stream from "effect/Stream"
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"
import { failureDetail } from "./internal/sqlFailure.ts"
import * as SqlVaultStore from "./SqlVaultStore.ts"
import { StoreFailed } from "./VaultError.ts"
import type { VaultStore } from "./VaultStore.ts"

/**
 * Which file, and how long to wait for it.
 */
export interface Options {
  /** The database file, created where there is none; its directory has to exist. `":memory:"` is one that nobody else sees. */
  readonly filename: string
  /**
   * For how long a statement waits while another process or connection writes: 5 seconds unless told. Others are carried out
   * meanwhile: reads need not wait for a writer. A transaction that waits lets nobody else at the connection.
   */
  readonly busyTimeout?: Duration.Input | undefined
}

const cachedStatements = 100

// The operating system's time, whatever the clock of the fiber: another process holds the lock.
const pause = (millis: number) =>
  Effect.callback<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    return Effect.sync(() => clearTimeout(timer))
  })

// SQLITE_BUSY. Not SQLITE_BUSY_SNAPSHOT, which no waiting ends.
const isBusy = (cause: unknown) => {
  const code = errcodeOf(cause)
  return code !== undefined && (code & 0xff) === 5 && code !== 517
}

const errcodeOf = (cause: unknown): number | undefined =>
  typeof cause === "object" && cause !== null && "errcode" in cause && typeof cause.errcode === "number"
    ? cause.errcode
    : undefined

// Effect's classification reads `errno`, which node:sqlite calls `errcode`.
const sqlError = (cause: unknown, operation: string, message: string) =>
  new SqlError({
    reason: classifySqliteError(
      cause instanceof Error ? Object.assign(cause, { errno: errcodeOf(cause) }) : { message: String(cause) },
      { operation, message }
    )
  })

const parameter = (value: unknown): SQLInputValue => {
  if (typeof value === "boolean") return value ? 1 : 0
  if (value === undefined) return null
  // Whatever else it is, SQLite refuses by name what it cannot bind.
  return value as SQLInputValue
}

/** Again while the file is busy: node:sqlite's own waiting would stop every fiber of the process. */
const whileBusy = <A, E, R>(busyTimeout: number, run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  const attempt = (waited: number, wait: number): Effect.Effect<A, E, R> =>
    run.pipe(
      Effect.catch((error) => {
        if (!isSqlError(error) || !isBusy(error.reason.cause) || waited >= busyTimeout) return Effect.fail(error)
        const millis = Math.min(wait, busyTimeout - waited)
        return Effect.flatMap(pause(millis), () => attempt(waited + millis, Math.min(wait * 2, 20)))
      })
    )
  return attempt(0, 1)
}

type TransformRows = Parameters<Connection["execute"]>[2]

const transformed = (rows: Effect.Effect<ReadonlyArray<object>, SqlError>, transformRows: TransformRows) =>
  transformRows === undefined ? rows : Effect.map(rows, transformRows)

class SqliteConnection implements Connection {
  private readonly statements = new Map<string, StatementSync>()
  readonly database: DatabaseSync
  readonly busyTimeout: number

  constructor(database: DatabaseSync, busyTimeout: number) {
    this.database = database
    this.busyTimeout = busyTimeout
  }

  private prepared(sql: string): StatementSync {
    const known = this.statements.get(sql)
    if (known !== undefined) return known
    const statement = this.database.prepare(sql)
    if (this.statements.size >= cachedStatements) {
      const [oldest] = this.statements.keys()
      if (oldest !== undefined) this.statements.delete(oldest)
    }
    this.statements.set(sql, statement)
    return statement
  }

  private run<A>(sql: string, prepare: boolean, use: (statement: StatementSync) => A) {
    const carriedOut = Effect.withFiber<A, SqlError>((fiber) =>
      Effect.try({
        try: () => {
          const statement = prepare ? this.prepared(sql) : this.database.prepare(sql)
          statement.setReadBigInts(fiber.getRef(SqlClient.SafeIntegers))
          return use(statement)
        },
        catch: (cause) => sqlError(cause, "execute", "SQLite failed")
      })
    )
    return whileBusy(this.busyTimeout, carriedOut)
  }

  private rows(sql: string, params: ReadonlyArray<unknown>, prepare: boolean) {
    return this.run(sql, prepare, (statement) => {
      statement.setReturnArrays(false)
      return statement.all(...params.map(parameter))
    })
  }

  private values(sql: string, params: ReadonlyArray<unknown>, prepare: boolean) {
    return this.run(sql, prepare, (statement) => {
      statement.setReturnArrays(true)
      // The types of node:sqlite know of objects only.
      return statement.all(...params.map(parameter)) as ReadonlyArray<unknown> as ReadonlyArray<ReadonlyArray<unknown>>
    })
  }

  execute(sql: string, params: ReadonlyArray<unknown>, transformRows: TransformRows) {
    return transformed(this.rows(sql, params, true), transformRows)
  }
  executeUnprepared(sql: string, params: ReadonlyArray<unknown>, transformRows: TransformRows) {
    return transformed(this.rows(sql, params, false), transformRows)
  }
  executeRaw(sql: string, params: ReadonlyArray<unknown>) {
    return this.rows(sql, params, true)
  }
  executeValues(sql: string, params: ReadonlyArray<unknown>) {
    return this.values(sql, params, true)
  }
  executeValuesUnprepared(sql: string, params: ReadonlyArray<unknown>) {
    return this.values(sql, params, false)
  }
  executeStream(sql: string, params: ReadonlyArray<unknown>, transformRows: TransformRows) {
    return Stream.fromIterableEffect(this.execute(sql, params, transformRows))
  }
}

const open = Effect.fnUntraced(function* ({ busyTimeout = "5 seconds", filename }: Options) {
  // SQLite would take an empty one for a file that it deletes at the end, and with it every secret.
  if (typeof filename !== "string" || filename === "") {
    const message = 'The filename is missing or empty: name a file, or ":memory:" where nothing is to be kept'
    return yield* Effect.fail(sqlError(new Error(message), "open", message))
  }
  const sqlite = yield* Effect.tryPromise({
    try: () => import("node:sqlite"),
    catch: (cause) =>
      sqlError(cause, "open", "This runtime has no node:sqlite: it takes Node 22.19 or later, or a Bun that has it")
  })
  const database = yield* Effect.acquireRelease(
    Effect.try({
      // Waiting is done by the connection.
      try: () => new sqlite.DatabaseSync(filename, { timeout: 0 }),
      catch: (cause) => sqlError(cause, "open", `The SQLite file ${filename} does not open`)
    }),
    (opened) => Effect.sync(() => opened.close())
  )
  const connection = new SqliteConnection(database, Duration.toMillis(Duration.fromInputUnsafe(busyTimeout)))
  // fullfsync is for macOS, whose fsync leaves the data in the disk's own memory.
  for (const pragma of ["journal_mode = WAL", "synchronous = FULL", "fullfsync = ON"]) {
    yield* Effect.mapError(connection.executeUnprepared(`PRAGMA ${pragma}`, [], undefined), ({ reason }) =>
      sqlError(reason.cause, "open", `The SQLite file ${filename} does not open`)
    )
  }
  return connection
})

/**
 * Opens the file, and closes it with the scope.
 */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<SqlClient.SqlClient, SqlError, Scope.Scope | Reactivity.Reactivity> {
  const connection = yield* open(options)
  // One statement alone: busy, it has done nothing, and lets others at the connection while it waits.
  const impatient = new SqliteConnection(connection.database, 0)
  const acquirers = SqlClient.makeSqliteAcquirers({
    connection: Effect.succeed(connection),
    semaphore: yield* Semaphore.make(1),
    isTransaction: ({ database }) => database.isTransaction
  })
  return yield* SqlClient.make({
    ...acquirers,
    borrower: (use) =>
      whileBusy(
        connection.busyTimeout,
        acquirers.borrower(() => use(impatient))
      ),
    compiler: Statement.makeCompilerSqlite(),
    driver: "snaptrade-sqlite",
    // One that only reads at first, and writes later, fails at once where another process wrote in between.
    beginTransaction: "BEGIN IMMEDIATE",
    releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`,
    spanAttributes: [["db.system.name", "sqlite"]]
  })
})

/**
 * A `SqlClient` on a SQLite file.
 *
 * @example
 * ```ts
 * import * as SqliteClient from "@effect-snaptrade/vault/sqlite"
 * import * as Effect from "effect/Effect"
 * import * as SqlClient from "effect/sql/SqlClient"
 *
 * const program = Effect.gen(function* () {
 *   const sql = yield* SqlClient.SqlClient
 *   return yield* sql`SELECT state, count(*) AS attempts FROM snaptrade_vault_attempts GROUP BY state`
 * }).pipe(Effect.provide(SqliteClient.layer({ filename: "vault.db" })))
 * ```
 */
export const layer = (options: Options): Layer.Layer<SqlClient.SqlClient, SqlError> =>
  Layer.effect(SqlClient.SqlClient, make(options)).pipe(Layer.provide(Reactivity.layer))

/**
 * Keeps the vault's rows in a SQLite file: of one process, or of several on one machine. Not on a network file system, where
 * SQLite's locks do not hold.
 *
 * @example
 * ```ts
 * import { layerStoreSqlite } from "@effect-snaptrade/vault/sqlite"
 *
 * const store = layerStoreSqlite({ filename: "vault.db" })
 * ```
 */
export const layerStoreSqlite = (options: Options & SqlVaultStore.Options): Layer.Layer<VaultStore, StoreFailed> =>
  SqlVaultStore.layer(options).pipe(
    Layer.provide(
      Layer.effect(
        SqlClient.SqlClient,
        Effect.mapError(make(options), (error) => new StoreFailed({ step: "opening", detail: failureDetail(error) }))
      )
    ),
    Layer.provide(Reactivity.layer)
  )

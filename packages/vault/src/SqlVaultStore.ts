/**
 * Keeps the vault's rows in SQLite or PostgreSQL, through any `SqlClient` of Effect's that speaks one of them.
 *
 * Each step is one conditional statement, or a few that are each safe alone, so that no transaction is needed: D1 has none.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import { Attempt, type Key, type Reason } from "./Attempt.ts"
import { failureDetail } from "./internal/sqlFailure.ts"
import { StoreFailed } from "./VaultError.ts"
import { type UserRef, VaultStore } from "./VaultStore.ts"

/**
 * How the store is opened.
 */
export interface Options {
  /**
   * Whether to create or update its table first: true unless told. Then the database user needs the right to create tables,
   * and the client transactions, which D1 lacks. Where it is false, `migrations` have to have run.
   */
  readonly migrate?: boolean | undefined
  /** How long one step may take, 10 seconds unless told: a database that hangs fails the step. */
  readonly timeout?: Duration.Input | undefined
}

const table = "snaptrade_vault_attempts"
const migrationsTable = "snaptrade_vault_migrations"

// A B-tree of Postgres refuses entries above 2704 bytes, and an id may be longer: it goes in by its hash. `convert_to` is
// not immutable, as an index needs; `decode` is, and gives the same bytes once backslashes are doubled.
const hashStart = "sha256(decode(replace("
const hashEnd = ", chr(92), chr(92) || chr(92)), 'escape'))"
const hashOf = (column: string) => `${hashStart}${column}${hashEnd}`
// What of an id is in the index that pages are read from: at most 2000 bytes.
const headOf = (column: string) => `left(${column}, 500)`

const checks = `
  CHECK (origin IN ('vault', 'app', 'adopted')),
  CHECK (state IN ('sent', 'active', 'doomed', 'void')),
  CHECK ((state = 'active') = (sealed_secret IS NOT NULL)),
  CHECK (state = 'active' OR (state = 'sent') = (token IS NOT NULL))`

const postgresSchema = [
  `CREATE TABLE IF NOT EXISTS ${table} (
  client_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  app_user_id text COLLATE "C" NOT NULL,
  origin text NOT NULL,
  state text NOT NULL,
  reason text,
  lease_until timestamptz NOT NULL,
  sealed_secret text,
  token text,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,${checks}
)`,
  `CREATE UNIQUE INDEX IF NOT EXISTS ${table}_user ON ${table} (client_id, ${hashOf("user_id")})`,
  `CREATE UNIQUE INDEX IF NOT EXISTS ${table}_live ON ${table} (client_id, ${hashOf("app_user_id")})
  WHERE state IN ('sent', 'active')`,
  `CREATE INDEX IF NOT EXISTS ${table}_page ON ${table} (client_id, ${headOf("user_id")})`,
  `CREATE INDEX IF NOT EXISTS ${table}_state ON ${table} (client_id, state, ${headOf("user_id")})`
]

const sqliteSchema = [
  `CREATE TABLE IF NOT EXISTS ${table} (
  client_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  app_user_id TEXT NOT NULL,
  origin TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  lease_until INTEGER NOT NULL,
  sealed_secret TEXT,
  token TEXT,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (client_id, user_id),${checks}
) STRICT`,
  `CREATE UNIQUE INDEX IF NOT EXISTS ${table}_live ON ${table} (client_id, app_user_id)
  WHERE state IN ('sent', 'active')`,
  `CREATE INDEX IF NOT EXISTS ${table}_state ON ${table} (client_id, state, user_id)`
]

/**
 * The store's table, as migrations for Effect's `Migrator`: for those who run migrations of their own and open the store with
 * `migrate: false`. Under another number and name in your own record, if you like; each bears being run again, and none
 * needs a transaction.
 *
 * @example
 * ```ts
 * import { migrations } from "@effect-snaptrade/vault/sql"
 * import * as Migrator from "effect/sql/Migrator"
 *
 * const migrate = Migrator.make({})({
 *   loader: Migrator.fromRecord({ "0012_snaptrade_vault": migrations["0001_attempts"] })
 * })
 * ```
 */
export const migrations: { readonly "0001_attempts": Effect.Effect<void, SqlError, SqlClient.SqlClient> } = {
  "0001_attempts": Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.forEach(
      sql.onDialectOrElse({ pg: () => postgresSchema, orElse: () => sqliteSchema }),
      (statement) => sql.unsafe(statement),
      { discard: true }
    )
  )
}

/** What the two databases say differently. */
interface Dialect {
  /** The database's own time. */
  readonly now: Fragment
  readonly nowAnd: (millis: number) => Fragment
  readonly millisOf: (time: string) => Fragment
  /** Whether an id is the given one. */
  readonly is: (column: "user_id" | "app_user_id", id: string) => Fragment
  readonly isUserIn: (ids: ReadonlyArray<string>) => Fragment
  readonly isBehind: (userId: string) => Fragment
  readonly order: Fragment
}

const sqlite = (sql: SqlClient.SqlClient): Dialect => ({
  now: sql.literal("CAST(unixepoch('subsec') * 1000 AS INTEGER)"),
  nowAnd: (millis) => sql`CAST(unixepoch('subsec') * 1000 + ${millis} AS INTEGER)`,
  millisOf: (time) => sql.literal(time),
  is: (column, id) => sql`${sql.literal(column)} = ${id}`,
  // One parameter: D1 takes no more than a hundred.
  isUserIn: (ids) => sql`user_id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`,
  isBehind: (userId) => sql`user_id > ${userId}`,
  order: sql.literal("user_id")
})

const postgres = (sql: SqlClient.SqlClient): Dialect => {
  const hash = (text: Fragment) => sql`${sql.literal(hashStart)}${text}${sql.literal(hashEnd)}`
  return {
    now: sql.literal("clock_timestamp()"),
    nowAnd: (millis) => sql`clock_timestamp() + ${millis}::float8 * interval '1 millisecond'`,
    millisOf: (time) => sql.literal(`(extract(epoch FROM ${time}) * 1000)::float8`),
    is: (column, id) => sql`${sql.literal(hashOf(column))} = ${hash(sql`${id}::text`)}`,
    isUserIn: (ids) =>
      sql`${sql.literal(hashOf("user_id"))} = ANY (ARRAY(SELECT ${hash(sql`value`)} FROM jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb)))`,
    isBehind: (userId) =>
      sql`${sql.literal(headOf("user_id"))} >= ${sql.literal("left(")}${userId}::text, 500) AND user_id > ${userId}`,
    order: sql.literal(`${headOf("user_id")}, user_id`)
  }
}

const Row = Schema.Struct({ ...Attempt.fields, leaseHolds: Schema.Literals([0, 1]) })
const decodeRows = Schema.decodeUnknownEffect(Schema.Array(Row))

// What Postgres took back whole because of another transaction, by its own word.
const wasTakenBack = ({ reason }: SqlError) => reason._tag === "DeadlockError" || reason._tag === "SerializationError"

// Its client has waited as long as it was told to.
const hasWaited = new Set<SqlError["reason"]["_tag"]>(["ConnectionError", "LockTimeoutError"])

const isOne = (rows: ReadonlyArray<unknown>) => rows.length > 0

const failed = (step: string, detail: string) => new StoreFailed({ step, detail })

// What neither database can hold in a text; SnapTrade may list what somebody else registered.
const unstorable = /[\0\p{Surrogate}]/u

/**
 * Makes the store on the `SqlClient` of the context.
 */
export const make = Effect.fnUntraced(function* (options: Options = {}) {
  const client = yield* SqlClient.SqlClient
  const sql = client.withoutTransforms()
  const dialect = sql.onDialectOrElse({
    pg: () => postgres(sql),
    sqlite: () => sqlite(sql),
    orElse: () => undefined
  })
  if (dialect === undefined) {
    return yield* failed("opening", "the SqlClient speaks neither SQLite nor PostgreSQL")
  }
  const timeout = Duration.fromInputUnsafe(options.timeout ?? "10 seconds")

  const step = <A>(
    name: string,
    effect: Effect.Effect<A, SqlError | Schema.SchemaError>
  ): Effect.Effect<A, StoreFailed> =>
    Effect.withFiber((fiber) => {
      if (Context.getOrUndefined(fiber.context, sql.transactionService) !== undefined) {
        return Effect.fail(
          failed(
            name,
            "it was called inside a transaction of its SqlClient, whose rollback would undo what the vault counts on. Call the vault outside of it, or give its store a client of its own"
          )
        )
      }
      return effect.pipe(
        Effect.retry({ while: (error) => isSqlError(error) && wasTakenBack(error), times: 10 }),
        Effect.mapError((error) => failed(name, failureDetail(error))),
        // This runs it in a fiber of its own. So where interruption waits, the step still ends in time, and whoever interrupts its
        // caller does not interrupt it.
        Effect.timeoutOrElse({
          duration: timeout,
          orElse: () => Effect.fail(failed(name, `the database did not answer within ${Duration.format(timeout)}`))
        }),
        Effect.provideService(SqlClient.SafeIntegers, false)
      )
    })

  const attempts = sql.literal(table)
  const { is, now } = dialect
  const isUser = ({ clientId, userId }: UserRef) => sql`client_id = ${clientId} AND ${is("user_id", userId)}`
  const isKey = ({ appUserId, clientId }: Key) => sql`client_id = ${clientId} AND ${is("app_user_id", appUserId)}`
  const isLive = sql.literal("state IN ('sent', 'active')")
  // What gives way: an attempt that nobody knows the userId of.
  const mayBeDoomed = sql.literal("state = 'sent' AND origin <> 'app'")
  const columns = sql`client_id AS "clientId", app_user_id AS "appUserId", user_id AS "userId", origin, state, reason, sealed_secret AS "sealedSecret", token, CASE WHEN token IS NOT NULL AND lease_until > ${now} THEN 1 ELSE 0 END AS "leaseHolds", ${dialect.millisOf("created_at")} AS "createdAt", ${dialect.millisOf("changed_at")} AS "changedAt"`

  const read = (where: Fragment) =>
    Effect.map(Effect.flatMap(sql`SELECT ${columns} FROM ${attempts} WHERE ${where}`, decodeRows), (rows) =>
      rows.map((row) => new Attempt({ ...row, leaseHolds: row.leaseHolds === 1 }))
    )
  const update = (set: Fragment, where: Fragment) =>
    sql`UPDATE ${attempts} SET ${set}, changed_at = ${now} WHERE ${where} RETURNING user_id`
  const doom = (reason: Reason, where: Fragment) =>
    update(sql`state = 'doomed', reason = ${reason}, sealed_secret = NULL, token = NULL`, where)
  const insert = (values: Fragment) =>
    sql`INSERT INTO ${attempts} (client_id, app_user_id, user_id, origin, state, token, sealed_secret, lease_until, created_at, changed_at) VALUES (${values}, ${now}, ${now}) ON CONFLICT DO NOTHING RETURNING user_id`

  const store: VaultStore["Service"] = {
    live: (key) =>
      step(
        "reading an app user's attempt",
        Effect.map(read(sql`${isKey(key)} AND ${isLive}`), (rows) => rows[0])
      ),
    claim: ({ appUserId, clientId, lease, origin, token, userId }) => {
      const claimed = Effect.map(
        insert(
          sql`${clientId}, ${appUserId}, ${userId}, ${origin}, 'sent', ${token}, NULL, ${dialect.nowAnd(Duration.toMillis(lease))}`
        ),
        isOne
      )
      const isOver = sql`${isKey({ clientId, appUserId })} AND ${mayBeDoomed} AND lease_until <= ${now}`
      return step(
        "claiming",
        Effect.flatMap(claimed, (first) =>
          first ? Effect.succeed(true) : Effect.andThen(doom("lease-over", isOver), claimed)
        )
      )
    },
    reclaim: ({ inDoubt, lease, ...attempt }) => {
      const isFree = inDoubt
        ? sql`state = 'sent' AND lease_until <= ${now}`
        : sql`state = 'void' AND NOT EXISTS (SELECT 1 FROM ${attempts} WHERE ${isKey(attempt)} AND ${isLive})`
      return step(
        "claiming again",
        update(
          sql`state = 'sent', token = ${attempt.token}, reason = NULL, lease_until = ${dialect.nowAnd(Duration.toMillis(lease))}`,
          sql`${isUser(attempt)} AND ${is("app_user_id", attempt.appUserId)} AND origin = 'app' AND ${isFree}`
        ).pipe(
          Effect.map(isOne),
          // Another attempt of the key became live in between.
          Effect.catchIf(
            ({ reason }) => reason._tag === "UniqueViolation",
            () => Effect.succeed(false)
          )
        )
      )
    },
    complete: ({ sealedSecret, token, ...attempt }) =>
      step(
        "storing a secret",
        Effect.map(
          update(
            sql`state = 'active', token = NULL, sealed_secret = ${sealedSecret}`,
            sql`${isUser(attempt)} AND state = 'sent' AND token = ${token}`
          ),
          isOne
        )
      ),
    end: ({ reason, state, token, ...attempt }) =>
      step(
        "ending an attempt",
        Effect.map(
          update(
            sql`state = ${state}, token = NULL, reason = ${reason}`,
            token === null
              ? sql`${isUser(attempt)} AND state = 'void' AND state <> ${state}`
              : sql`${isUser(attempt)} AND state = 'sent' AND token = ${token}`
          ),
          isOne
        )
      ),
    release: ({ token, ...attempt }) =>
      step(
        "releasing an attempt",
        Effect.asVoid(
          update(sql`lease_until = ${now}`, sql`${isUser(attempt)} AND state = 'sent' AND token = ${token}`)
        )
      ),
    forget: (attempt) =>
      step("forgetting", Effect.map(doom("forgotten", sql`${isUser(attempt)} AND ${isLive}`), isOne)),
    adopt: ({ sealedSecret, ...attempt }) => {
      const { appUserId, clientId, userId } = attempt
      const own = Effect.map(
        update(
          sql`state = 'active', sealed_secret = ${sealedSecret}, reason = NULL, token = NULL`,
          sql`${isUser(attempt)} AND ${is("app_user_id", appUserId)} AND state = 'sent'`
        ),
        isOne
      )
      const inserted = Effect.map(
        insert(sql`${clientId}, ${appUserId}, ${userId}, 'adopted', 'active', NULL, ${sealedSecret}, ${now}`),
        isOne
      )
      const hasRow = sql`EXISTS (SELECT 1 FROM ${attempts} WHERE ${isUser(attempt)})`
      const superseded = Effect.map(
        doom("superseded", sql`${isKey(attempt)} AND ${mayBeDoomed} AND NOT ${hasRow}`),
        isOne
      )
      const isRefused = Effect.map(
        sql`SELECT 1 FROM ${attempts} WHERE (${isUser(attempt)} AND NOT (${is("app_user_id", appUserId)} AND state = 'sent')) OR (${isKey(attempt)} AND ${isLive} AND NOT (${is("user_id", userId)}) AND (state = 'active' OR origin = 'app')) LIMIT 1`,
        isOne
      )
      // Others may come between any two of these; then it looks again.
      const adopted: Effect.Effect<boolean, SqlError> = Effect.gen(function* () {
        while (true) {
          if (yield* own) return true
          if (yield* inserted) return true
          if (yield* superseded) continue
          if (yield* isRefused) return false
        }
      })
      return step("adopting", adopted)
    },
    replaceSecret: ({ endsRotation, from, sealedSecret, ...attempt }) =>
      step(
        "storing another secret",
        Effect.map(
          update(
            sql`sealed_secret = ${sealedSecret}${sql.literal(endsRotation ? ", token = NULL" : "")}`,
            sql`${isUser(attempt)} AND state = 'active' AND sealed_secret = ${from}`
          ),
          isOne
        )
      ),
    markRotation: ({ from, lease, to, ...attempt }) => {
      const stands = from === null ? sql.literal("token IS NULL") : sql`token = ${from}`
      return step(
        "marking a rotation",
        Effect.map(
          update(
            sql`token = ${to}, lease_until = ${dialect.nowAnd(Duration.toMillis(lease))}`,
            sql`${isUser(attempt)} AND state = 'active' AND ${stands}`
          ),
          isOne
        )
      )
    },
    doomExpired: (clientId) =>
      step(
        "dooming what nobody is at",
        Effect.map(
          doom("lease-over", sql`client_id = ${clientId} AND ${mayBeDoomed} AND lease_until <= ${now}`),
          (rows) => rows.length
        )
      ),
    rows: (clientId, userIds) =>
      step(
        "reading attempts",
        read(sql`client_id = ${clientId} AND ${dialect.isUserIn(userIds.filter((userId) => !unstorable.test(userId)))}`)
      ),
    page: ({ after, clientId, limit, state }) => {
      const inState = state === undefined ? sql.literal("") : sql` AND state = ${state}`
      const behind = after === undefined ? sql.literal("") : sql` AND ${dialect.isBehind(after)}`
      return step(
        "reading a page of attempts",
        read(sql`client_id = ${clientId}${inState}${behind} ORDER BY ${dialect.order} LIMIT ${limit}`)
      )
    }
  }

  if (options.migrate ?? true) {
    yield* Migrator.make({})({ loader: Migrator.fromRecord(migrations), table: migrationsTable }).pipe(
      // Processes that start at once get into each other's way; the table is there for whoever comes again.
      Effect.retry({
        while: (error) => error._tag === "MigrationError" || (error.isRetryable && !hasWaited.has(error.reason._tag)),
        schedule: Schedule.jittered(Schedule.spaced("100 millis")),
        times: 10
      }),
      Effect.mapError((error) => failed("creating its table", failureDetail(error))),
      // The client of D1 dies of a transaction.
      Effect.catchDefect((defect) =>
        typeof defect === "string" && defect.startsWith("transactions are not supported")
          ? Effect.fail(
              failed(
                "creating its table",
                `${defect}: create it by a migration, and open the store with migrate: false`
              )
            )
          : Effect.die(defect)
      )
    )
  }
  const isPostgres = sql.onDialectOrElse({ pg: () => true, orElse: () => false })
  const setting = sql<{ readonly value: string }>`SELECT current_setting('synchronous_commit') AS value`
  const [commits] = isPostgres
    ? yield* Effect.mapError(setting, (error) => failed("opening", failureDetail(error)))
    : []
  if (commits?.value === "off") {
    return yield* failed(
      "opening",
      "synchronous_commit is off, so that a crash of the server loses secrets it said it had stored. Turn it on for the vault's user: ALTER ROLE … SET synchronous_commit = on"
    )
  }
  return store
})

/**
 * Keeps the vault's rows in the database of the `SqlClient`, in the table `snaptrade_vault_attempts`.
 *
 * On PostgreSQL from version 11, with `@effect/sql-pg`; on SQLite from version 3.42, with `@effect-snaptrade/vault/sqlite` or
 * another client; on Cloudflare's D1, with `@effect/sql-d1` and `migrate: false`: the package has the table in
 * `migrations/d1`, for wrangler. A step that succeeded is as durable as the database makes a commit: a PostgreSQL whose
 * `synchronous_commit` is off is refused; of SQLite's clients ours sets `synchronous` to `FULL`, see to it with another.
 * A database that hangs fails a step after `timeout`, and some seconds more that the client takes to give its connection up.
 *
 * @example
 * ```ts
 * import { layer } from "@effect-snaptrade/vault/sql"
 * import { PgClient } from "@effect/sql-pg"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const url = Redacted.make("postgres://app@db.example/app")
 * const store = layer().pipe(Layer.provide(PgClient.layer({ url })))
 * ```
 */
export const layer = (options: Options = {}): Layer.Layer<VaultStore, StoreFailed, SqlClient.SqlClient> =>
  Layer.effect(VaultStore, make(options))

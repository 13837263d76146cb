/**
 * What the vault costs: a sign-up through it beside a bare registration, one after another in one run, on SQLite and on
 * PostgreSQL; and how many statements each takes. Prints a table for docs/vault.md. Run by `pnpm vault-cost`.
 */
import { registerUser, type SnapTrade } from "@effect-snaptrade/core"
import { NodeSnapTrade } from "@effect-snaptrade/node"
import { LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServerProcess } from "@effect-snaptrade/testing/server"
import { layerSealer, layerVault, Vault } from "@effect-snaptrade/vault"
import { layer as layerStoreSql } from "@effect-snaptrade/vault/sql"
import * as SqliteClient from "@effect-snaptrade/vault/sqlite"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { SqlClient } from "effect/sql/SqlClient"
import * as Tracer from "effect/Tracer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startPostgres } from "./postgres.ts"

const rounds = 400
const warmUp = 100

let statements = 0
const counting = Tracer.make({
  span(options) {
    const span = new Tracer.NativeSpan(options)
    // Of the spans that are a client's, those that are not SnapTrade's are the database's.
    if (options.kind === "client" && !options.name.startsWith("SnapTrade")) statements++
    return span
  }
})

const microseconds = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const from = process.hrtime.bigint()
    return Effect.map(effect, () => Number(process.hrtime.bigint() - from) / 1000)
  })

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const measure = Effect.gen(function* () {
  const vault = yield* Vault
  const kinds: Record<string, (i: number) => Effect.Effect<unknown, unknown, SnapTrade>> = {
    "`registerUser`, without the vault": (i) => registerUser({ userId: `bare-${i}` }),
    "`ensureUser`, a new user": (i) => vault.ensureUser(`app-${i}`),
    "`ensureUser`, a user that is held": (i) => vault.ensureUser(`app-${i}`)
  }
  const kept = Object.entries(kinds).map(([kind, call]) => ({ kind, call, took: [] as Array<number>, statements: 0 }))
  // In turns, so that what else the machine does befalls all alike.
  for (let i = 0; i < warmUp + rounds; i++) {
    for (const { call, took } of kept) {
      const micros = yield* microseconds(call(i))
      if (i >= warmUp) took.push(micros)
    }
  }
  for (const row of kept) {
    statements = 0
    yield* Effect.provideService(row.call(warmUp + rounds), Tracer.Tracer, counting)
    row.statements = statements
  }
  const bare = median(kept[0]?.took ?? [])
  return kept.map(({ kind, statements: count, took }) => ({ kind, ratio: median(took) / bare, statements: count }))
})

const sealer = layerSealer({ keys: [{ id: "cost", key: Redacted.make(btoa("k".repeat(32))) }] })

const snapTrade = Layer.unwrap(
  Effect.map(LocalSnapTrade, ({ baseUrl, clientId, consumerKey }) =>
    NodeSnapTrade.layer({ baseUrl, clientId, consumerKey })
  )
).pipe(Layer.provide(layerServerProcess({ requestsPerMinute: 1_000_000 })))

const on = <E>(client: Layer.Layer<SqlClient, E>) =>
  measure.pipe(
    Effect.provide(
      layerVault().pipe(
        Layer.provide(layerStoreSql().pipe(Layer.provide(client))),
        Layer.provide(sealer),
        Layer.provideMerge(snapTrade)
      )
    )
  )

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "vault-cost-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const postgres = Effect.acquireRelease(
  Effect.promise(() => startPostgres()),
  (server) => Effect.promise(() => server.stop())
)

const program = Effect.gen(function* () {
  const sqlite = yield* on(SqliteClient.layer({ filename: join(yield* directory, "vault.db") }))
  const pg = yield* on(PgClient.layer({ url: Redacted.make((yield* postgres).url) }))
  yield* Console.log("| call | SQLite | Postgres | statements |")
  yield* Console.log("| --- | --- | --- | --- |")
  for (const [i, { kind, ratio, statements: count }] of sqlite.entries())
    yield* Console.log(`| ${kind} | ${ratio.toFixed(2)}× | ${pg[i]?.ratio.toFixed(2)}× | ${count} |`)
})

program.pipe(Effect.scoped, NodeRuntime.runMain)

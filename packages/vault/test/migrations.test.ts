import { migrations } from "@effect-snaptrade/vault/sql"
import * as SqliteClient from "@effect-snaptrade/vault/sqlite"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { temporaryDirectory } from "./temporary.ts"

const file = readFileSync(new URL("../migrations/d1/0001_snaptrade_vault.sql", import.meta.url), "utf8")

const newDatabase = Layer.unwrap(
  Effect.map(temporaryDirectory, (directory) => SqliteClient.layer({ filename: join(directory, "vault.db") }))
)

/** What a database consists of once it is migrated, but for line breaks and indents. */
const schemaAfter = <E>(migrate: Effect.Effect<unknown, E, SqlClient.SqlClient>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* migrate
    const objects = yield* sql<{ readonly sql: string | null }>`SELECT sql FROM sqlite_schema ORDER BY name`
    return objects.map((object) => object.sql?.replaceAll(/\s+/g, " "))
  }).pipe(Effect.provide(newDatabase, { local: true }))

it.live("The migration for wrangler makes what `migrations` makes", () =>
  Effect.gen(function* () {
    const statements = file.split(";\n").filter((statement) => statement.trim() !== "")
    const byFile = yield* schemaAfter(
      Effect.flatMap(SqlClient.SqlClient, (sql) => Effect.forEach(statements, (statement) => sql.unsafe(statement)))
    )
    assert.deepStrictEqual(byFile, yield* schemaAfter(migrations["0001_attempts"]))
    assert.isNotEmpty(byFile)
  }).pipe(Effect.scoped)
)

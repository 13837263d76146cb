import { storeConformance } from "@effect-snaptrade/vault/conformance"
import * as SqlVaultStore from "@effect-snaptrade/vault/sql"
import * as SqliteClient from "@effect-snaptrade/vault/sqlite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"

const directory = mkdtempSync(join(tmpdir(), "effect-snaptrade-vault-"))
afterAll(() => rmSync(directory, { recursive: true }))

storeConformance({
  name: `SQLite on ${"bun" in process.versions ? "Bun" : "Node"}`,
  layer: SqlVaultStore.layer().pipe(Layer.provideMerge(SqliteClient.layer({ filename: join(directory, "vault.db") }))),
  clock: "live",
  passLeases: Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE snaptrade_vault_attempts SET lease_until = 0`)
})

/**
 * The stores under test.
 */
import { layer as layerStoreSql } from "@effect-snaptrade/vault/sql"
import { layerStoreSqlite } from "@effect-snaptrade/vault/sqlite"
import { PgClient } from "@effect/sql-pg"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Place } from "./settings.ts"

// Many processes share few cores: a store that is slow has not failed.
const patience = "30 seconds"

/** The store at its place. */
export const layerStore = ({ database, url }: Place) =>
  database === "sqlite"
    ? layerStoreSqlite({ filename: url, busyTimeout: patience, timeout: patience })
    : layerStoreSql({ timeout: patience }).pipe(
        Layer.provide(PgClient.layer({ url: Redacted.make(url), maxConnections: 4 }))
      )

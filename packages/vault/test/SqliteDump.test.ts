import { layerStoreSqlite } from "@effect-snaptrade/vault/sqlite"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { holdsNoSecret } from "./dump.ts"
import { temporaryDirectory } from "./temporary.ts"

describe("The files of SQLite", () => {
  it.live("hold no secret, in any spelling, the write-ahead log included", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      // While the store is open: closing it empties the log.
      const dump = Effect.sync(() => readdirSync(directory).map((file) => readFileSync(join(directory, file))))
      yield* holdsNoSecret(layerStoreSqlite({ filename: join(directory, "vault.db") }), dump)
    }).pipe(Effect.scoped)
  )
})

/**
 * Where the stores under test keep their rows.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { join } from "node:path"
import { startPostgres } from "../postgres.ts"
import type { Database, Place } from "./settings.ts"

/** A new place, which goes with the scope. */
export const placeOf = (database: Database, directory: string): Effect.Effect<Place, never, Scope.Scope> =>
  database === "sqlite"
    ? Effect.succeed({ database, url: join(directory, "vault.db") })
    : Effect.map(
        Effect.acquireRelease(Effect.promise(startPostgres), (server) => Effect.promise(server.stop)),
        ({ url }): Place => ({ database, url })
      )

/**
 * Where the stores under test keep their rows.
 */
import * as Effect from "effect/Effect"
import { join } from "node:path"
import type { Database, Place } from "./settings.ts"

/** A new place, which goes with the scope. */
export const placeOf = (database: Database, directory: string): Effect.Effect<Place> =>
  Effect.succeed({ database, url: join(directory, "vault.db") })

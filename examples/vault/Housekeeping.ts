/**
 * What a vault needs beside sign-ups: every night, delete at SnapTrade what was given up.
 */
import { Vault } from "@effect-snaptrade/vault"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

/** One sweep, told in a line. A failure is for tomorrow: nothing is lost meanwhile. */
export const sweep = Vault.use((vault) => vault.sweep({ delete: true })).pipe(
  Effect.flatMap(({ deleted, failed, listed, orphans }) =>
    Effect.logInfo(
      `swept: ${listed} users listed, ${orphans.length} given up, ${deleted.length} deleted, ${failed.length} to try again`
    )
  ),
  Effect.catch((error) => Effect.logError(error.message))
)

/** Sweeps at four every night, for as long as the app runs. */
export const sweepNightly = Effect.schedule(sweep, Schedule.cron("0 4 * * *"))

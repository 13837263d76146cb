/**
 * One store under one local SnapTrade: workers come and are killed, then everything is accounted for.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import { join } from "node:path"
import { check, type Findings } from "./check.ts"
import * as Faults from "./faults.ts"
import { create } from "./journal.ts"
import { killWorkers } from "./kills.ts"
import { deletionsTake, layerLocal, settingsOf } from "./local.ts"
import type { Place } from "./settings.ts"
import * as CrashVault from "./vault.ts"

/** What a run showed. */
export interface Outcome extends Findings {
  readonly kills: number
  readonly faultsGiven: number
  readonly seconds: number
}

// Milliseconds for a registration: short, so that nobody waits long for a dead worker's lease.
const timeout = 1000

export const run = (options: {
  readonly bundle: string
  readonly directory: string
  readonly kills: number
  readonly place: Place
  readonly seed: number
}) =>
  Effect.gen(function* () {
    const started = yield* Clock.currentTimeMillis
    const journal = join(options.directory, `${options.place.database}.jsonl`)
    create(journal)
    const settings = yield* settingsOf({ ...options, journal, timeout })
    const given = { faults: 0 }
    const kills = yield* Effect.raceFirst(
      killWorkers({ bundle: options.bundle, kills: options.kills, settings }),
      Effect.andThen(Faults.keepComing(given), Effect.never)
    )
    yield* Faults.calm
    yield* Effect.sleep(Duration.times(deletionsTake, 2))
    const findings = yield* Effect.provide(
      check(journal),
      CrashVault.layer(settings).pipe(Layer.provideMerge(CrashVault.layerParts(settings, "20 seconds")))
    )
    const seconds = ((yield* Clock.currentTimeMillis) - started) / 1000
    const outcome: Outcome = { ...findings, kills, faultsGiven: given.faults, seconds }
    return outcome
  }).pipe(
    Effect.provide(layerLocal(`crash-${options.place.database}-${options.seed}`)),
    Random.withSeed(`${options.seed}, ${options.place.database}`)
  )

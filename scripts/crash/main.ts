/**
 * `pnpm crash`: kills processes that use the vault, at every step and at random, and accounts for every user.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { join } from "node:path"
import { askForAll } from "./askForAll.ts"
import { bundleWorker } from "./bundle.ts"
import { faultsOf, markdown, type Result, writeReport } from "./report.ts"
import { run } from "./run.ts"
import type { Database } from "./settings.ts"
import { placeOf } from "./places.ts"

const inFull = 500

const databases = ["sqlite", "postgres"] as const

const crash = Effect.fnUntraced(function* (options: {
  readonly kills: number
  readonly seed: Option.Option<number>
  readonly store: Database | "both"
}) {
  const fileSystem = yield* FileSystem.FileSystem
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "effect-snaptrade-crash-" })
  const seed = Option.isSome(options.seed) ? options.seed.value : yield* Random.nextIntBetween(1, 999_999)
  const bundle = join(directory, "worker.mjs")
  yield* bundleWorker(bundle)
  // Both at once: most of the time a process waits.
  const results = yield* Effect.forEach(
    options.store === "both" ? databases : [options.store],
    Effect.fnUntraced(function* (database) {
      yield* Console.error(`${database}, seed ${seed}`)
      const place = yield* placeOf(database, directory)
      const all = { bundle, directory, place, seed }
      const asked = yield* askForAll(all)
      const result: Result = { database, asked, crashes: yield* run({ ...all, kills: options.kills }) }
      return result
    }),
    { concurrency: "unbounded" }
  )
  const report = markdown(seed, results)
  const faults = results.flatMap(faultsOf)
  yield* Console.log(report)
  for (const fault of faults) yield* Console.log(`- ${fault}`)
  const failed = results.filter((result) => faultsOf(result).length > 0).length
  yield* Console.log(`${results.length - failed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
  else if (options.store === "both" && options.kills >= inFull) writeReport(report)
})

const command = Command.make(
  "crash",
  {
    kills: Flag.Int("kills").pipe(
      Flag.withDescription("How many processes to kill for each store"),
      Flag.withDefault(inFull)
    ),
    seed: Flag.Int("seed").pipe(
      Flag.withDescription("Of what is done at random; one at random unless told"),
      Flag.optional
    ),
    store: Flag.Literals("store", [...databases, "both"]).pipe(
      Flag.withDescription("Where the vault keeps its rows"),
      Flag.withDefault("both")
    )
  },
  (options) => Effect.scoped(crash(options))
).pipe(
  Command.withDescription(
    `Kill processes that use the vault, at every step and at random, and account for every user. A whole run, of both stores with ${inFull} kills, writes docs/vault.md`
  )
)

command.pipe(
  Command.run({ version: "0.0.0" }),
  Effect.provide(Layer.merge(NodeServices.layer, Logger.layer([]))),
  NodeRuntime.runMain
)

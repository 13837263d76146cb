/**
 * One worker after another, several at once, each killed: at a named step, or at random.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { startWorker } from "./processes.ts"
import type { Settings } from "./settings.ts"
import { type Step, steps } from "./steps.ts"

const atOnce = 4
const patience = "8 seconds"

/** Starts and kills so many workers, or some more until each step has been hit; answers how many. */
export const killWorkers = (options: {
  readonly bundle: string
  readonly kills: number
  readonly settings: Omit<Settings, "worker" | "task">
}) =>
  Effect.gen(function* () {
    const tried = new Map<Step, number>(steps.map((step) => [step, 0]))
    let killed = 0

    // The step at which the fewest have died so far.
    const rarest = () =>
      steps.reduce((least, step) => ((tried.get(step) ?? 0) < (tried.get(least) ?? 0) ? step : least), steps[0])
    const isUntried = () => tried.get(rarest()) === 0

    const one = Effect.fnUntraced(function* (i: number) {
      const step = i % 2 === 0 || isUntried() ? rarest() : undefined
      if (step !== undefined) tried.set(step, (tried.get(step) ?? 0) + 1)
      const nth = yield* Random.nextIntBetween(1, 3)
      const worker = yield* startWorker(options.bundle, {
        ...options.settings,
        worker: i,
        seed: `${options.settings.seed}, worker ${i}`,
        task: { _tag: "Live", from: 2 * i, ...(step !== undefined && { die: { step, nth } }) }
      })
      yield* worker.ready
      const wait = step === undefined ? (yield* Random.next) * 1500 : patience
      const byItself = yield* Effect.timeoutOption(worker.killed, wait)
      yield* worker.kill
      yield* worker.killed
      // Not reached in time: it is the next worker's to reach.
      if (Option.isNone(byItself) && step !== undefined) {
        tried.set(step, (tried.get(step) ?? 1) - 1)
        yield* Console.error(`${options.settings.place.database}: nobody came to "${step}" in time`)
      }
      killed++
      if (killed % 50 === 0)
        yield* Console.error(`${options.settings.place.database}: ${killed} of ${options.kills} killed`)
    }, Effect.scoped)

    const workers = Array.from({ length: options.kills }, (_, i) => i)
    yield* Effect.forEach(workers, one, { concurrency: atOnce, discard: true })
    for (let more = 0; isUntried() && more < 2 * steps.length; more++) yield* one(options.kills + more)
    return killed
  })

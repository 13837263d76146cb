/**
 * Eight processes ask for the same 200 app users at once, with leases far above the latency: each is registered once.
 */
import { LocalSnapTrade } from "@effect-snaptrade/testing"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { create, of, read } from "./journal.ts"
import { layerLocal, settingsOf } from "./local.ts"
import { startWorker } from "./processes.ts"
import type { Place } from "./settings.ts"

const processes = 8
const count = 200

// Milliseconds: nobody is that slow.
const timeout = 60_000

/** What was seen. */
export interface Asked {
  readonly registrations: number
  readonly users: number
  readonly secrets: number
  readonly faults: ReadonlyArray<string>
}

export const askForAll = (options: {
  readonly bundle: string
  readonly directory: string
  readonly place: Place
  readonly seed: number
}) =>
  Effect.gen(function* () {
    const local = yield* LocalSnapTrade
    const journal = join(options.directory, `${options.place.database}-all.jsonl`)
    create(journal)
    const settings = yield* settingsOf({ ...options, journal, timeout })
    const worker = Effect.fnUntraced(function* (i: number) {
      const { ended } = yield* startWorker(options.bundle, {
        ...settings,
        worker: i,
        task: { _tag: "AskForAll", count }
      })
      yield* ended
    }, Effect.scoped)
    const all = Array.from({ length: processes }, (_, i) => i)
    yield* Effect.forEach(all, worker, { concurrency: "unbounded", discard: true })

    const handed = of(read(journal), "Handed")
    const requests = yield* local.requests
    const registrations = requests.filter(({ path }) => path.endsWith("/snapTrade/registerUser")).length
    const users = (yield* local.users).length
    const secrets = new Set(handed.map(({ secret }) => secret)).size
    const what = `${handed.length} answers, ${registrations} registrations, ${users} users, ${secrets} secrets`
    const isSound =
      handed.length === processes * count && registrations === count && users === count && secrets === count
    const asked: Asked = { registrations, users, secrets, faults: isSound ? [] : [`asked for all at once: ${what}`] }
    return asked
  }).pipe(Effect.provide(layerLocal(`all-${options.place.database}-${options.seed}`)))

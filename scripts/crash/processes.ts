/**
 * Starting workers, killing them, and seeing how they ended.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { type ChildProcess, spawn } from "node:child_process"
import { dirname } from "node:path"
import type { Settings } from "./settings.ts"

/** A worker ended otherwise than it should. */
export class WorkerEnded extends Data.TaggedError("WorkerEnded")<{ readonly message: string }> {}

/** A worker that runs. */
export interface Worker {
  /** Once it has begun its task. */
  readonly ready: Effect.Effect<void>
  readonly kill: Effect.Effect<void>
  /** Once it is gone: the signal that killed it; fails where it ended by itself, with what it said. */
  readonly killed: Effect.Effect<NodeJS.Signals, WorkerEnded>
  /** Once it is gone, and ended well by itself. */
  readonly ended: Effect.Effect<void, WorkerEnded>
}

interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const start = (bundle: string, settings: Settings) => {
  const child: ChildProcess = spawn(process.execPath, [bundle, JSON.stringify(settings)], {
    // Its standard input ends with this process, and so does it.
    stdio: ["pipe", "pipe", "pipe"],
    // The workers that end by themselves leave what the others start from.
    env: { ...process.env, NODE_COMPILE_CACHE: dirname(bundle) }
  })
  let said = ""
  child.stderr?.on("data", (chunk) => (said += chunk))
  const end = new Promise<End>((resolve) => child.on("close", (code, signal) => resolve({ code, signal })))
  const ready = new Promise<void>((resolve) => child.stdout?.once("data", () => resolve()))
  const failed = ({ code, signal }: End) =>
    new WorkerEnded({ message: `Worker ${settings.worker} ended with ${code ?? signal}: ${said}` })
  const worker: Worker = {
    ready: Effect.promise(() => Promise.race([ready, end.then(() => undefined)])),
    kill: Effect.sync(() => void child.kill("SIGKILL")),
    killed: Effect.flatMap(
      Effect.promise(() => end),
      (how) => (how.signal === null ? Effect.fail(failed(how)) : Effect.succeed(how.signal))
    ),
    ended: Effect.flatMap(
      Effect.promise(() => end),
      (how) => (how.code === 0 ? Effect.void : Effect.fail(failed(how)))
    )
  }
  return { child, end, worker }
}

/** Starts a worker; it is killed with the scope. */
export const startWorker = (bundle: string, settings: Settings) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => start(bundle, settings)),
      ({ child, end }) =>
        Effect.promise(() => {
          child.kill("SIGKILL")
          return end
        })
    ),
    ({ worker }) => worker
  )

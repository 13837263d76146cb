/**
 * A run in stages: what each found out is kept as it ends, so that a run that was cut off goes on where it was.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { generated } from "../places.ts"
import { print } from "../table.ts"

const directory = join(generated, "stages")

interface Kept {
  readonly seconds: number
  readonly found: unknown
}

export interface Stages {
  /** Runs a stage, or answers what it found out in the run that is resumed. */
  readonly stage: <A>(name: string, run: () => Promise<A>) => Promise<A>
  /** What all stages took, those of the resumed run included. */
  readonly seconds: () => number
}

/** `run` names what is measured: nothing that was found out of something else is resumed. */
export const makeStages = (run: string, resume: boolean): Stages => {
  if (!resume) rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  let seconds = 0
  return {
    seconds: () => Math.round(seconds),
    stage: async <A>(name: string, measure: () => Promise<A>): Promise<A> => {
      const file = join(directory, `${run} ${name}.json`)
      if (!existsSync(file)) {
        print(`${seconds.toFixed(0).padStart(4)} s  ${name}`)
        const before = performance.now()
        const found = await measure()
        const kept: Kept = { seconds: (performance.now() - before) / 1000, found }
        writeFileSync(file, JSON.stringify(kept))
      }
      const kept: Kept = JSON.parse(readFileSync(file, "utf8"))
      seconds += kept.seconds
      // What JSON keeps of it is all that a result has; it was written by this stage.
      return kept.found as A
    }
  }
}

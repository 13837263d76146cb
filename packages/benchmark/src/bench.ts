/**
 * `pnpm bench`: speed, memory and cold start beside the peers, in one run. Writes results.json, plots and README.md.
 *
 *     --quick       about a minute, to see that everything works; written beside the generated programs, not into docs
 *     --resume      goes on where a run of the same commit was cut off; what its stages found out is kept
 *     --profile     only CPU profiles of a call, and where its time goes: profile.md
 *     --render      no measurement: what docs/benchmarks/results.json has, written anew
 *     --out DIR     writes there
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join, relative, resolve } from "node:path"
import { parseArgs } from "node:util"
import { full, quick } from "./bench/plan.ts"
import { profile } from "./bench/profile.ts"
import { runEverything } from "./bench/run.ts"
import { generated, repository, results as documented } from "./places.ts"
import { readResults, writeReport } from "./report/report.ts"
import { targetsTable } from "./report/targets.ts"
import { print } from "./table.ts"

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    resume: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    render: { type: "boolean", default: false },
    out: { type: "string" }
  }
})

const out = options.out === undefined ? (options.quick ? join(generated, "quick") : documented) : resolve(options.out)
mkdirSync(out, { recursive: true })
const written = (files: ReadonlyArray<string>) =>
  print(`\nWritten to ${relative(repository, out)}: ${files.join(", ")}`)

if (options.profile) {
  writeFileSync(join(out, "profile.md"), await profile())
  written(["profile.md"])
} else {
  const results = options.render ? readResults(out) : await runEverything(options.quick ? quick : full, options)
  const files = writeReport(out, results)
  print(targetsTable(results))
  written(files)
}
process.exit(0)

/**
 * `pnpm bench`: speed, memory and cold start beside the peers, in one run. Writes results.json, plots and README.md.
 *
 *     --quick       about a minute, to see that everything works; written beside the generated programs, not into docs
 *     --profile     only a CPU profile of ours at 50 at once, and where its time goes
 *     --render      no measurement: what docs/benchmarks/results.json has, written anew
 *     --out DIR     writes there
 */
import { mkdirSync } from "node:fs"
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
    profile: { type: "boolean", default: false },
    render: { type: "boolean", default: false },
    out: { type: "string" }
  }
})

if (options.profile) {
  await profile()
} else {
  const out = options.out === undefined ? (options.quick ? join(generated, "quick") : documented) : resolve(options.out)
  mkdirSync(out, { recursive: true })
  const results = options.render ? readResults(out) : await runEverything(options.quick ? quick : full, options.quick)
  const files = writeReport(out, results)
  print(targetsTable(results))
  print(`\nWritten to ${relative(repository, out)}: ${files.join(", ")}`)
}
process.exit(0)

// Runs the tests on Node, workerd and Bun, writes into docs/conformance.md and docs/reliability.md what they showed, and
// prints their sum as the last line. Arguments go to vitest.
import { writeConformance } from "./conformance-table.mjs"
import { writeReliability } from "./reliability-table.mjs"
import { conclude, runVitest } from "./vitest-runs.mjs"

const args = process.argv.slice(2)
const result = await runVitest(
  [
    { runtime: "Node and workerd", command: ["node"] },
    { runtime: "Bun", command: ["bun", "--bun"] }
  ],
  args
)
if (!result.broken && args.length === 0) {
  writeConformance(result.reports)
  writeReliability(result.reports)
}
conclude(result)

// Runs the tests on every runtime, writes docs/conformance.md from what they did, and prints their sum as the last line.
// Arguments go to vitest.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { writeConformance } from "./conformance-table.mjs"

const vitest = "node_modules/vitest/vitest.mjs"
const runs = [
  { runtime: "Node and workerd", command: ["node", vitest] },
  { runtime: "Bun", command: ["bun", "--bun", vitest] }
]
const filters = process.argv.slice(2)

const directory = mkdtempSync(join(tmpdir(), "effect-snaptrade-test-"))
const reports = []
let broken = false
for (const { command, runtime } of runs) {
  const report = join(directory, `${runtime}.json`)
  const [program, ...start] = command
  const args = [...start, "run", "--config", "vitest.workspace.ts", "--reporter=default", "--reporter=json"]
  console.log(`\nTests on ${runtime}`)
  const { status } = spawnSync(program, [...args, `--outputFile.json=${report}`, ...filters], {
    stdio: "inherit",
    env: { ...process.env, NO_COLOR: "1" }
  })
  broken ||= status !== 0
  try {
    reports.push(JSON.parse(readFileSync(report, "utf8")))
  } catch {
    console.error(`The tests on ${runtime} ended without a report.`)
    broken = true
  }
}
rmSync(directory, { recursive: true })
if (!broken && filters.length === 0) writeConformance(reports)

const sum = (count) => reports.reduce((total, report) => total + report[count], 0)
const passed = sum("numPassedTests")
const failed = sum("numFailedTests")
const skipped = sum("numPendingTests") + sum("numTodoTests")
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
process.exit(broken || failed > 0 || passed === 0 ? 1 : 0)

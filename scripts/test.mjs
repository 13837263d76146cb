// Runs the tests on every runtime and prints their sum as the last line. With arguments: those go to vitest.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const vitest = "node_modules/vitest/vitest.mjs"
const runs = [{ runtime: "Node", command: ["node", vitest] }]

const directory = mkdtempSync(join(tmpdir(), "effect-snaptrade-test-"))
let passed = 0
let failed = 0
let skipped = 0
let broken = false
for (const { command, runtime } of runs) {
  const report = join(directory, `${runtime}.json`)
  const [program, ...start] = command
  const args = [...start, "run", "--config", "vitest.workspace.ts", "--reporter=default", "--reporter=json"]
  console.log(`\nTests on ${runtime}`)
  const { status } = spawnSync(program, [...args, `--outputFile.json=${report}`, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, NO_COLOR: "1" }
  })
  broken ||= status !== 0
  try {
    const result = JSON.parse(readFileSync(report, "utf8"))
    passed += result.numPassedTests
    failed += result.numFailedTests
    skipped += result.numPendingTests + result.numTodoTests
  } catch {
    console.error(`The tests on ${runtime} ended without a report.`)
    broken = true
  }
}
rmSync(directory, { recursive: true })

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
process.exit(broken || failed > 0 || passed === 0 ? 1 : 0)

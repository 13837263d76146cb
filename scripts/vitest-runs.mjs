// Runs vitest on one runtime after another, and sums up.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Each run's report; `broken` when one ended badly, even without a failed test. */
export const runVitest = (runs, args) => {
  const directory = mkdtempSync(join(tmpdir(), "effect-snaptrade-test-"))
  const reports = []
  let broken = false
  for (const { command, project, runtime } of runs) {
    const report = join(directory, `${runtime}.json`)
    const [program, ...start] = command
    console.log(`\nTests on ${runtime}`)
    const { error, status } = spawnSync(
      program,
      [
        ...start,
        "node_modules/vitest/vitest.mjs",
        "run",
        "--config=vitest.workspace.ts",
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${report}`,
        ...(project === undefined ? [] : [`--project=${project}`]),
        ...args
      ],
      { stdio: "inherit", env: { ...process.env, NO_COLOR: "1" } }
    )
    broken ||= status !== 0
    try {
      reports.push(JSON.parse(readFileSync(report, "utf8")))
    } catch {
      console.error(`The tests on ${runtime} ended without a report.${error ? ` ${error.message}` : ""}`)
      broken = true
    }
  }
  rmSync(directory, { recursive: true })
  return { broken, reports }
}

/** Prints the sum as the last line, and ends the process with what CI asks: whether everything passed. */
export const conclude = ({ broken, reports }, others = { passed: 0, failed: 0 }) => {
  const sum = (count) => reports.reduce((total, report) => total + report[count], 0)
  const passed = sum("numPassedTests") + others.passed
  const failed = sum("numFailedTests") + others.failed
  const skipped = sum("numPendingTests") + sum("numTodoTests")
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
  process.exit(broken || failed > 0 || passed === 0 ? 1 : 0)
}

// Runs vitest on several runtimes at once, most of which waits for sockets, and sums up.
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const run = ({ args: runArgs = [], command, project, runtime }, report, args) =>
  new Promise((resolve) => {
    const [program, ...start] = command
    const child = spawn(
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
        ...runArgs,
        ...args
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } }
    )
    const printed = []
    child.stdout.on("data", (chunk) => printed.push(chunk))
    child.stderr.on("data", (chunk) => printed.push(chunk))
    const ended = (status) => {
      // Each run's words stay together.
      console.log(`\nTests on ${runtime}`)
      process.stdout.write(Buffer.concat(printed))
      resolve(status)
    }
    child.on("error", (error) => ended(error.message))
    child.on("close", ended)
  })

/** Each run's report; `broken` when one ended badly, even without a failed test. */
export const runVitest = async (runs, args) => {
  const directory = mkdtempSync(join(tmpdir(), "effect-snaptrade-test-"))
  console.log(`Running the tests on ${runs.map(({ runtime }) => runtime).join(", ")}: this takes a minute or two.`)
  const results = await Promise.all(
    runs.map(async (one, i) => {
      const report = join(directory, `${i}.json`)
      const status = await run(one, report, args)
      try {
        return { status, report: JSON.parse(readFileSync(report, "utf8")) }
      } catch {
        console.error(`The tests on ${one.runtime} ended without a report (${status}).`)
        return { status, report: undefined }
      }
    })
  )
  rmSync(directory, { recursive: true })
  const reports = results.flatMap(({ report }) => (report === undefined ? [] : [report]))
  return { broken: results.some(({ report, status }) => status !== 0 || report === undefined), reports }
}

/** Prints the sum as the last line, and ends the process with what CI asks: whether everything passed. */
export const conclude = ({ broken, reports }, others = { passed: 0, failed: 0 }) => {
  const sum = (count) => reports.reduce((total, report) => total + report[count], 0)
  const passed = sum("numPassedTests") + others.passed
  const failed = sum("numFailedTests") + others.failed
  const skipped = sum("numPendingTests") + sum("numTodoTests")
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
  process.exitCode = broken || failed > 0 || passed === 0 ? 1 : 0
}

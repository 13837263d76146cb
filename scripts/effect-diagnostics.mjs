// Effect's own diagnostics (floating effects, untagged failures, …) over every project: errors and warnings fail.
import { execFile } from "node:child_process"
import { globSync } from "node:fs"
import { relative } from "node:path"

// The command exits with 1 when it finds something, and when it could not run; only its output tells which.
const diagnose = (project) =>
  new Promise((resolve, reject) => {
    const args = ["diagnostics", "--project", project, "--format", "json", "--severity", "error,warning", "--strict"]
    execFile("effect-tsgo", args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      try {
        resolve({ project, ...JSON.parse(stdout) })
      } catch {
        reject(new Error(`${project}: ${stderr || stdout || error}`))
      }
    })
  })

const projects = [
  ...globSync("packages/*/tsconfig.{src,test}.json").toSorted(),
  "examples/tsconfig.json",
  "scripts/tsconfig.json"
]
// Two at once: each is a whole compiler.
const waiting = [...projects]
const results = []
const worker = async () => {
  for (let project = waiting.shift(); project !== undefined; project = waiting.shift())
    results.push(await diagnose(project))
}
await Promise.all([worker(), worker()])

// A project contains the sources of those it references: each finding is told once.
const findings = new Set()
for (const { diagnostics, project, summary } of results) {
  for (const { column, file, line, message, name, severity } of diagnostics) {
    findings.add(`${relative(".", file)}:${line}:${column} ${severity} ${name}: ${message}`)
  }
  // Without the plugin in tsconfig.base.json nothing is checked, and nothing is found.
  if (summary.filesChecked === 0 || summary.filesChecked !== summary.totalFiles) {
    findings.add(`${project}: only ${summary.filesChecked} of ${summary.totalFiles} files were checked`)
  }
}

for (const finding of findings) console.error(finding)
console.log(`Effect diagnostics: ${findings.size} findings in ${projects.length} projects`)
process.exit(findings.size === 0 ? 0 : 1)

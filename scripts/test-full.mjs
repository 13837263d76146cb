// What CI runs beside `pnpm test`: the packages as they are published, other versions of Node, and Deno. Writes into
// docs/conformance.md what they showed, and prints the sum as the last line.
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { findChromium } from "./chromium.mjs"
import { writeConformance } from "./conformance-table.mjs"
import { tryPackedPackages } from "./packed-packages.mjs"
import { writeReliability } from "./reliability-table.mjs"
import { conclude, runVitest } from "./vitest-runs.mjs"

const runtimes = resolve("scripts/runtimes")
execFileSync("pnpm", ["install", "--frozen-lockfile"], { cwd: runtimes, stdio: ["ignore", "ignore", "inherit"] })

const binary = (name, file) => ({ name, file: `${runtimes}/node_modules/${file}` })
const nodeOf = (version) => binary(`Node ${version}`, `node-${version}-${process.platform}-${process.arch}/bin/node`)
const deno = binary("Deno", ".bin/deno")
const olderNode = nodeOf(22)
const newerNode = nodeOf(26)

const denoRun = [deno.file, "run", "-A", "--no-prompt"]
const node = ["@effect-snaptrade/node", "NodeSnapTrade"]
const bun = ["@effect-snaptrade/bun", "BunSnapTrade"]
const edge = ["@effect-snaptrade/edge", "EdgeSnapTrade"]

// There is none of these for Windows, and for macOS no Node: whoever works there is told, and CI runs them all.
const missing = [olderNode, newerNode, deno].filter(({ file }) => !existsSync(file)).map(({ name }) => name)
const isThere = ({ runtime }) => !missing.includes(runtime)

const packed = tryPackedPackages(
  [
    { runtime: olderNode.name, command: [olderNode.file], layers: node },
    { runtime: `Node ${process.versions.node}`, command: [process.execPath], layers: node },
    { runtime: newerNode.name, command: [newerNode.file], layers: node },
    { runtime: "Bun", command: [resolve("node_modules/.bin/bun")], layers: bun },
    { runtime: deno.name, command: denoRun, layers: edge }
  ].filter(isThere)
)
// What `pnpm test` did in part: every byte boundary in every framing, thousands of races, the vault's machine.
process.env.SNAPTRADE_FULL = "1"
const whole = await runVitest(
  [
    {
      runtime: "Node and workerd",
      command: ["node"],
      args: [
        "packages/node/test/faults",
        "test-workerd/faults",
        "test-processes/",
        "packages/vault/test/model",
        "packages/vault/test/simulation"
      ]
    },
    { runtime: "Bun", command: ["bun", "--bun"], args: ["packages/bun/test/faults", "packages/vault/test-processes"] },
    { runtime: "Node with PostgreSQL", command: ["node"], project: "postgres" }
  ],
  []
)
delete process.env.SNAPTRADE_FULL
const others = await runVitest(
  [
    { runtime: olderNode.name, command: [olderNode.file], project: "node" },
    { runtime: newerNode.name, command: [newerNode.file], project: "node" },
    { runtime: deno.name, command: denoRun, project: "deno" }
  ].filter(isThere),
  []
)
// The inspector page, in a browser.
const chromium = findChromium()
let page = { broken: false, reports: [] }
if (chromium !== undefined) {
  process.env.SNAPTRADE_CHROMIUM = chromium
  page = await runVitest([{ runtime: "Chromium", command: ["node"], project: "browser" }], [])
}
const runs = [whole, others, page]
const result = { broken: runs.some(({ broken }) => broken), reports: runs.flatMap(({ reports }) => reports) }
if (!result.broken) {
  writeConformance(others.reports)
  writeReliability(result.reports)
}

const soak = spawnSync(
  process.execPath,
  ["--expose-gc", "--conditions=@effect-snaptrade/source", "scripts/soak.ts", "--count", "5000"],
  { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }
)
console.log(`\nA short soak\n${soak.stdout}`)
const soaked = soak.status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
if (chromium === undefined) {
  console.log("NOT RUN: the inspector page, for there is no Chromium: scripts/install-chromium.sh installs one.")
}
const crash = spawnSync(
  process.execPath,
  ["--conditions=@effect-snaptrade/source", "scripts/crash/main.ts", "--kills", "40"],
  { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }
)
console.log(`\nShort crashes of the vault\n${crash.stdout}`)
const [, unharmed = "0", harmed = "1"] = /(\d+) passed, (\d+) failed\n$/.exec(crash.stdout) ?? []
for (const name of missing) console.log(`NOT RUN: ${name} has no binary for ${process.platform}-${process.arch} here.`)
conclude(result, {
  passed: packed.passed + soaked.passed + Number(unharmed),
  failed: packed.failed + soaked.failed + Number(harmed)
})

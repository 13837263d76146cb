// Packs every public package as it is published, installs the tarballs with npm in a project outside the workspace, and
// uses them there as their users do: this is what proves exports, dependencies and built output.
import { execFileSync } from "node:child_process"
import { copyFileSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"

const program = "packed-register.mjs"
const emulation = "packed-emulate.mjs"

// The second statement is an error, unless what is imported has lost its types.
const typed = `import { registerUser } from "@effect-snaptrade/core"
import { NodeSnapTrade } from "@effect-snaptrade/node"
import * as Effect from "effect/Effect"
export const onboard = registerUser({ userId: "user-123" }).pipe(
  Effect.map((user) => user.userId satisfies string),
  Effect.provide(NodeSnapTrade.layerConfig())
)
// @ts-expect-error
registerUser({})
`

const typeCheck = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2023", "typed.ts"]

const pack = (destination) =>
  globSync("packages/*/package.json")
    .toSorted()
    .filter((manifest) => !JSON.parse(readFileSync(manifest, "utf8")).private)
    .map((manifest) => {
      const packing = ["pack", "--json", "--pack-destination", destination]
      return JSON.parse(execFileSync("pnpm", packing, { cwd: dirname(manifest), encoding: "utf8" })).filename
    })

/** Runs the program on each `{ runtime, command, layers }`; answers how many passed and failed. */
export const tryPackedPackages = (runs) => {
  const project = mkdtempSync(join(tmpdir(), "effect-snaptrade-packed-"))
  const results = { passed: 0, failed: 0 }
  const holds = (what, attempt) => {
    try {
      attempt()
      results.passed += 1
      console.log(` ✓ ${what}`)
      return true
    } catch (error) {
      results.failed += 1
      console.log(` ✗ ${what}\n${error.message}\n${error.stdout ?? ""}`)
      return false
    }
  }
  const run = (command, args, cwd = project) =>
    execFileSync(command, args, { cwd, encoding: "utf8", stdio: "pipe", timeout: 300_000 })

  console.log("\nThe packed packages")
  let tarballs = []
  const prepared =
    holds("are built and packed", () => {
      run("pnpm", ["build"], ".")
      tarballs = pack(project)
    }) &&
    holds("are installed by npm", () => {
      writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }))
      run("npm", ["install", "--no-audit", "--no-fund", ...tarballs, "effect@~4.1.0"])
    })
  if (prepared) {
    holds("type a user's program", () => {
      writeFileSync(join(project, "typed.ts"), typed)
      run(resolve("node_modules/.bin/tsc"), typeCheck)
    })
    holds("run snaptrade-emulate", () => {
      copyFileSync(join("scripts", emulation), join(project, emulation))
      run(process.execPath, [emulation])
    })
    copyFileSync(join("scripts", program), join(project, program))
    for (const { command, layers, runtime } of runs) {
      const [file, ...args] = command
      holds(`register a user on ${runtime} with ${layers[0]}`, () => run(file, [...args, program, ...layers]))
    }
  }
  rmSync(project, { recursive: true })
  return results
}

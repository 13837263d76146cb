// After a build: packs every public package and holds the tarball to what a user of it needs.
import { build } from "esbuild"
import { execFileSync, spawnSync } from "node:child_process"
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { isDeepStrictEqual } from "node:util"

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))
const temporary = mkdtempSync(join(tmpdir(), "effect-snaptrade-packages-"))
process.on("exit", () => rmSync(temporary, { recursive: true }))

const problems = []
const demand = (holds, problem) => {
  if (!holds) problems.push(problem)
}

const succeeds = (name, command, args) => {
  const { error, status, stderr, stdout } = spawnSync(command, args, { encoding: "utf8" })
  demand(status === 0, `${name}: ${command} failed\n${error ?? `${stdout}${stderr}`}`)
}

for (const manifest of globSync("packages/*/package.json").toSorted()) {
  const source = readJson(manifest)
  if (source.private) continue
  const { name } = source
  const packing = ["pack", "--json", "--pack-destination", temporary]
  const packed = JSON.parse(execFileSync("pnpm", packing, { cwd: dirname(manifest), encoding: "utf8" }))
  const files = new Set(packed.files.map(({ path }) => path))

  // Unpacked where a bundler finds it by its name.
  const directory = join(temporary, "node_modules", name)
  mkdirSync(directory, { recursive: true })
  execFileSync("tar", ["-xzf", packed.filename, "-C", directory, "--strip-components=1"])
  const text = readFileSync(join(directory, "package.json"), "utf8")

  demand(
    isDeepStrictEqual(JSON.parse(text).exports, source.publishConfig?.exports),
    `${name}: the exports are not those of publishConfig`
  )
  for (const ours of ['"workspace:', '"catalog:', "@effect-snaptrade/source"]) {
    demand(!text.includes(ours), `${name}: the packed package.json contains ${ours}`)
  }
  for (const file of ["LICENSE", "README.md"]) demand(files.has(file), `${name}: ${file} is missing`)
  // tsc neither deletes what it built of a source that is gone, nor misses a file that somebody deleted.
  const modules = (pattern) => [...files].flatMap((file) => pattern.exec(file)?.[1] ?? [])
  const stale = new Set(modules(/^dist\/(.+)\.js$/)).symmetricDifference(new Set(modules(/^src\/(.+)(?<!\.d)\.ts$/)))
  const rebuild = "is not both in src and dist: delete the package's dist and .tsbuildinfo, build again"
  for (const module of stale) demand(false, `${name}: ${module} ${rebuild}`)

  succeeds(name, "publint", [packed.filename, "--strict"])
  succeeds(name, "attw", [packed.filename, "--profile", "esm-only", "--no-emoji", "--no-color"])
}

// Who uses one small function must not be given the whole library: the marks of annotate-pure.mjs are there and work.
const { errors, outputFiles } = await build({
  stdin: { contents: 'export { withTimeout } from "@effect-snaptrade/core"', resolveDir: temporary },
  bundle: true,
  minify: true,
  format: "esm",
  external: ["effect"],
  write: false,
  logLevel: "silent"
}).catch((error) => error)
const size = outputFiles?.[0].contents.byteLength
for (const { text } of errors) demand(false, `@effect-snaptrade/core cannot be bundled: ${text}`)
demand(!(size >= 4000), `@effect-snaptrade/core: withTimeout alone is bundled to ${size} bytes, 4000 are allowed`)

for (const problem of problems) console.error(problem)
console.log(`Packages: ${problems.length} problems; withTimeout alone is ${size ?? "?"} bytes`)
process.exit(problems.length === 0 ? 0 : 1)

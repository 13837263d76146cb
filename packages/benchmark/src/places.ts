/**
 * Where things are.
 */
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"

export const packageDirectory = join(import.meta.dirname, "..")
export const repository = join(packageDirectory, "../..")
export const results = join(repository, "docs/benchmarks")

/** For what is generated: below the package, so that what it imports resolves as the package's own imports do. */
export const generated = join(packageDirectory, "node_modules/.cache/effect-snaptrade-benchmark")
mkdirSync(generated, { recursive: true })

const bin = join(repository, "node_modules/.bin")
export const bun = join(bin, "bun")

/** The Node of that major version, where this machine has it: this process's own, or one that the tests install. */
export const nodeOf = (major: number): string | undefined => {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const names = [`node-${major}`, `node-${major}-${process.platform}-${process.arch}`]
  return [join(repository, "node_modules"), join(repository, "scripts/runtimes/node_modules")]
    .flatMap((directory) => names.map((name) => join(directory, name, "bin/node")))
    .find((file) => existsSync(file))
}

/**
 * A program whose imports of ours go past the indexes, to the modules that hold what is imported.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join, relative } from "node:path"
import { generated, packageDirectory, repository } from "../places.ts"

const statement = /import \{ ([^}]+) \} from "@effect-snaptrade\/(\w+)"/g

const indexOf = (name: string) => readFileSync(join(repository, `packages/${name}/dist/index.js`), "utf8")

// What the index re-exports it from: `export { registerUser } from "./RegisterUser.js"`, `export * as X from "./X.js"`.
const moduleOf = (packageName: string, name: string): { readonly file: string; readonly whole: boolean } => {
  for (const [, whole, named = "", file = ""] of indexOf(packageName).matchAll(
    /export (?:\* as (\w+)|\{([^}]+)\}) from "\.\/([^"]+)"/g
  )) {
    if (whole === name) return { file, whole: true }
    if (named.split(",").some((part) => part.trim() === name)) return { file, whole: false }
  }
  throw new Error(`the index of ${packageName} does not export ${name} by its name`)
}

/** Whether any package of ours has an entry for single modules. */
export const hasDeepEntries = (): boolean =>
  globSync("packages/{core,node,bun,edge}/package.json", { cwd: repository }).some((file) => {
    const manifest: { readonly exports: object } = JSON.parse(readFileSync(join(repository, file), "utf8"))
    return Object.keys(manifest.exports).some((entry) => /^\.\/(\*|[A-Z]\w*)$/.test(entry))
  })

/** Writes it, and answers where. Where a package has no such entry its built file is named by its path. */
export const deepVariant = (program: string): string => {
  const source = readFileSync(join(packageDirectory, "programs", `${program}.ts`), "utf8")
  const deep = source.replaceAll(statement, (_, names: string, packageName: string) =>
    names
      .split(",")
      .map((name) => name.trim())
      .map((name) => {
        const { file, whole } = moduleOf(packageName, name)
        const path = relative(generated, join(repository, "packages", packageName, "dist", file))
        return `import ${whole ? `* as ${name}` : `{ ${name} }`} from ${JSON.stringify(path)}`
      })
      .join("\n")
  )
  const file = join(generated, `${basename(program)}.deep.ts`)
  writeFileSync(file, deep)
  return file
}

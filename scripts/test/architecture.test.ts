import { execFileSync } from "node:child_process"
import { existsSync, globSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "../..")
const read = (file: string) => readFileSync(join(root, file), "utf8")

// Statements begin a line: the examples in doc comments, which import what a reader would, do not count.
const statements = /^(?:import|export)\s+(?:type\s+)?(?:[\w*{][^"'`;=()]*?\sfrom\s+)?["']([^"'\n]+)["']/gm
const dynamic = /^(?!\s*(?:\*|\/\/)).*?\bimport\(\s*["']([^"'\n]+)["']/gm

interface Import {
  readonly file: string
  readonly specifier: string
}

const importsOf = (...packages: ReadonlyArray<string>): ReadonlyArray<Import> =>
  packages
    .flatMap((name) => globSync(`packages/${name}/src/**/*.ts`, { cwd: root }))
    .flatMap((file) =>
      [statements, dynamic].flatMap((pattern) =>
        Array.from(read(file).matchAll(pattern), ([, specifier = ""]) => ({ file, specifier }))
      )
    )

const relative = /^\.\.?\//
const effectModule = /^effect\/(?:[a-z-]+\/)?[A-Z]\w*$/
const packageName = (specifier: string) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? ""

const libraries = ["core", "node", "bun", "edge", "vault"]
const runtimes = ["node", "bun", "edge"]
const existing = (packages: ReadonlyArray<string>) =>
  packages.filter((name) => existsSync(join(root, "packages", name)))

describe("Failures", () => {
  it.each(["core", "vault"])("of %s are told: what to do is in whatever prints them", (name) => {
    const failures = globSync(`packages/${name}/src/**/*.ts`, { cwd: root }).flatMap((file) =>
      Array.from(read(file).matchAll(/export class (\w+) extends ([^{]*?)Schema\.TaggedError/g))
    )
    expect(failures).not.toEqual([])
    expect(failures.filter(([, , around = ""]) => around.trim() !== "told(").map(([, failure]) => failure)).toEqual([])
  })
})

describe("What may import what", () => {
  it("is read from the sources of every package", () => {
    for (const name of existing(libraries)) expect(importsOf(name), name).not.toEqual([])
  })

  it("core imports itself and single modules of effect, nothing else", () => {
    const others = importsOf("core").filter(
      ({ specifier }) => !relative.test(specifier) && !effectModule.test(specifier)
    )
    expect(others).toEqual([])
  })

  it("effect is imported by single modules in every library", () => {
    const barrels = importsOf(...libraries).filter(
      ({ specifier }) => packageName(specifier) === "effect" && !effectModule.test(specifier)
    )
    expect(barrels).toEqual([])
  })

  it.each(existing(runtimes))("of our packages, %s imports core only", (name) => {
    const ours = importsOf(name).filter(({ specifier }) => specifier.startsWith("@effect-snaptrade/"))
    expect(ours.filter(({ specifier }) => specifier !== "@effect-snaptrade/core")).toEqual([])
  })

  it("no library imports the local SnapTrade of the tests", () => {
    const testing = importsOf(...libraries).filter(
      ({ specifier }) => packageName(specifier) === "@effect-snaptrade/testing"
    )
    expect(testing).toEqual([])
  })

  it("core and edge import nothing of Node's", () => {
    expect(importsOf("core", "edge").filter(({ specifier }) => specifier.startsWith("node:"))).toEqual([])
  })
})

describe("The repository", () => {
  it("names itself to SnapTrade by the version of core", () => {
    const { version } = JSON.parse(read("packages/core/package.json")) as { readonly version: string }
    expect(read("packages/core/src/internal/version.ts")).toContain(`"effect-snaptrade/${version}"`)
  })

  it("names no place of the machine it was written on", () => {
    // The files that git tracks, and those that it would.
    const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root })
      .toString()
      .split("\n")
      .filter((file) => statSync(join(root, file), { throwIfNoEntry: false })?.isFile())
    expect(files).toContain("package.json")
    const place = /\/work\/|registry\.npmjs|\.\.\/shared/
    expect(files.filter((file) => place.test(read(file)))).toEqual([])
  })
})

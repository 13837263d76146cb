// Type-checks every ```ts block of the doc comments and the Markdown, as a reader would paste it into a file of their
// own. Findings are told at the line they come from.
import { spawnSync } from "node:child_process"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"

const directory = ".docs-examples"
const sources = globSync(["packages/*/src/**/*.ts", "README.md", "packages/*/README.md", "docs/**/*.md"]).toSorted()

// A doc comment's lines begin with an asterisk, those of Markdown with at most an indent.
const fence = /^(\s*(?:\* ?)?)```(.*)$/

const examplesOf = (source) => {
  const examples = []
  let open
  for (const [index, line] of readFileSync(source, "utf8").split("\n").entries()) {
    const [, margin, info] = fence.exec(line) ?? []
    if (open === undefined) {
      if (info !== undefined) open = { source, line: index + 1, margin: margin.length, info: info.trim(), code: [] }
    } else if (info === "") {
      if (open.info === "ts") examples.push(open)
      open = undefined
    } else {
      open.code.push(line.slice(open.margin))
    }
  }
  if (open !== undefined) throw new Error(`${source}:${open.line} the code block is not closed`)
  return examples
}

const examples = sources.flatMap(examplesOf)
if (examples.length === 0) throw new Error("no examples were found")

rmSync(directory, { recursive: true, force: true })
mkdirSync(directory)
const files = new Map()
for (const example of examples) {
  const { code, line, source } = example
  const file = `${source.replaceAll(/[^\w.]/g, "_")}_${line}.ts`
  files.set(`${directory}/${file}`, example)
  const isModule = code.some((text) => /^(import|export)\b/.test(text))
  writeFileSync(
    `${directory}/${file}`,
    [`// ${source}:${line}`, ...code, ...(isModule ? [] : ["export {}"]), ""].join("\n")
  )
}

// The settings of the library, apart from those that are about emitting. An example may define what it does not use.
const compilerOptions = {
  noEmit: true,
  composite: false,
  incremental: false,
  declaration: false,
  declarationMap: false,
  noUnusedLocals: false,
  types: ["node"],
  lib: ["es2023", "esnext.disposable", "dom", "dom.iterable"],
  customConditions: ["@effect-snaptrade/source"]
}
writeFileSync(
  `${directory}/tsconfig.json`,
  JSON.stringify({ extends: "../tsconfig.base.json", include: ["*.ts"], compilerOptions })
)

const { error, status, stdout } = spawnSync("tsc", ["--pretty", "false", "--project", directory], { encoding: "utf8" })
if (error) throw error
const findings = stdout.replaceAll(/^(.+?)\((\d+),(\d+)\):/gm, (location, file, line, column) => {
  const example = files.get(file)
  // The header took the line of the fence, and the margin was cut off.
  return example === undefined
    ? location
    : `${example.source}:${example.line + Number(line) - 1}:${example.margin + Number(column)}`
})
if (status !== 0) console.error(findings.trimEnd())
console.log(`Examples: ${examples.length} checked in ${new Set(examples.map(({ source }) => source)).size} files`)
process.exit(status ?? 1)

/**
 * `pnpm size`: what programs weigh, beside the budgets. Ends with 1 when something is over its budget.
 *
 *     --budgets   only what has a budget, and brotli not at its best: for checks
 *     --why       also which modules the esbuild bundle of a Worker is made of, and which ones ours adds to an application
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { packageDirectory } from "./places.ts"
import { hasDeepEntries } from "./size/deep.ts"
import { type Figure, measureSizes } from "./size/measure.ts"
import { printWhy } from "./size/why.ts"
import { kilobytes, print, table } from "./table.ts"

/** Bytes after gzip. Over the budget fails; a target is where the budget is to go. */
interface Budget {
  readonly budget: number
  readonly target?: number
}

const { values: options } = parseArgs({
  options: { budgets: { type: "boolean", default: false }, why: { type: "boolean", default: false } }
})

const budgets: Readonly<Record<string, Budget>> = JSON.parse(
  readFileSync(join(packageDirectory, "budgets.json"), "utf8")
)

const { bundles, differences, strangers } = await measureSizes(options.budgets ? { brotliQuality: 5 } : {})
const figures = [...bundles, ...differences]
const isOver = ({ id, size }: Figure) => size.gzip > (budgets[id]?.budget ?? Infinity)

const row = (figure: Figure) => {
  const { id, says, size } = figure
  const { budget, target } = budgets[id] ?? {}
  return [
    says,
    id,
    kilobytes(size.minified),
    kilobytes(size.gzip),
    kilobytes(size.brotli),
    budget === undefined ? "" : kilobytes(budget),
    target === undefined ? "" : kilobytes(target),
    budget === undefined ? "" : isOver(figure) ? "OVER" : size.gzip > (target ?? Infinity) ? "target missed" : "ok"
  ]
}

const show = (kind: string, all: ReadonlyArray<Figure>) => {
  const shown = options.budgets ? all.filter(({ id }) => id in budgets) : all
  print(`${table([kind, "figure", "minified", "gzip", "brotli", "budget", "target", ""], shown.map(row))}\n`)
}
show("kB", bundles)
show("kB, a difference of two", differences)
print(
  `1 kB is 1,000 bytes; budgets and targets are after gzip.${
    hasDeepEntries()
      ? ""
      : " The packages have no entry for single modules: past the indexes is by the built file's path."
  }`
)
if (options.why) await printWhy()

const problems = [
  ...figures.filter(isOver).map(({ id, size }) => {
    const { budget } = budgets[id] ?? { budget: 0 }
    return `${id} is ${size.gzip} bytes after gzip, ${size.gzip - budget} over its budget of ${budget}`
  }),
  ...Object.keys(budgets)
    .filter((id) => !figures.some((figure) => figure.id === id))
    .map((id) => `budgets.json has a budget for ${id}, which is not measured`),
  ...strangers.map((stranger) => `${stranger}: a client has no use for it`)
]
for (const problem of problems) print(`PROBLEM: ${problem}`)
print(`Size: ${problems.length} problems, ${Object.keys(budgets).length} budgets`)
process.exit(problems.length === 0 ? 0 : 1)

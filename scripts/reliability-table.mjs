// Turns vitest's JSON reports into the tables of docs/reliability.md: what became of a registration in every fault. No
// command runs on all runtimes: docs/reliability.json keeps what the others showed.
import { readFileSync, writeFileSync } from "node:fs"

const document = "docs/reliability.md"
const facts = "docs/reliability.json"
const order = ["Node", "Bun", "Deno", "workerd"]
const rank = (runtime) => order.findIndex((name) => runtime === name || runtime.startsWith(`${name} `))

/** By runtime: the faults in their groups, and the tests that met many at once. */
export const factsOf = (reports) => {
  const known = {}
  for (const { ancestorTitles, meta, status, title } of reports.flatMap(({ testResults }) =>
    testResults.flatMap((file) => file.assertionResults)
  )) {
    const [, suite, runtime] = /^(faults|byte boundaries) on (.+)$/.exec(ancestorTitles[0] ?? "") ?? []
    if (suite === undefined || status !== "passed") continue
    const { boundaries, faults } = (known[runtime] ??= { faults: {}, boundaries: {} })
    if (suite === "faults") (faults[ancestorTitles[1]] ??= {})[title] = `${meta.fault.ends}; ${meta.fault.when}`
    else boundaries[title] = meta.summary
  }
  return known
}

const row = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`

// Runtimes that agree in everything share a column: "Node 22, 24, 26".
const columnsOf = (known, read) => {
  const columns = []
  for (const runtime of Object.keys(known)) {
    const cells = read(known[runtime])
    const [name, version] = runtime.split(" ")
    const same = columns.find(
      (column) => column.name === name && JSON.stringify(column.cells) === JSON.stringify(cells)
    )
    if (same === undefined) columns.push({ name, title: runtime, cells })
    else same.title += `, ${version}`
  }
  return columns
}

const tableOf = (what, columns) => {
  const names = [...new Set(columns.flatMap(({ cells }) => Object.keys(cells)))]
  return [
    row([what, ...columns.map(({ title }) => title)]),
    row(["---", ...columns.map(() => "---")]),
    ...names.map((name) => row([name, ...columns.map(({ cells }) => cells[name] ?? "")]))
  ].join("\n")
}

/** The tables as Markdown. */
export const tablesOf = (known) => {
  const groups = [...new Set(Object.values(known).flatMap(({ faults }) => Object.keys(faults)))]
  return {
    faults: groups
      .map((group) =>
        tableOf(
          group,
          columnsOf(known, ({ faults }) => faults[group] ?? {})
        )
      )
      .join("\n\n"),
    boundaries: tableOf(
      "reply",
      columnsOf(known, ({ boundaries }) => boundaries)
    )
  }
}

/** Of reports in which nothing failed: the runtimes that they ran on are written anew, the others stay. */
export const writeReliability = (reports) => {
  const before = JSON.parse(readFileSync(facts, "utf8"))
  const now = factsOf(reports)
  const runtimes = [...new Set([...Object.keys(before), ...Object.keys(now)])]
  const known = {}
  for (const runtime of runtimes.toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b))) {
    known[runtime] = {
      faults: now[runtime]?.faults ?? before[runtime].faults,
      // The short run goes through fewer of these.
      boundaries: { ...before[runtime]?.boundaries, ...now[runtime]?.boundaries }
    }
  }
  writeFileSync(facts, `${JSON.stringify(known, null, 2)}\n`)
  let text = readFileSync(document, "utf8")
  for (const [name, table] of Object.entries(tablesOf(known))) {
    const marked = new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- end of ${name} -->)`)
    if (!marked.test(text)) throw new Error(`${document} has no place for the ${name}`)
    text = text.replace(marked, (_, begin, end) => `${begin}${table}${end}`)
  }
  writeFileSync(document, text)
}

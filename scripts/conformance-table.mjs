// Turns vitest's JSON reports into docs/conformance.md: which case of the conformance suite holds on which runtime.
import { writeFileSync } from "node:fs"

const prefix = "conformance on "
const order = ["memory", "memory, signed by WebCrypto", "Node", "Bun", "workerd", "Deno"]
const rank = (runtime) => order.findIndex((name) => runtime === name || runtime.startsWith(`${name} `))

/** The cases that ran, by group and name, with the runtimes on which each passed or failed. */
export const casesOf = (reports) => {
  const cases = new Map()
  for (const { testResults } of reports) {
    for (const { ancestorTitles, status, title } of testResults.flatMap((file) => file.assertionResults)) {
      const [suite = "", group = ""] = ancestorTitles
      if (!suite.startsWith(prefix)) continue
      const key = `${group}: ${title}`
      cases.set(key, (cases.get(key) ?? new Map()).set(suite.slice(prefix.length), status))
    }
  }
  return cases
}

const escaped = (text) => text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;")
const mark = (status) => (status === undefined ? " " : status === "passed" ? "✓" : "✗")

const row = (cells) => `| ${cells.join(" | ")} |`

/** The table as Markdown. */
export const tableOf = (cases) => {
  const runtimes = [...new Set([...cases.values()].flatMap((results) => [...results.keys()]))].toSorted(
    (a, b) => rank(a) - rank(b) || a.localeCompare(b)
  )
  return [
    row(["case", ...runtimes]),
    row(["---", ...runtimes.map(() => "---")]),
    ...[...cases].map(([name, results]) =>
      row([escaped(name), ...runtimes.map((runtime) => mark(results.get(runtime)))])
    )
  ].join("\n")
}

const explanation = `# Conformance

Written by the tests from what they ran: which case of the suite in \`@effect-snaptrade/testing/conformance\` holds on which
runtime. "memory" is \`TestSnapTrade.layerLocal\` under \`TestClock\`; the others reach a local SnapTrade over real sockets.

An empty cell is a case that reads differently there: a refused connection is \`RequestNotSent\` where that is provable, and
\`ConnectionLost\` with an unknown outcome where nothing is.
`

export const writeConformance = (reports) => {
  writeFileSync("docs/conformance.md", `${explanation}\n${tableOf(casesOf(reports))}\n`)
}

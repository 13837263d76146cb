// Turns vitest's JSON reports into docs/conformance.md: which case of the conformance suite holds on which runtime. No
// command runs on all of them: docs/conformance.json keeps what the others showed.
import { readFileSync, writeFileSync } from "node:fs"

const prefix = "conformance on "
const order = ["memory", "memory, signed by WebCrypto", "Node", "Bun", "Deno", "workerd"]
const rank = (runtime) => order.findIndex((name) => runtime === name || runtime.startsWith(`${name} `))

/** The cases that hold, by runtime and in the suite's order. */
export const casesOf = (reports) => {
  const cases = {}
  for (const { testResults } of reports) {
    for (const { ancestorTitles, status, title } of testResults.flatMap((file) => file.assertionResults)) {
      const [suite = "", group = ""] = ancestorTitles
      if (!suite.startsWith(prefix) || status !== "passed") continue
      const runtime = suite.slice(prefix.length)
      cases[runtime] = [...(cases[runtime] ?? []), `${group}: ${title}`]
    }
  }
  return cases
}

// Where a runtime has a case of its own, it stands at its place in the suite.
const merged = (lists) => {
  const names = []
  for (const list of lists) {
    let place = 0
    for (const name of list) {
      if (!names.includes(name)) names.splice(place, 0, name)
      place = names.indexOf(name) + 1
    }
  }
  return names
}

const escaped = (text) => text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;")
const row = (cells) => `| ${cells.join(" | ")} |`

/** The table as Markdown. */
export const tableOf = (cases) => {
  const runtimes = Object.keys(cases)
  return [
    row(["case", ...runtimes]),
    row(["---", ...runtimes.map(() => "---")]),
    ...merged(Object.values(cases)).map((name) =>
      row([escaped(name), ...runtimes.map((runtime) => (cases[runtime].includes(name) ? "✓" : " "))])
    )
  ].join("\n")
}

const explanation = `# Conformance

Written by \`pnpm test\` and \`pnpm test:full\` from what they ran: which case of the suite in
\`@effect-snaptrade/testing/conformance\` holds on which runtime. "memory" is \`TestSnapTrade.layerLocal\` under \`TestClock\`;
the others reach a local SnapTrade over real sockets.

An empty cell is a case that reads differently there: a refused connection is \`RequestNotSent\` where that is provable, and
\`ConnectionLost\` with an unknown outcome where nothing is.
`

/** Of reports in which nothing failed: the runtimes that they ran on are written anew, the others stay. */
export const writeConformance = (reports) => {
  const known = { ...JSON.parse(readFileSync("docs/conformance.json", "utf8")), ...casesOf(reports) }
  const runtimes = Object.keys(known).toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b))
  const cases = Object.fromEntries(runtimes.map((runtime) => [runtime, known[runtime]]))
  writeFileSync("docs/conformance.json", `${JSON.stringify(cases, null, 2)}\n`)
  writeFileSync("docs/conformance.md", `${explanation}\n${tableOf(cases)}\n`)
}

/**
 * The claims in docs/reliability.md.
 */
import { readFileSync, writeFileSync } from "node:fs"

const document = "docs/reliability.md"
const marked = /(<!-- claims -->\n)[^]*?(<!-- end of claims -->)/

export const row = (cells: ReadonlyArray<string>): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`

const text = readFileSync(document, "utf8")
// Told before minutes are spent on measuring.
if (!marked.test(text)) throw new Error(`${document} has no place for the claims`)

export const writeClaims = (versions: ReadonlyArray<string>, rows: ReadonlyArray<string>): void => {
  const table = [
    `${versions.join(", ")}:`,
    "",
    row(["claim", "verdict", "measured"]),
    row(["---", "---", "---"]),
    ...rows
  ]
  writeFileSync(
    document,
    text.replace(marked, (_, begin, end) => `${begin}${table.join("\n")}\n${end}`)
  )
}

/**
 * Text for a terminal.
 */
import { stripVTControlCharacters } from "node:util"

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

/** Rows in columns; the first is left-aligned, the others right. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = head.map((name, column) =>
    Math.max(...[name, ...rows.map((row) => row[column] ?? "")].map((cell) => stripVTControlCharacters(cell).length))
  )
  const line = (cells: ReadonlyArray<string>) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd()
  return [line(head), line(widths.map((width) => "─".repeat(width))), ...rows.map(line)].join("\n")
}

/** A kB is 1,000 bytes. */
export const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1)

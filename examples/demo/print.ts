/**
 * Plain, aligned text, for a terminal of any kind.
 */
import * as Console from "effect/Console"

const labelWidth = 14
const textWidth = 82

const wrap = (text: string): ReadonlyArray<string> =>
  text.split(" ").reduce<ReadonlyArray<string>>((lines, word) => {
    const last = lines.at(-1)
    return last !== undefined && last.length + 1 + word.length <= textWidth
      ? [...lines.slice(0, -1), `${last} ${word}`]
      : [...lines, word]
  }, [])

/** A label and its text; what is too long for one line goes on below itself. */
export const row = (label: string, text: string) =>
  Console.log(`  ${label.padEnd(labelWidth)}${wrap(text).join(`\n${" ".repeat(labelWidth + 2)}`)}`)

/** A heading, with an empty line around it. */
export const heading = (text: string) => Console.log(`\n${text}\n`)

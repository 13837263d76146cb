/**
 * The ways to write down a webhook's payload that its signature may be over. What is signed is not the body as it is sent
 * but the same JSON with sorted keys and no white space, in Python's spelling.
 */
import type * as Schema from "effect/Schema"
import { canonicalJson } from "./Signature.ts"

// In valid JSON these are all the strings (a key with its colon) and all the numbers.
const token = /"(?:[^"\\]|\\.)*"(\s*:)?|-?\d[\d.eE+-]*/g

// Python keeps 1.0 and 1e-07 where JavaScript would write 1 and 1e-7. So every number is carried through parsing as a
// string of its source, told from the real ones by its first letter.
const mark = (json: string): string =>
  json.replace(token, (text, colon?: string) =>
    colon !== undefined ? text : text.startsWith('"') ? `"s${text.slice(1)}` : `"n${text}"`
  )

const unmark = (json: string): string =>
  json.replace(token, (text, colon?: string) =>
    colon !== undefined ? text : text.startsWith('"n') ? text.slice(2, -1) : `"${text.slice(2)}`
  )

// Python's ensure_ascii: all but the printable ones, by UTF-16 unit.
const escaped = (json: string): string =>
  json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

const isObject = (json: Schema.Json): json is Schema.JsonObject =>
  json !== null && typeof json === "object" && !Array.isArray(json)

/**
 * A payload, and what its signature may be over: the text as it came, canonical JSON in UTF-8, canonical JSON in ASCII.
 */
export interface Payload {
  readonly value: Schema.JsonObject
  readonly spellings: ReadonlySet<string>
}

/**
 * Reads a JSON object; `undefined` for any other JSON. Throws on what is none, and on what is nested too deeply to be
 * written again.
 */
export const parse = (text: string): Payload | undefined => {
  const value: Schema.Json = JSON.parse(text)
  if (!isObject(value)) return undefined
  const canonical = unmark(canonicalJson(JSON.parse(mark(text))))
  return { value, spellings: new Set([text, canonical, escaped(canonical)]) }
}

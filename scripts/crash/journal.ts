/**
 * What the workers write down, one line each, in one file that outlives them. Lines are appended synchronously: what was
 * written before a kill is there after it.
 */
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { openSync, readFileSync, writeFileSync, writeSync } from "node:fs"
import { Step } from "./steps.ts"

const app = Schema.String
const userId = Schema.String
/** A secret's hash. */
const secret = Schema.String

const Line = Schema.Union([
  /** The vault handed out a secret, before anything was done with it. */
  Schema.TaggedStruct("Handed", { app, userId, secret }),
  /** A secret that was handed out was refused at SnapTrade. */
  Schema.TaggedStruct("Refused", { app, userId }),
  Schema.TaggedStruct("Forgetting", { app }),
  /** A rotation began; its `Rotated` or `NotRotated` follows unless the worker was killed. */
  Schema.TaggedStruct("Rotating", { app }),
  Schema.TaggedStruct("Rotated", { app, userId, secret }),
  Schema.TaggedStruct("NotRotated", { app, error: Schema.String, userId: Schema.optionalKey(userId) }),
  /** The worker kills itself at this step. */
  Schema.TaggedStruct("Died", { step: Step }),
  /** Something that must not happen. */
  Schema.TaggedStruct("Wrong", { what: Schema.String })
])

/** One line. */
export type Line = typeof Line.Type

/** Writes one line. */
export type Write = (line: Line) => void

/** A secret's hash: enough to tell secrets apart. */
export const fingerprint = (userSecret: Redacted.Redacted): string =>
  createHash("sha256").update(Redacted.value(userSecret)).digest("hex").slice(0, 24)

/** Begins a journal. */
export const create = (file: string): void => writeFileSync(file, "")

/** Opens the journal for a worker: several append to one file. */
export const open = (file: string): Write => {
  const descriptor = openSync(file, "a")
  return (line) => void writeSync(descriptor, `${JSON.stringify(line)}\n`)
}

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Line))

/** All lines, in the order in which they were written. */
export const read = (file: string): ReadonlyArray<Line> =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => decode(line))

/** The lines of one kind. */
export const of = <Tag extends Line["_tag"]>(
  lines: ReadonlyArray<Line>,
  tag: Tag
): ReadonlyArray<Extract<Line, { readonly _tag: Tag }>> =>
  lines.filter((line): line is Extract<Line, { readonly _tag: Tag }> => line._tag === tag)

/**
 * How a signature is made, step by step, so that each step can be made wrongly.
 */
import { canonicalJson } from "@effect-snaptrade/core"
import { hmac } from "@noble/hashes/hmac.js"
import { sha1 } from "@noble/hashes/legacy.js"
import { sha256, sha512 } from "@noble/hashes/sha2.js"
import type * as Schema from "effect/Schema"

/** Makes a digest of a message with a key. */
export type Digest = (key: Uint8Array, message: Uint8Array) => Uint8Array

/** What is signed, and how. */
export interface Recipe {
  readonly key: Uint8Array
  readonly digest: Digest
  readonly encode: (message: string) => Uint8Array
  /** Escapes what a JSON writer may escape. */
  readonly escape: (message: string) => string
  /** Puts something around the message. */
  readonly around: (message: string) => string
  readonly members: ReadonlyArray<"content" | "path" | "query">
  readonly separators: Separators
  /** JSON to write, or a text as it is. */
  readonly content: { readonly json: Schema.Json } | { readonly text: string }
  readonly sorted: boolean
  readonly path: string
  readonly query: string
}

interface Separators {
  readonly comma: string
  readonly colon: string
}

/** No white space. */
export const compact: Separators = { comma: ",", colon: ":" }

/** As Python's `json.dumps` writes unless told otherwise. */
export const spaced: Separators = { comma: ", ", colon: ": " }

const utf8 = new TextEncoder()

export const bytesOf = (text: string): Uint8Array => utf8.encode(text)

/** A text without lone surrogates, which have no UTF-8 form. */
export const wellFormed = (text: string): string => text.replace(/[\ud800-\udfff]/gu, "\ufffd")

export const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

export const hmacSha256: Digest = (key, message) => hmac(sha256, key, message)
export const hmacSha512: Digest = (key, message) => hmac(sha512, key, message)
export const hmacSha1: Digest = (key, message) => hmac(sha1, key, message)
export const swapped: Digest = (key, message) => hmac(sha256, message, key)
export const hashOfMessage: Digest = (_, message) => sha256(message)
export const hashOfBoth =
  (first: "key" | "message"): Digest =>
  (key, message) => {
    const [a, b] = first === "key" ? [key, message] : [message, key]
    const both = new Uint8Array(a.length + b.length)
    both.set(a)
    both.set(b, a.length)
    return sha256(both)
  }

const isArray: (json: Schema.Json) => json is ReadonlyArray<Schema.Json> = Array.isArray

/** JSON in the order in which it is, with these separators. */
export const write = (json: Schema.Json, { colon, comma }: Separators): string => {
  if (json === null || typeof json !== "object") return JSON.stringify(json)
  if (isArray(json)) return `[${json.map((element) => write(element, { colon, comma })).join(comma)}]`
  return `{${Object.entries(json)
    .map(([key, value]) => `${JSON.stringify(key)}${colon}${write(value ?? null, { colon, comma })}`)
    .join(comma)}}`
}

/** JSON with its keys sorted. */
const sorted = (json: Schema.Json): Schema.Json => JSON.parse(canonicalJson(json))

/** The message that a recipe signs. */
export const messageOf = (recipe: Recipe): string => {
  const { comma, colon } = recipe.separators
  const parts = {
    content: () =>
      "text" in recipe.content
        ? recipe.content.text
        : write(recipe.sorted ? sorted(recipe.content.json) : recipe.content.json, recipe.separators),
    path: () => JSON.stringify(recipe.path),
    query: () => JSON.stringify(recipe.query)
  }
  const members = recipe.members.map((name) => `"${name}"${colon}${parts[name]()}`)
  return recipe.around(recipe.escape(`{${members.join(comma)}}`))
}

/**
 * The mistakes that are worth trying on one request: each a change of the recipe by which its signature is made.
 */
import { canonicalJson } from "@effect-snaptrade/core"
import * as Base64 from "effect/encoding/Base64"
import * as Hex from "effect/encoding/Hex"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { SignatureMistake } from "../SignatureMistake.ts"
import * as Recipe from "./signatureRecipe.ts"

/** A mistake to try, or several that always come together. */
export interface Candidate {
  readonly mistakes: ReadonlyArray<SignatureMistake>
  /** What it changes: of two that change the same, only one can have been made. */
  readonly changes: string
  /** Whether it is tried beside another one; what has many variants is tried alone. */
  readonly pairs: boolean
  readonly apply: (recipe: Recipe.Recipe) => Recipe.Recipe
}

/** What is known of the request. */
export interface Facts {
  readonly clientId: string
  readonly consumerKey: string
  readonly path: string
  readonly query: string
  readonly body: string
  readonly content: Schema.Json
  readonly host: string | undefined
}

const candidate = (
  mistakes: SignatureMistake | ReadonlyArray<SignatureMistake>,
  changes: string,
  apply: Candidate["apply"],
  pairs = true
): Candidate => ({ mistakes: typeof mistakes === "string" ? [mistakes] : mistakes, changes, pairs, apply })

const unique = (texts: ReadonlyArray<string>, without: string): ReadonlyArray<string> =>
  Array.from(new Set(texts)).filter((text) => text !== without)

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const keys = ({ clientId, consumerKey }: Facts): ReadonlyArray<Candidate> => {
  const wellFormed = Recipe.wellFormed(consumerKey)
  const texts = (mistake: SignatureMistake, ...variants: ReadonlyArray<string>) =>
    unique(variants, consumerKey).map((key) =>
      candidate(mistake, "key", (recipe) => ({ ...recipe, key: Recipe.bytesOf(key) }))
    )
  const bytes = [Base64.decode(consumerKey), Hex.decode(consumerKey)].flatMap((key) =>
    Result.isSuccess(key) && key.success.length > 0
      ? [candidate("key-decoded", "key", (recipe) => ({ ...recipe, key: key.success }))]
      : []
  )
  return [
    ...texts(
      "key-with-white-space",
      ...["\n", " ", "\r\n", "\r", "\t", "\u200b", "\u00a0"].flatMap((space) => [
        consumerKey + space,
        space + consumerKey
      ]),
      ` ${consumerKey} `,
      `\ufeff${consumerKey}`
    ),
    ...texts("key-uri-encoded", encodeURI(wellFormed), encodeURIComponent(wellFormed)),
    ...texts("key-quoted", `"${consumerKey}"`, `'${consumerKey}'`),
    ...texts("key-missing", "", "undefined", "null", "None"),
    ...texts("key-is-client-id", clientId),
    ...bytes,
    ...texts("key-encoded", Base64.encode(consumerKey), Hex.encode(consumerKey))
  ]
}

const hashes: ReadonlyArray<Candidate> = (
  [
    ["another-hash", Recipe.hmacSha512],
    ["another-hash", Recipe.hmacSha1],
    ["no-hmac", Recipe.hashOfMessage],
    ["no-hmac", Recipe.hashOfBoth("key")],
    ["no-hmac", Recipe.hashOfBoth("message")],
    ["key-and-message-swapped", Recipe.swapped]
  ] as const
).map(([mistake, digest]) => candidate(mistake, "digest", (recipe) => ({ ...recipe, digest })))

const oldPrefix = "/api/v1"

const paths = ({ host, path, query }: Facts): ReadonlyArray<Candidate> => {
  const signed = (mistake: SignatureMistake, ...variants: ReadonlyArray<string>) =>
    unique(variants, path).map((other) => candidate(mistake, "path", (recipe) => ({ ...recipe, path: other })))
  // What is left of it without its first segments.
  const suffixes = Array.from(path.matchAll(/\//g), ({ index }) => path.slice(index)).slice(1, 6)
  const origins = host === undefined ? [] : [`http://${host}`, `https://${host}`]
  return [
    ...signed("path-with-old-prefix", `${oldPrefix}${path}`),
    ...signed("path-without-prefix", ...suffixes),
    ...signed(
      "path-differs",
      path.slice(1),
      `${path}/`,
      path.replace(/\/+$/, ""),
      path.toLowerCase(),
      `${path}?${query}`,
      ...origins.flatMap((origin) => [`${origin}${path}`, `${origin}${path}?${query}`]),
      ""
    )
  ]
}

const permutations = (parts: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> =>
  parts.length === 0
    ? [[]]
    : parts.flatMap((part, i) => permutations(parts.toSpliced(i, 1)).map((others) => [part, ...others]))

const subsets = (parts: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> =>
  parts.reduce<ReadonlyArray<ReadonlyArray<string>>>(
    (all, part) => all.flatMap((some) => [[...some, part], some]),
    [[]]
  )

const ofPairs = (query: string, encode: (text: string) => string): string =>
  Array.from(new URLSearchParams(query), ([name, value]) => `${encode(name)}=${encode(value)}`).join("&")

const upperEscapes = (text: string) => encodeURIComponent(Recipe.wellFormed(text))
// What RFC 3986 reserves too: PHP's rawurlencode, Python's quote.
const strict = (text: string) =>
  upperEscapes(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

const manyParameters = 5

const querySigned = (
  mistake: SignatureMistake,
  changes: string,
  variants: ReadonlyArray<(query: string) => string>,
  pairs = true
) =>
  variants.map((change) => candidate(mistake, changes, (recipe) => ({ ...recipe, query: change(recipe.query) }), pairs))

const queries = ({ query }: Facts): ReadonlyArray<Candidate> => {
  const parts = query.split("&")
  const few = parts.length <= manyParameters
  const fixed = (mistake: SignatureMistake, texts: ReadonlyArray<string>, pairs: boolean) =>
    querySigned(
      mistake,
      "query order",
      unique(texts, query).map((text) => () => text),
      pairs
    )
  return [
    ...querySigned("query-sorted", "query order", [(text) => text.split("&").toSorted().join("&")]),
    ...querySigned("query-encoded-again", "query encoding", [
      (text) => new URLSearchParams(text).toString(),
      (text) => ofPairs(text, upperEscapes),
      (text) => ofPairs(text, strict),
      (text) => encodeURI(Recipe.wellFormed(text)),
      (text) => encodeURIComponent(Recipe.wellFormed(text)),
      (text) => text.replace(/%[0-9a-f]{2}/gi, (escape) => escape.toLowerCase())
    ]),
    ...querySigned("query-decoded", "query encoding", [decoded, (text) => decoded(text.replaceAll("+", " "))]),
    ...querySigned("query-with-question-mark", "query start", [(text) => `?${text}`]),
    ...querySigned("query-missing", "query order", [() => ""]),
    ...(few
      ? fixed(
          "query-reordered",
          permutations(parts).map((order) => order.join("&")),
          parts.length <= 3
        )
      : []),
    ...(few
      ? fixed(
          "query-incomplete",
          subsets(parts).map((some) => some.join("&")),
          parts.length <= 3
        )
      : [])
  ]
}

const timestampPattern = /(^|&)timestamp=([^&]*)/

const timestamps = ({ query }: Facts): ReadonlyArray<Candidate> => {
  const sent = timestampPattern.exec(query)?.[2] ?? ""
  const number = Number(sent)
  if (sent === "" || !Number.isFinite(number)) return []
  const signed = (mistakes: ReadonlyArray<SignatureMistake>, values: ReadonlyArray<number | string>, pairs: boolean) =>
    unique(values.map(String), sent).map((value) =>
      candidate(
        mistakes,
        "timestamp",
        (recipe) => ({ ...recipe, query: recipe.query.replace(timestampPattern, `$1timestamp=${value}`) }),
        pairs
      )
    )
  const seconds = number > 1e11 ? number / 1000 : number
  const rounded = [Math.floor(seconds), Math.ceil(seconds), seconds]
  const nearby = [-1, 1, -2, 2, -3, 3, -4, 4, -5, 5].map((off) => Math.floor(seconds) + off)
  const thousand = Array.from({ length: 1000 }, (_, i) => Math.floor(seconds) * 1000 + i)
  return [
    ...signed(["timestamp-differs"], rounded, true),
    ...signed(["timestamp-differs"], nearby, false),
    ...(seconds === number ? signed(["timestamp-in-milliseconds", "timestamp-differs"], [number * 1000], true) : []),
    ...(seconds === number ? signed(["timestamp-in-milliseconds", "timestamp-differs"], thousand, false) : [])
  ]
}

const withoutNulls = (json: Schema.Json): Schema.Json =>
  JSON.parse(JSON.stringify(json), (_, value: unknown) => (value === null ? undefined : value)) ?? null

const contents = ({ body, content }: Facts): ReadonlyArray<Candidate> => {
  const signed = (mistakes: SignatureMistake | ReadonlyArray<SignatureMistake>, text: string) =>
    candidate(mistakes, "content", (recipe) => ({ ...recipe, content: { text } }))
  const empty = canonicalJson(content) === "{}" || content === null
  const asSent = Recipe.write(content, Recipe.compact)
  const unsorted = asSent !== canonicalJson(content)
  const reads: ReadonlyArray<SignatureMistake> = [
    ...(unsorted ? (["body-unsorted"] as const) : []),
    ...(body === asSent ? [] : (["body-with-white-space"] as const))
  ]
  return [
    ...(unsorted ? [candidate("body-unsorted", "content order", (recipe) => ({ ...recipe, sorted: false }))] : []),
    ...(empty
      ? ["{}", '""', "[]", '"{}"', '"null"'].map((text) => signed("empty-body-not-null", text))
      : [
          candidate("body-with-white-space", "content", (recipe) => ({
            ...recipe,
            content: { text: Recipe.write(JSON.parse(canonicalJson(content)), Recipe.spaced) }
          })),
          ...(reads.length > 0 ? [signed(reads, body), signed(reads, body.trim())] : []),
          ...(unsorted
            ? [signed(["body-unsorted", "body-with-white-space"], Recipe.write(content, Recipe.spaced))]
            : []),
          signed("body-with-white-space", JSON.stringify(JSON.parse(canonicalJson(content)), null, 2)),
          signed("body-with-white-space", `${canonicalJson(content)}\n`),
          ...unique([body, canonicalJson(content)], "").map((text) => signed("body-as-text", JSON.stringify(text))),
          signed("body-missing", "null"),
          signed("body-missing", "{}"),
          signed("body-missing", '""'),
          candidate("null-members-left-out", "content", (recipe) => ({
            ...recipe,
            content: { json: withoutNulls(content) }
          }))
        ])
  ]
}

const messages = ({ body, content }: Facts): ReadonlyArray<Candidate> => {
  const orders = permutations(["content", "path", "query"]).slice(1) as ReadonlyArray<Recipe.Recipe["members"]>
  const said = (mistake: SignatureMistake, around: (message: string) => string) =>
    candidate(mistake, "around", (recipe) => ({
      ...recipe,
      around: (message) => around(recipe.around(message))
    }))
  return [
    candidate("message-with-white-space", "separators", (recipe) => ({ ...recipe, separators: Recipe.spaced })),
    candidate("message-with-white-space", "separators", (recipe) => ({
      ...recipe,
      separators: { comma: ",", colon: ": " }
    })),
    candidate("message-with-white-space", "separators", (recipe) => ({
      ...recipe,
      separators: { comma: ", ", colon: ":" }
    })),
    ...orders.map((members) => candidate("message-unsorted", "members", (recipe) => ({ ...recipe, members }))),
    candidate("content-left-out", "members", (recipe) => ({ ...recipe, members: ["path", "query"] })),
    said("message-with-new-line", (message) => `${message}\n`),
    said("message-with-new-line", (message) => `${message}\r\n`),
    said("message-is-body", () => canonicalJson(content)),
    said("message-is-body", () => body)
  ]
}

const escapedAs =
  (pattern: RegExp, upper = false) =>
  (text: string): string =>
    text.replace(pattern, (unit) => {
      const digits = unit.charCodeAt(0).toString(16).padStart(4, "0")
      return `\\u${upper ? digits.toUpperCase() : digits}`
    })

const nonAscii = /[\u007f-\uffff]/g
const escapedQuotes = (text: string): string => text.replaceAll('\\"', "\\u0022")

const escapes: ReadonlyArray<Candidate> = [
  ...(
    [
      ["non-ascii-escaped", "non-ASCII", escapedAs(nonAscii)],
      ["non-ascii-escaped", "non-ASCII", escapedAs(nonAscii, true)],
      ["html-escaped", "HTML", escapedAs(/[&<>\u2028\u2029]/g)],
      ["html-escaped", "HTML", escapedAs(/[&<>]/g)],
      // Gson escapes these too.
      ["html-escaped", "HTML", escapedAs(/[&<>='\u2028\u2029]/g)],
      // System.Text.Json escapes more, in capitals.
      ["html-escaped", "HTML", (text: string) => escapedQuotes(escapedAs(/[&<>'+`]/g, true)(text))],
      ["slashes-escaped", "slashes", (text: string) => text.replaceAll("/", "\\/")]
    ] as const
  ).map(([mistake, changes, escape]) =>
    candidate(mistake, `escape ${changes}`, (recipe) => ({
      ...recipe,
      escape: (message) => escape(recipe.escape(message))
    }))
  ),
  candidate("not-utf-8", "encoding", (recipe) => ({ ...recipe, encode: Recipe.latin1 }))
]

/** What to try on a request, the likely before the rare. */
export const candidatesOf = (facts: Facts): ReadonlyArray<Candidate> => [
  ...paths(facts),
  ...queries(facts),
  ...contents(facts),
  ...escapes,
  ...messages(facts),
  ...keys(facts),
  ...hashes,
  ...timestamps(facts)
]

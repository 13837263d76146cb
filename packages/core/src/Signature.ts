/**
 * SnapTrade's signature: base64( HMAC-SHA256( consumerKey, canonical JSON of what is sent ) ).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"

/**
 * Computes HMAC-SHA256 on the runtime at hand. A signer that fails is a defect: there is nothing that a caller could do.
 *
 * `signWith(consumerKey)` prepares the key once; the function that it returns signs one message (as UTF-8) and answers
 * the signature in base64.
 *
 * @example
 * ```ts
 * import { Signer } from "@effect-snaptrade/core"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 * import { createHmac } from "node:crypto"
 *
 * const layerSigner = Layer.succeed(Signer, {
 *   signWith: (consumerKey) => (message) =>
 *     Effect.sync(() => createHmac("sha256", Redacted.value(consumerKey)).update(message).digest("base64"))
 * })
 * ```
 */
export class Signer extends Context.Service<
  Signer,
  {
    readonly signWith: (consumerKey: Redacted.Redacted) => (message: string) => Effect.Effect<string>
  }
>()("@effect-snaptrade/core/Signature/Signer") {}

/**
 * The parts of a request that its signature covers.
 */
export interface Signed {
  /** The JSON that the body holds; `null` without a body. */
  readonly content: Schema.Json
  /** The path as sent, with whatever prefix the base URL has. */
  readonly path: string
  /** The query as sent, neither sorted nor encoded again, without the question mark. */
  readonly query: string
}

const hasSurrogate = /[\ud800-\udfff]/

// UTF-16 order is code point order until surrogates come in: those sort before U+E000 to U+FFFF, but stand for more.
const byCodePoint = (a: string, b: string): number => {
  if (hasSurrogate.test(a) || hasSurrogate.test(b)) {
    const left = Array.from(a, (char) => char.codePointAt(0) ?? 0)
    const right = Array.from(b, (char) => char.codePointAt(0) ?? 0)
    const differs = left.findIndex((point, i) => point !== right[i])
    return differs === -1 ? left.length - right.length : (left[differs] ?? 0) - (right[differs] ?? -1)
  }
  return a < b ? -1 : a > b ? 1 : 0
}

const isArray: (json: unknown) => json is ReadonlyArray<Schema.Json> = Array.isArray

/**
 * JSON with keys sorted by code point at every level and no white space, as Python's `json.dumps(…, sort_keys=True,
 * separators=(",", ":"), ensure_ascii=False)` writes it. A field that is undefined is left out.
 *
 * @example
 * ```ts
 * import { canonicalJson } from "@effect-snaptrade/core"
 *
 * canonicalJson({ b: [1, null], a: "é" }) // {"a":"é","b":[1,null]}
 * ```
 */
export const canonicalJson = (json: Schema.Json | { readonly [field: string]: Schema.Json | undefined }): string => {
  if (json === null || typeof json !== "object") return JSON.stringify(json)
  if (isArray(json)) return `[${json.map(canonicalJson).join(",")}]`
  let members = ""
  for (const key of Object.keys(json).toSorted(byCodePoint)) {
    const value = json[key]
    if (value === undefined) continue
    members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(value)}`
  }
  return `{${members}}`
}

/**
 * What is signed: the canonical JSON of content, path and query. An empty object as content signs as `null`, as it does
 * in SnapTrade's own SDKs.
 *
 * @example
 * ```ts
 * import { canonicalRequest } from "@effect-snaptrade/core"
 *
 * canonicalRequest({
 *   content: { userId: "user-123" },
 *   path: "/snapTrade/registerUser",
 *   query: "clientId=MY-APP&timestamp=1715123456"
 * })
 * ```
 */
export const canonicalRequest = (signed: Signed): string =>
  canonicalMessage(canonicalJson(signed.content), signed.path, signed.query)

/** The same for content that is canonical JSON already. */
export const canonicalMessage = (content: string, path: string, query: string): string =>
  `{"content":${content === "{}" ? "null" : content},"path":${JSON.stringify(path)},"query":${JSON.stringify(query)}}`

/**
 * Whether two signatures are the same, in a time that depends on their length only, so that nobody can guess one byte by
 * byte.
 */
export const equals = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

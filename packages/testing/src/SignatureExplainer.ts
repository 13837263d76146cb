/**
 * Why a signature does not verify. The request is signed again with the mistakes that one makes when signing by hand, one
 * at a time and then two at once, until a signature comes out that is the one received.
 */
import { canonicalJson, canonicalRequest, signatureEquals } from "@effect-snaptrade/core"
import * as Duration from "effect/Duration"
import * as Base64 from "effect/encoding/Base64"
import { identity } from "effect/Function"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type Candidate, candidatesOf } from "./internal/signatureCandidates.ts"
import * as Recipe from "./internal/signatureRecipe.ts"
import { type Spelling, spellingsOf } from "./internal/signatureSpelling.ts"
import { advice, SignatureMistake } from "./SignatureMistake.ts"

export { advice, SignatureMistake } from "./SignatureMistake.ts"

const Compared = Schema.Struct({
  /** What would have verified. */
  expected: Schema.String,
  /** What came; of the message, what was signed, where it was found out. */
  received: Schema.optionalKey(Schema.String)
})

/**
 * What is wrong with a request's signature. It holds neither the consumerKey nor a userSecret: where they would stand it says
 * so.
 */
export const SignatureExplanation = Schema.Struct({
  /** What was done wrong, by name and with what to do about it. Empty where it was not found out. */
  mistakes: Schema.Array(Schema.Struct({ mistake: SignatureMistake, advice: Schema.String })),
  /** What else there is to know. */
  hints: Schema.Array(Schema.String),
  /** The header `Signature`. */
  signature: Schema.optionalKey(Compared),
  /** The canonical JSON that is signed. */
  message: Schema.optionalKey(Compared)
})

/** What is wrong with a request's signature. */
export type SignatureExplanation = typeof SignatureExplanation.Type

/**
 * A request as it arrived, and what it is held against.
 */
export interface SignedRequest {
  /** The key that should have been signed with. */
  readonly consumerKey: Redacted.Redacted
  /** The clientId that belongs to it. */
  readonly clientId: string
  /** The path as it was sent. */
  readonly path: string
  /** The query as it was sent, without the question mark. */
  readonly query: string
  /** The body as it was sent; empty without one. */
  readonly body: string
  /** The header `Signature`; undefined without one. */
  readonly signature: string | undefined
  /** The header `Host`: some sign the whole URL. */
  readonly host?: string | undefined
  /** When it arrived, in milliseconds since the epoch. Without it a timestamp is never too old. */
  readonly at?: number | undefined
  /** How far its timestamp may be off; 5 minutes unless told. */
  readonly timestampTolerance?: Duration.Input | undefined
}

const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Json))

/** How many bytes are hashed at most, so that a long body does not hold everything up. */
const effort = 4_000_000

interface Found {
  readonly mistakes: ReadonlyArray<SignatureMistake>
  readonly message: string
}

interface Search {
  readonly found: Found | undefined
  /** Whether everything was tried that there is to try. */
  readonly complete: boolean
}

/** Tries the candidates until one comes to a spelling of the signature: none, one, then two of them. */
const search = (
  recipe: Recipe.Recipe,
  candidates: ReadonlyArray<Candidate>,
  spellings: ReadonlyArray<Spelling>
): Search => {
  // Of two that are the same, the one with fewer mistakes: it comes first.
  const mistakesOf = new Map(spellings.toReversed().map(({ digest, mistakes }) => [digest, mistakes]))
  const tried = new Set<string>()
  let left = effort

  const attempt = (changed: Recipe.Recipe, made: ReadonlyArray<SignatureMistake>): Found | undefined => {
    const message = Recipe.messageOf(changed)
    const ordinary = changed.key === recipe.key && changed.digest === recipe.digest && changed.encode === recipe.encode
    if (ordinary && tried.has(message)) return undefined
    if (ordinary) tried.add(message)
    left -= message.length + 256
    const spelled = mistakesOf.get(Base64.encode(changed.digest(changed.key, changed.encode(message))))
    return spelled === undefined ? undefined : { mistakes: [...made, ...spelled], message }
  }

  const right = attempt(recipe, [])
  if (right !== undefined) return { found: right, complete: true }

  const pairing: Array<readonly [Candidate, Recipe.Recipe]> = []
  for (const candidate of candidates) {
    if (left < 0) return { found: undefined, complete: false }
    const changed = candidate.apply(recipe)
    const before = tried.size
    const found = attempt(changed, candidate.mistakes)
    if (found !== undefined) return { found, complete: true }
    // What changes nothing about this request is not tried beside others, unless they give it something to change.
    const changes = tried.size > before || changed.key !== recipe.key || changed.digest !== recipe.digest
    if (candidate.pairs && (changes || changed.escape !== recipe.escape || changed.encode !== recipe.encode)) {
      pairing.push([candidate, changed])
    }
  }
  for (const [i, [first, changed]] of pairing.entries()) {
    for (const [second] of pairing.slice(i + 1)) {
      if (first.changes === second.changes) continue
      if (left < 0) return { found: undefined, complete: false }
      const found = attempt(second.apply(changed), [...first.mistakes, ...second.mistakes])
      if (found !== undefined) return { found, complete: true }
    }
  }
  return { found: undefined, complete: true }
}

const milliseconds = (timestamp: string) => /^\d{12,14}$/.test(timestamp)

/** What is wrong with the timestamp that was sent, whatever was signed. */
const timestampMistakes = (
  timestamp: string,
  { at, timestampTolerance }: SignedRequest
): ReadonlyArray<SignatureMistake> => {
  if (milliseconds(timestamp)) return ["timestamp-in-milliseconds"]
  if (!/^\d+$/.test(timestamp)) return ["timestamp-not-whole"]
  const tolerance = Duration.toMillis(Duration.fromInputUnsafe(timestampTolerance ?? "5 minutes"))
  return at !== undefined && Math.abs(Number(timestamp) * 1000 - at) > tolerance ? ["timestamp-skewed"] : []
}

const skewHint = (timestamp: string, at: number | undefined): string => {
  const seconds = Math.round((Number(timestamp) * 1000 - (at ?? 0)) / 1000)
  return `The timestamp is ${Math.abs(seconds)} seconds ${seconds < 0 ? "behind" : "ahead of"} the time here.`
}

/** Every text in JSON. */
const textsOf = (json: unknown): ReadonlyArray<string> =>
  typeof json === "string"
    ? [json]
    : typeof json === "object" && json !== null
      ? Object.values(json).flatMap(textsOf)
      : []

/** Every userSecret in a query and in a body. */
const userSecretsOf = (query: string, content: Schema.Json): ReadonlyArray<string> => {
  const secrets = new URLSearchParams(query).getAll("userSecret")
  JSON.stringify(content, (name, value: unknown) => {
    if (name === "userSecret") secrets.push(...textsOf(value))
    return value
  })
  return secrets
}

const longest = 4000

// Shorter ones occur by chance, in words that are no secrets.
const shortestSecret = 6

const hider = (consumerKey: string, userSecrets: ReadonlyArray<string>) => {
  const hidden: ReadonlyArray<readonly [string, string]> = [
    [consumerKey, "<consumerKey>"] as const,
    ...userSecrets.map((secret) => [secret, "<userSecret>"] as const)
  ].flatMap(([secret, name]) =>
    secret.length < shortestSecret
      ? []
      : [
          secret,
          encodeURIComponent(Recipe.wellFormed(secret)),
          encodeURI(Recipe.wellFormed(secret)),
          JSON.stringify(secret).slice(1, -1),
          Base64.encode(secret)
        ].map((spelling) => [spelling, name] as const)
  )
  return (text: string): string => {
    const silent = hidden
      .reduce((rest, [spelling, name]) => rest.replaceAll(spelling, name), text)
      .replace(/(userSecret(?:=|%3D))[^&"\\<]+/gi, "$1<userSecret>")
      .replace(/(userSecret\\*"\s*:\s*\\*")[^"\\<]+/g, "$1<userSecret>")
    return silent.length > longest ? `${silent.slice(0, longest)}… (${silent.length} characters)` : silent
  }
}

const named = (mistakes: ReadonlyArray<SignatureMistake>) =>
  Array.from(new Set(mistakes), (mistake) => ({ mistake, advice: advice[mistake] }))

const lengthHint = (spellings: ReadonlyArray<Spelling>): ReadonlyArray<string> => {
  const lengths = spellings.flatMap(({ digest }) => {
    const bytes = Base64.decode(digest)
    return Result.isSuccess(bytes) ? [bytes.success.length] : []
  })
  if (lengths.includes(32)) return []
  return [
    lengths[0] === undefined
      ? "The signature received is no base64. A signature is the base64 of 32 bytes: 44 characters."
      : `The signature received is the base64 of ${lengths[0]} bytes. That of HMAC-SHA256 is the base64 of 32: 44 characters.`
  ]
}

const notFound = (complete: boolean): string =>
  complete
    ? "No known mistake, and no two of them, make this signature. Either it was made with another consumerKey, which a signature does not tell, or of another body, path or query: compare what you sign with the message that was expected, character by character."
    : "The request is too long to try every mistake on it. Try again with a short body."

/**
 * Says what is wrong with the signature of a request, or nothing where it verifies and its timestamp is fresh. It needs no
 * server, runs everywhere and is synchronous: some thousand signatures at most, fewer of a long body.
 *
 * @example
 * ```ts
 * import { SignatureExplainer } from "@effect-snaptrade/testing"
 * import * as Redacted from "effect/Redacted"
 *
 * const explanation = SignatureExplainer.explain({
 *   clientId: "MY-APP",
 *   consumerKey: Redacted.make("my-consumer-key"),
 *   path: "/snapTrade/registerUser",
 *   query: "clientId=MY-APP&timestamp=1715123456",
 *   body: '{"userId":"user-123"}',
 *   signature: "…"
 * })
 * if (explanation !== undefined) console.log(SignatureExplainer.format(explanation))
 * ```
 */
export const explain = (request: SignedRequest): SignatureExplanation | undefined => {
  const { body, clientId, path, query, signature } = request
  const consumerKey = Redacted.value(request.consumerKey)
  const parameters = new URLSearchParams(query)
  const timestamp = parameters.get("timestamp")
  const json = body === "" ? Result.succeed<Schema.Json>(null) : decodeJson(body)
  const content = Result.getOrElse(json, () => null)

  const missing: ReadonlyArray<SignatureMistake> = [
    ...(parameters.has("clientId") ? [] : (["client-id-missing"] as const)),
    ...(timestamp === null ? (["timestamp-missing"] as const) : []),
    ...(signature === undefined ? (["signature-missing"] as const) : [])
  ]
  const wrong: ReadonlyArray<SignatureMistake> = [
    ...missing,
    ...(parameters.has("clientId") && parameters.get("clientId") !== clientId ? (["client-id-unknown"] as const) : []),
    ...(Result.isFailure(json) ? (["body-not-json"] as const) : []),
    ...(timestamp === null ? [] : timestampMistakes(timestamp, request))
  ]
  const hints = wrong.includes("timestamp-skewed") ? [skewHint(timestamp ?? "", request.at)] : []
  const unsearched: ReadonlyArray<SignatureMistake> = [...missing, "client-id-unknown", "body-not-json"]
  if (signature === undefined || unsearched.some((mistake) => wrong.includes(mistake))) {
    return { mistakes: named(wrong), hints }
  }

  const expectedMessage = canonicalRequest({ content, path, query })
  const recipe: Recipe.Recipe = {
    key: Recipe.bytesOf(consumerKey),
    digest: Recipe.hmacSha256,
    encode: Recipe.bytesOf,
    escape: identity,
    around: identity,
    members: ["content", "path", "query"],
    separators: Recipe.compact,
    content: { json: canonicalJson(content) === "{}" ? null : content },
    sorted: true,
    path,
    query
  }
  const expectedSignature = Base64.encode(recipe.digest(recipe.key, recipe.encode(expectedMessage)))
  if (signatureEquals(signature, expectedSignature) && wrong.length === 0) return undefined

  const hide = hider(consumerKey, userSecretsOf(query, content))
  const spellings = spellingsOf(signature)
  const isKey = spellings.some(({ digest }) => digest === consumerKey || digest === Base64.encode(consumerKey))
  const candidates = candidatesOf({ clientId, consumerKey, path, query, body, content, host: request.host })
  const { complete, found } = isKey
    ? { complete: true, found: { mistakes: ["key-as-signature"] as const, message: expectedMessage } }
    : search(recipe, candidates, spellings)
  return {
    mistakes: named([...(found?.mistakes ?? []), ...wrong]),
    hints: [...hints, ...(found === undefined ? [...lengthHint(spellings), notFound(complete)] : [])],
    signature: { expected: expectedSignature, received: hide(signature) },
    message: {
      expected: hide(expectedMessage),
      ...(found !== undefined && !isKey && { received: hide(found.message) })
    }
  }
}

// A new line that was signed is to be seen, and what somebody sent writes no line of its own.
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}]/gu

const sideBySide = (what: string, { expected, received }: typeof Compared.Type): ReadonlyArray<string> => [
  `${what} expected: ${expected}`,
  ...(received === undefined ? [] : [`${what} received: ${received}`])
]

/**
 * An explanation as lines of text: what was done wrong and what to do, then expected and received below each other.
 */
export const format = ({ hints, message, mistakes, signature }: SignatureExplanation): string =>
  [
    ...mistakes.map(({ advice: sentence, mistake }) => `${mistake}: ${sentence}`),
    ...hints,
    ...(signature === undefined ? [] : sideBySide("signature", signature)),
    ...(message === undefined ? [] : sideBySide("message  ", message))
  ]
    .map((line) => line.replace(unprintable, (unit) => `<${unit.charCodeAt(0).toString(16).padStart(2, "0")}>`))
    .join("\n")

/**
 * Takes what was sent out of what came back: a server may echo a signature, a query or a secret, in any encoding.
 */
import * as Base64 from "effect/encoding/Base64"

const longest = 500

// Shorter ones say nothing, and would tear words apart.
const shortest = 3
const controlCharacters = /\p{Cc}+/gu

const spellings = (secret: string): ReadonlyArray<string> => [
  secret,
  encodeURIComponent(secret),
  new URLSearchParams([["", secret]]).toString().slice(1),
  JSON.stringify(secret).slice(1, -1),
  Base64.encode(secret)
]

/**
 * Text of a stranger's, fit for an error: without the secrets, on one line, of bounded length.
 */
export const scrub = (text: string, secrets: ReadonlyArray<string>): string => {
  const clean = secrets
    .filter((secret) => secret.length >= shortest)
    .flatMap(spellings)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, spelling) => rest.replaceAll(spelling, "<redacted>"), text)
    .replace(controlCharacters, " ")
    .trim()
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean
}

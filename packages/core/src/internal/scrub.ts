/**
 * Takes what was sent out of what came back: a server may echo a signature, a query or a secret, in any of
 * its usual spellings.
 */
import * as Base64 from "effect/encoding/Base64"
import * as Hex from "effect/encoding/Hex"

const longest = 500

// Shorter ones say nothing, and would tear words apart.
const shortest = 3
const controlCharacters = /\p{Cc}+/gu

// What is spelled alike in a URL, a form and JSON.
const plain = /^[\w.-]*$/

const lowerCase = (text: string) => text.toLowerCase()

const escaped = (secret: string): ReadonlyArray<string> => {
  const percent = [encodeURIComponent(secret), new URLSearchParams([["", secret]]).toString().slice(1)]
  return [...percent, ...percent.map((text) => text.replace(/%../g, lowerCase)), JSON.stringify(secret).slice(1, -1)]
}

const without = (text: string, spelling: string): string => text.replaceAll(spelling, "<redacted>")

const withoutHex = (text: string, secret: string): string => {
  // Mostly told by the first byte, where that is the first character.
  const first = secret.charCodeAt(0)
  if (first < 0x80 && !text.toLowerCase().includes(first.toString(16))) return text
  const hex = Hex.encode(secret)
  return without(without(text, hex), hex.toUpperCase())
}

// Most texts are request ids, and too short for most spellings.
const withoutSecret = (text: string, secret: string): string => {
  const isPlain = plain.test(secret)
  let clean = isPlain ? text : escaped(secret).reduce(without, text)
  if (clean.length >= (4 / 3) * secret.length) clean = without(clean, isPlain ? btoa(secret) : Base64.encode(secret))
  if (clean.length >= 2 * secret.length) clean = withoutHex(clean, secret)
  return without(clean, secret)
}

/**
 * Text of a stranger's, fit for an error: without the secrets, on one line, of bounded length. The longest secret comes first.
 */
export const scrub = (text: string, secrets: ReadonlyArray<string>): string => {
  let clean = text
  for (const secret of secrets) {
    // No spelling is shorter than the secret itself.
    if (secret.length < shortest || secret.length > clean.length) continue
    clean = withoutSecret(clean, secret)
  }
  clean = clean.replace(controlCharacters, " ").trim()
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean
}

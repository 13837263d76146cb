/**
 * The digests that a signature, as it was received, may be a spelling of.
 */
import * as Base64 from "effect/encoding/Base64"
import * as Hex from "effect/encoding/Hex"
import * as Result from "effect/Result"
import type { SignatureMistake } from "../SignatureMistake.ts"

/** The digest in base64, and by which mistakes it came to be spelled as it was. */
export interface Spelling {
  readonly digest: string
  readonly mistakes: ReadonlyArray<SignatureMistake>
}

const hex = /^[0-9a-f]+$/i

/** A text that was made of another one by a mistake. */
type Undo = (text: string) => readonly [text: string, mistakes: ReadonlyArray<SignatureMistake>] | undefined

const around = /^(?:sha256=|hmac-sha256\s+|hmac\s+|b(?=['"]))/i
const quotes = /^["'\s]+|["'\s]+$/g

const undecorated: Undo = (text) => {
  const bare = text.trim().replace(around, "").replaceAll(quotes, "")
  return bare === text ? undefined : [bare, ["signature-decorated"]]
}

const uriDecoded: Undo = (text) => {
  if (!/%(?:2b|2f|3d)/i.test(text)) return undefined
  return [text.replace(/%2b/gi, "+").replace(/%2f/gi, "/").replace(/%3d/gi, "="), ["signature-uri-encoded"]]
}

const fromHex: Undo = (text) => {
  const bytes = hex.test(text) && text.length >= 32 ? Result.getOrUndefined(Hex.decode(text.toLowerCase())) : undefined
  return bytes === undefined ? undefined : [Base64.encode(bytes), ["signature-in-hex"]]
}

const ofHex: Undo = (text) => {
  const inner = Result.getOrElse(Base64.decodeString(text), () => "").trim()
  const undone = fromHex(inner)
  return undone === undefined ? undefined : [undone[0], ["signature-of-hex"]]
}

const standard: Undo = (text) => {
  if (!/^[\w+/-]+=*$/.test(text)) return undefined
  const url = /[-_]/.test(text)
  const unpadded = text.replace(/=+$/, "")
  const base64 = unpadded
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .padEnd(Math.ceil(unpadded.length / 4) * 4, "=")
  const short = text.length < base64.length
  return url || short
    ? [
        base64,
        [
          ...(url ? (["signature-in-base64url"] as const) : []),
          ...(short ? (["signature-without-padding"] as const) : [])
        ]
      ]
    : undefined
}

/** What a signature may be a spelling of, as it is before everything else. */
export const spellingsOf = (signature: string): ReadonlyArray<Spelling> => {
  const spellings: Array<Spelling> = [{ digest: signature, mistakes: [] }]
  for (const undo of [undecorated, uriDecoded, standard, fromHex, ofHex]) {
    for (const { digest, mistakes } of Array.from(spellings)) {
      const undone = undo(digest)
      if (undone !== undefined) spellings.push({ digest: undone[0], mistakes: [...mistakes, ...undone[1]] })
    }
  }
  return spellings
}

/**
 * The JSON that travels: UTF-8 and nothing else.
 */
import type * as Schema from "effect/Schema"

// A byte that is not UTF-8 must not become a replacement character in a secret.
const strictUtf8 = new TextDecoder("utf-8", { fatal: true })

/** Throws where the bytes are not UTF-8, or the text is not JSON. */
export const parseJson = (bytes: ArrayBuffer | Uint8Array): Schema.Json => JSON.parse(strictUtf8.decode(bytes))

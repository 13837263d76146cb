/**
 * HMAC-SHA256 that is synchronous everywhere, workerd included: a signer that waits would leave TestClock's fiber.
 */
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import * as Base64 from "effect/encoding/Base64"
import * as Redacted from "effect/Redacted"

const utf8 = new TextEncoder()

export const hmacSha256 = (consumerKey: Redacted.Redacted): ((message: string) => string) => {
  const key = utf8.encode(Redacted.value(consumerKey))
  return (message) => Base64.encode(hmac(sha256, key, utf8.encode(message)))
}

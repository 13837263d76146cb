/**
 * Bare `fetch` and WebCrypto, with the key imported once.
 */
import { requestByHand, userOf } from "./byHand.ts"
import type { Connect } from "./contender.ts"

const utf8 = new TextEncoder()

export const connect: Connect = async ({ baseUrl, clientId, consumerKey }) => {
  const hmac = { name: "HMAC", hash: "SHA-256" }
  const key = await crypto.subtle.importKey("raw", utf8.encode(consumerKey), hmac, false, ["sign"])
  return {
    register: async (userId) => {
      const { body, message, path } = requestByHand(clientId, userId)
      const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8.encode(message)))
      const headers = { "content-type": "application/json", signature: btoa(String.fromCharCode(...signature)) }
      const reply = await fetch(baseUrl + path, { method: "POST", headers, body })
      return userOf(reply.status, await reply.text())
    },
    close: async () => {}
  }
}

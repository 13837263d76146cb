/**
 * Bare `fetch` and `node:crypto`: the fastest on Bun.
 */
import { createHmac, createSecretKey } from "node:crypto"
import { requestByHand, userOf } from "./byHand.ts"
import type { Connect } from "./contender.ts"

export const connect: Connect = ({ baseUrl, clientId, consumerKey }) => {
  const key = createSecretKey(consumerKey, "utf8")
  return {
    register: async (userId) => {
      const { body, message, path } = requestByHand(clientId, userId)
      const signature = createHmac("sha256", key).update(message).digest("base64")
      const headers = { "content-type": "application/json", signature }
      const reply = await fetch(baseUrl + path, { method: "POST", headers, body })
      return userOf(reply.status, await reply.text())
    },
    close: async () => {}
  }
}

/**
 * Bare undici and `node:crypto`.
 */
import { createHmac, createSecretKey } from "node:crypto"
import { Agent } from "undici"
import { requestByHand, userOf } from "./byHand.ts"
import type { Connect } from "./contender.ts"

export const connect: Connect = ({ baseUrl, clientId, consumerKey }) => {
  const agent = new Agent({ allowH2: false })
  const key = createSecretKey(consumerKey, "utf8")
  return {
    register: async (userId) => {
      const { body, message, path } = requestByHand(clientId, userId)
      const signature = createHmac("sha256", key).update(message).digest("base64")
      const headers = { "content-type": "application/json", signature }
      const reply = await agent.request({ origin: baseUrl, path, method: "POST", headers, body })
      return userOf(reply.statusCode, await reply.body.text())
    },
    close: () => agent.destroy()
  }
}

/**
 * Bare `node:http` and `node:crypto`.
 */
import { createHmac, createSecretKey } from "node:crypto"
import { Agent, type IncomingMessage, request } from "node:http"
import { requestByHand, userOf } from "./byHand.ts"
import type { Connect } from "./contender.ts"

const textOf = (reply: IncomingMessage) =>
  new Promise<string>((resolve, reject) => {
    let text = ""
    reply.setEncoding("utf8")
    reply.on("data", (chunk: string) => (text += chunk))
    reply.on("error", reject)
    reply.on("end", () => resolve(text))
  })

export const connect: Connect = ({ baseUrl, clientId, consumerKey }) => {
  const agent = new Agent({ keepAlive: true })
  const key = createSecretKey(consumerKey, "utf8")
  const { hostname, port } = new URL(baseUrl)
  return {
    register: async (userId) => {
      const { body, message, path } = requestByHand(clientId, userId)
      const headers = {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        signature: createHmac("sha256", key).update(message).digest("base64")
      }
      const reply = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = request({ agent, hostname, port, path, method: "POST", headers }, resolve)
        sent.on("error", reject)
        sent.end(body)
      })
      return userOf(reply.statusCode ?? 0, await textOf(reply))
    },
    close: async () => agent.destroy()
  }
}

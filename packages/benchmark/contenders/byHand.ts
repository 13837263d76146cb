/**
 * What the contenders without a library share: as little as gets a user registered.
 */
import type { User } from "./contender.ts"

const path = "/snapTrade/registerUser"

/** One request: what is sent, and what is to be signed. */
export const requestByHand = (clientId: string, userId: string) => {
  const query = `clientId=${encodeURIComponent(clientId)}&timestamp=${Math.floor(Date.now() / 1000)}`
  const content = { userId }
  return {
    path: `${path}?${query}`,
    body: JSON.stringify(content),
    message: JSON.stringify({ content, path, query })
  }
}

export const userOf = (status: number, json: string): User => {
  if (status !== 200) throw new Error(`status ${status}: ${json}`)
  return JSON.parse(json)
}

/**
 * A process that makes one call and ends: the cold start.
 */
import process from "node:process"
import { checked, type Connect } from "../../contenders/contender.ts"

export const once = async (connect: Connect): Promise<void> => {
  const [, , baseUrl = "", clientId = "", consumerKey = ""] = process.argv
  await checked(await connect({ baseUrl, clientId, consumerKey }), "user-123")
  process.exit(0)
}

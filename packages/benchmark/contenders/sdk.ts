/**
 * The official SDK, as its README shows it.
 */
import { Snaptrade, SnaptradeAuth } from "snaptrade-typescript-sdk"
import type { Connect } from "./contender.ts"

export const connect: Connect = ({ baseUrl, clientId, consumerKey }) => {
  const { authentication } = new Snaptrade({
    auth: SnaptradeAuth.commercialApiKey({ clientId, consumerKey }),
    basePath: baseUrl
  })
  return {
    register: async (userId) => {
      const { data } = await authentication.registerSnapTradeUser({ userId })
      return { userId: data.userId ?? "", userSecret: data.userSecret ?? "" }
    },
    close: async () => {}
  }
}

/**
 * The official SDK registers one user.
 */
import { Snaptrade, SnaptradeAuth } from "snaptrade-typescript-sdk"

export const register = async (env: { readonly clientId: string; readonly consumerKey: string }) => {
  const snaptrade = new Snaptrade({ auth: SnaptradeAuth.commercialApiKey(env) })
  const { data } = await snaptrade.authentication.registerSnapTradeUser({ userId: "user-123" })
  return data.userId
}

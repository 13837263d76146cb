// Registers a user with the official SDK, on whichever runtime runs this. Prints status and body.
import { Snaptrade, SnaptradeAuth } from "snaptrade-typescript-sdk"

const { SNAPTRADE_BASE_URL: basePath, SNAPTRADE_CLIENT_ID: clientId, SNAPTRADE_CONSUMER_KEY: consumerKey } = process.env
const { authentication } = new Snaptrade({ auth: SnaptradeAuth.commercialApiKey({ clientId, consumerKey }), basePath })
const { data, status } = await authentication.registerSnapTradeUser({ userId: process.argv[2] })
console.log(status, JSON.stringify(data))

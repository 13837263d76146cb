/**
 * SnapTrade on Cloudflare Workers and other edge runtimes: `fetch` and WebCrypto.
 */
export * as EdgeSnapTrade from "./EdgeSnapTrade.ts"

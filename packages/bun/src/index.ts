/**
 * SnapTrade on Bun: `fetch` and `node:crypto`.
 */
export * as BunSnapTrade from "./BunSnapTrade.ts"

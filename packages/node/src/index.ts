/**
 * SnapTrade on Node: undici and `node:crypto`.
 */
export * as NodeSnapTrade from "./NodeSnapTrade.ts"

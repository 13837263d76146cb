/**
 * Who takes part where.
 */

/** By the file that each has in `contenders`. */
export const says = {
  oursNode: "effect-snaptrade",
  oursNodeUntraced: "effect-snaptrade, spans off",
  oursBun: "effect-snaptrade",
  oursBunUntraced: "effect-snaptrade, spans off",
  oursEdge: "effect-snaptrade",
  oursEdgeUntraced: "effect-snaptrade, spans off",
  sdk: "official SDK",
  effectHttpClientNode: "by hand in Effect",
  effectHttpClientFetch: "by hand in Effect",
  leastOnNode: "the least in Effect",
  leastOnNodeUntraced: "the least in Effect, spans off",
  leastOnBun: "the least in Effect",
  undici: "bare undici, node:crypto",
  nodeHttp: "bare node:http, node:crypto",
  fetchWebCrypto: "bare fetch, WebCrypto",
  fetchNodeCrypto: "bare fetch, node:crypto"
} as const

export type ContenderId = keyof typeof says

export const onNode: ReadonlyArray<ContenderId> = [
  "oursNode",
  "oursNodeUntraced",
  "sdk",
  "undici",
  "nodeHttp",
  "fetchWebCrypto"
]
/** Where there is time for more: what Effect itself costs. */
export const onMainNode: ReadonlyArray<ContenderId> = [
  "oursNode",
  "oursNodeUntraced",
  "sdk",
  "effectHttpClientNode",
  "leastOnNode",
  "leastOnNodeUntraced",
  "undici",
  "nodeHttp",
  "fetchWebCrypto"
]
export const onBun: ReadonlyArray<ContenderId> = [
  "oursBun",
  "oursBunUntraced",
  "sdk",
  "effectHttpClientFetch",
  "leastOnBun",
  "fetchNodeCrypto",
  "fetchWebCrypto"
]
export const onWorkerd: ReadonlyArray<ContenderId> = ["oursEdge", "oursEdgeUntraced", "sdk", "fetchWebCrypto"]

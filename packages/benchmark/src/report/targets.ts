/**
 * What was aimed at, beside what was measured.
 */
import type { Results, Rounds, Runtime } from "../results.ts"
import { median, percentile } from "../statistics.ts"
import { kilobytes, table } from "../table.ts"

/** A ratio within rounds: their median, and the quartiles that tell how sure it is. */
export interface Ratio {
  readonly median: number
  readonly low: number
  readonly high: number
}

export const ratioOf = (runtime: Runtime | undefined, id: string, to: string, way: keyof Rounds): Ratio | undefined => {
  const rounds = (wanted: string) => runtime?.contenders.find((contender) => contender.id === wanted)?.rounds[way]
  const [ours, theirs] = [rounds(id), rounds(to)]
  if (ours === undefined || theirs === undefined) return undefined
  const ratios = ours.flatMap((round, i) => {
    const other = theirs[i]
    return other === undefined ? [] : [round / other]
  })
  return { median: median(ratios), low: percentile(ratios, 0.25), high: percentile(ratios, 0.75) }
}

export interface Target {
  readonly says: string
  readonly bound: "at most" | "at least"
  readonly target: number
  readonly value: number | undefined
  readonly spread?: string
  readonly show: (value: number) => string
}

const times = (value: number) => `${value.toFixed(2)}×`
const microseconds = (value: number) => `${value.toFixed(1)} µs`
const kB = (value: number) => `${kilobytes(value)} kB`

export const isMet = ({ bound, target, value }: Target): boolean | undefined =>
  value === undefined || Number.isNaN(value) ? undefined : bound === "at most" ? value <= target : value >= target

export const mainNode = (results: Results): Runtime | undefined => results.runtimes.find(({ name }) => name !== "Bun")

export const targetsOf = (results: Results): ReadonlyArray<Target> => {
  const node = mainNode(results)
  const name = node?.name ?? "Node"
  const bun = results.runtimes.find((runtime) => runtime.name === "Bun")
  const ratio = (
    says: string,
    bound: Target["bound"],
    target: number,
    ...[runtime, id, to, way]: Parameters<typeof ratioOf>
  ): Target => {
    const found = ratioOf(runtime, id, to, way)
    return {
      says,
      bound,
      target,
      value: found?.median,
      show: times,
      ...(found !== undefined && { spread: `${found.low.toFixed(2)} to ${found.high.toFixed(2)}` })
    }
  }
  const gzip = (id: string) =>
    [...results.sizes.bundles, ...results.sizes.differences].find((figure) => figure.id === id)?.size.gzip
  const peak = (id: string) =>
    results.memory.find((memory) => memory.runtime === node?.name && memory.id === id)?.peakMegabytes ?? Number.NaN
  const indexCosts = results.sizes.differences.filter(({ id }) => id.includes("-index/")).map(({ size }) => size.gzip)
  return [
    ratio(`${name}: p50 one after another, to bare undici`, "at most", 1.4, node, "oursNode", "undici", "p50"),
    ratio(`${name}: throughput at 50, to bare undici`, "at least", 0.55, node, "oursNode", "undici", "at50"),
    ratio(`${name}: the same, spans off`, "at least", 0.7, node, "oursNodeUntraced", "undici", "at50"),
    ratio(`${name}: throughput at 50, to the official SDK`, "at least", 3, node, "oursNode", "sdk", "at50"),
    ratio(`${name}: p50 one after another, to the official SDK`, "at most", 1 / 3, node, "oursNode", "sdk", "p50"),
    ratio("Bun: p50 one after another, to bare fetch", "at most", 1.3, bun, "oursBun", "fetchNodeCrypto", "p50"),
    ratio("Bun: throughput at 50, to bare fetch", "at least", 0.7, bun, "oursBun", "fetchNodeCrypto", "at50"),
    {
      says: `${name}: one call in process`,
      bound: "at most",
      target: 20,
      value: results.inProcess.find(({ runtime }) => runtime === node?.name)?.traced,
      show: microseconds
    },
    {
      says: `${name}: peak memory after 7,000 calls, to bare undici`,
      bound: "at most",
      target: 1.15,
      value: peak("oursNode") / peak("undici"),
      show: times
    },
    {
      says: `${name}: peak memory after 7,000 calls, to the official SDK`,
      bound: "at most",
      target: 0.6,
      value: peak("oursNode") / peak("sdk"),
      show: times
    },
    {
      says: `${name}: cold start of one call, bundled, to the official SDK`,
      bound: "at most",
      target: 1,
      value: results.coldStart.find(({ id, runtime }) => runtime === node?.name && id === "oursNode")?.toSdk,
      show: times
    },
    {
      says: "Worker that registers one user: esbuild, gzip",
      bound: "at most",
      target: 48_000,
      value: gzip("edge/esbuild"),
      show: kB
    },
    {
      says: "what ours adds to an Effect program with HttpClient and Schema: esbuild, gzip",
      bound: "at most",
      target: 8000,
      value: gzip("added/esbuild"),
      show: kB
    },
    {
      says: "what loginUser adds to a Worker that registers: esbuild, gzip",
      bound: "at most",
      target: 1500,
      value: gzip("login/esbuild"),
      show: kB
    },
    {
      says: "import by the index, to import past it: the most in any bundler, gzip",
      bound: "at most",
      target: 1000,
      value: indexCosts.length === 0 ? undefined : Math.max(...indexCosts),
      show: kB
    }
  ]
}

/** The cells of each: what, target, measured, middle half of the rounds, met. */
export const targetRows = (results: Results): ReadonlyArray<ReadonlyArray<string>> =>
  targetsOf(results).map((target) => {
    const met = isMet(target)
    return [
      target.says,
      `${target.bound === "at most" ? "≤" : "≥"} ${target.show(target.target)}`,
      target.value === undefined ? "not measured" : target.show(target.value),
      target.spread ?? "",
      met === undefined ? "" : met ? "met" : "missed"
    ]
  })

export const targetsHead = ["", "target", "measured", "middle half of rounds", ""]

export const targetsTable = (results: Results): string => table(targetsHead, targetRows(results))

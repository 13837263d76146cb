/**
 * The plots of a run, ratios first.
 */
import type { Results, Rounds } from "../results.ts"
import { median } from "../statistics.ts"
import { kilobytes } from "../table.ts"
import { bars, kindOf, lines, ranges } from "./svg.ts"
import { isMet, mainNode, ratioOf, targetsOf } from "./targets.ts"

const times = (value: number) => `${value.toFixed(2)}×`

const targets = (results: Results): string => {
  const measured = targetsOf(results).flatMap((target) => {
    const { bound, target: goal, value } = target
    if (value === undefined || Number.isNaN(value)) return []
    return [{ target, used: bound === "at most" ? value / goal : goal / value }]
  })
  return bars({
    title: "What was measured, to what was aimed at",
    subtitle: "a bar that ends left of the line meets its target, a long one is far off",
    labelWidth: 420,
    textWidth: 150,
    mark: { value: 1, text: "target" },
    groups: [
      {
        bars: measured.map(({ target, used }) => ({
          label: target.says
            .replace(": esbuild, gzip", "")
            .replace(": the most in any bundler, gzip", "")
            .replace(" with HttpClient and Schema", ""),
          value: Math.min(used, 1.8),
          text: `${target.show(target.value ?? 0)}, ${target.bound === "at most" ? "≤" : "≥"} ${target.show(target.target)}`,
          kind: isMet(target) === true ? ("met" as const) : ("missed" as const)
        }))
      }
    ]
  })
}

const beside = (results: Results, title: string, subtitle: string, way: keyof Rounds): string =>
  bars({
    title,
    subtitle,
    ownScales: true,
    groups: results.runtimes.map((runtime) => ({
      name: `${runtime.name} (${runtime.version})`,
      bars: runtime.contenders.map(({ id, rounds, says }) => ({
        label: says,
        value: ratioOf(runtime, id, runtime.base, way)?.median ?? 0,
        text: `${times(ratioOf(runtime, id, runtime.base, way)?.median ?? 0)} · ${Math.round(
          median(rounds[way])
        ).toLocaleString("en")}`,
        kind: kindOf(id)
      }))
    }))
  })

const sizeBars = (results: Results) => {
  const wanted = ["edge/esbuild", "sdk/esbuild", "floor/esbuild", "application/esbuild", "applicationAndOurs/esbuild"]
  return wanted.flatMap((id) => results.sizes.bundles.filter((figure) => figure.id === id))
}

/** By file name. */
export const plotsOf = (results: Results): Readonly<Record<string, string>> => {
  const node = mainNode(results)
  const on = node?.name ?? "Node"
  return {
    "targets.svg": targets(results),
    "throughput.svg": beside(
      results,
      "Throughput at 50 at once",
      "to the bare client of the runtime, more is better · calls a second",
      "at50"
    ),
    "throughput-500.svg": beside(
      results,
      "Throughput at 500 at once",
      "to the bare client of the runtime, more is better · calls a second",
      "at500"
    ),
    "cpu.svg": beside(
      results,
      "CPU of one call at 50 at once",
      "to the bare client of the runtime, less is better · microseconds",
      "cpu"
    ),
    "latency.svg": ranges({
      title: "One call after another",
      subtitle: "p50 · p95 · p99, less is better; the scale is logarithmic",
      unit: "µs",
      groups: results.runtimes.map((runtime) => ({
        name: `${runtime.name} (${runtime.version})`,
        ranges: runtime.contenders.map(({ id, latency, says }) => ({
          label: says,
          kind: kindOf(id),
          values: [latency.p50, latency.p95, latency.p99] as const
        }))
      }))
    }),
    "workerd.svg": bars({
      title: "Inside workerd",
      subtitle: "calls a second, more is better",
      ownScales: true,
      groups: (["at50", "at1"] as const).map((pick) => ({
        name: pick === "at50" ? "50 at once" : "one after another",
        bars: results.workerd.contenders.map(({ id, rounds, says }) => {
          const value = median(rounds.map((round) => round[pick]))
          return { label: says, value, text: Math.round(value).toLocaleString("en"), kind: kindOf(id) }
        })
      }))
    }),
    "memory.svg": bars({
      title: "Peak memory after 7,000 calls, 50 at once",
      subtitle: "of a fresh process, less is better",
      groups: [...new Set(results.memory.map(({ runtime }) => runtime))].map((runtime) => ({
        name: runtime,
        bars: results.memory
          .filter((memory) => memory.runtime === runtime)
          .map(({ id, peakMegabytes, says }) => ({
            label: says,
            value: peakMegabytes,
            text: `${peakMegabytes.toFixed(0)} MB`,
            kind: kindOf(id)
          }))
      }))
    }),
    "cold-start.svg": bars({
      title: `Cold start: a whole process that makes one call, ${on}`,
      subtitle: `less is better; a process that does nothing takes ${results.emptyProcessMilliseconds.toFixed(0)} ms`,
      mark: { value: results.emptyProcessMilliseconds, text: "nothing" },
      groups: (["bundledMilliseconds", "unbundledMilliseconds"] as const).map((pick) => ({
        name: pick === "bundledMilliseconds" ? "bundled by esbuild" : "from node_modules",
        bars: results.coldStart.map((cold) => ({
          label: cold.says,
          value: cold[pick],
          text: `${cold[pick].toFixed(0)} ms`,
          kind: kindOf(cold.id)
        }))
      }))
    }),
    "growth-concurrency.svg": lines({
      title: `From 1 to ${Math.max(...results.growth.flatMap(({ concurrency }) => concurrency.map((step) => step.concurrency))).toLocaleString("en")} at once, ${on}`,
      subtitle: "calls a second, more is better",
      across: "at once",
      lines: results.growth.map(({ concurrency, id, says }) => ({
        label: says.replace(", node:crypto", ""),
        kind: kindOf(id),
        points: concurrency.map((step) => [step.concurrency, step.perSecond] as const)
      }))
    }),
    "growth-calls.svg": lines({
      title: `Peak memory as calls add up, 50 at once, ${on}`,
      subtitle: "megabytes, flat is better",
      across: "calls that the process has made",
      lines: results.growth.map(({ calls, id, says }) => ({
        label: says.replace(", node:crypto", ""),
        kind: kindOf(id),
        points: calls.map((step) => [step.calls, step.peakMegabytes] as const)
      }))
    }),
    "size.svg": bars({
      title: "Bundles",
      subtitle: "kB after gzip, esbuild with wrangler's conditions, less is better",
      labelWidth: 400,
      groups: [
        {
          bars: sizeBars(results).map(({ id, says, size }) => ({
            label: says,
            value: size.gzip,
            text: `${kilobytes(size.gzip)} kB`,
            kind:
              id.startsWith("edge") || id === "applicationAndOurs/esbuild"
                ? "ours"
                : id.startsWith("sdk")
                  ? "sdk"
                  : "bare"
          }))
        }
      ]
    })
  }
}

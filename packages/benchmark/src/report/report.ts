/**
 * What a run leaves: results.json, the plots, README.md.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Results, Rounds } from "../results.ts"
import { median } from "../statistics.ts"
import { kilobytes } from "../table.ts"
import { plotsOf } from "./plots.ts"
import { ratioOf, targetRows, targetsHead } from "./targets.ts"

const row = (cells: ReadonlyArray<string>) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
const markdown = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>) =>
  [row(head), row(head.map((_, i) => (i === 0 ? "---" : "--:"))), ...rows.map(row)].join("\n")

const whole = (value: number) => Math.round(value).toLocaleString("en")

const runtimeTables = (results: Results) =>
  results.runtimes.map((runtime) => {
    const times = (id: string, way: keyof Rounds) =>
      `${(ratioOf(runtime, id, runtime.base, way)?.median ?? Number.NaN).toFixed(2)}×`
    const rows = runtime.contenders.map(({ id, latency, rounds, says }) => [
      says,
      times(id, "p50"),
      `${whole(latency.p50)} · ${whole(latency.p95)} · ${whole(latency.p99)}`,
      times(id, "at50"),
      whole(median(rounds.at50)),
      times(id, "at500"),
      whole(median(rounds.at500)),
      median(rounds.cpu).toFixed(1)
    ])
    const head = ["", "p50", "p50 · p95 · p99, µs", "at 50", "a second", "at 500", "a second", "CPU of a call, µs"]
    const count = (way: keyof Rounds) => runtime.contenders[0]?.rounds[way].length ?? 0
    return `### ${runtime.name} (${runtime.version}), ${count("at50")} rounds, ${count("at500")} at 500\n\n${markdown(head, rows)}`
  })

const readme = (results: Results, plots: ReadonlyArray<string>): string => {
  const { machine, workerd } = results
  const image = (file: string) => (plots.includes(file) ? `![${file.replace(".svg", "")}](${file})` : "")
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`)
  const workerdBase = workerd.contenders.find(({ id }) => id === "fetchWebCrypto")
  const ofWorkerd = workerd.contenders.map(({ gzip, rounds, says }) => {
    const ratio = (pick: "at1" | "at50") =>
      median(rounds.map((round, i) => round[pick] / (workerdBase?.rounds[i]?.[pick] ?? Number.NaN)))
    return [
      says,
      `${ratio("at50").toFixed(2)}×`,
      whole(median(rounds.map((round) => round.at50))),
      `${ratio("at1").toFixed(2)}×`,
      whole(median(rounds.map((round) => round.at1))),
      kilobytes(gzip)
    ]
  })
  return `# Benchmarks

Written by \`${results.command}\`, which took ${results.seconds} s, on ${results.date} at commit ${results.commit}${
    results.dirty ? ", with changes that were not committed" : ""
  }.${results.quick ? "\n\n**A quick run: these figures say that the benchmark works, nothing else.**" : ""}

On ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGigabytes} GB, ${machine.system}; ${results.runtimes
    .map(({ name, version }) => `${name} ${version}`.replace(/^Node \d+ /, "Node "))
    .join(
      ", "
    )}, workerd ${workerd.version}; ${versions.join(", ")}. Another machine has other figures: what carries over is
ratios within one run.

${markdown(targetsHead, targetRows(results))}

${image("targets.svg")}

[What each change bought](changes.md), what bought nothing, and what stands in the way of the targets that are missed;
[where the time of a call goes](profile.md).

## How it is measured

Every contender registers users at one keep-alive server (\`node:http\`, in a process of its own, on loopback), in a process
of its own. In each round each is measured for the same time (three times as long at 500 at once), in an order that changes; a ratio is taken within a round, and
the median of the rounds is told. All rounds of one way (one after another, 50 at once, 500 at once) come before those of the next: what
500 at once leave to be collected would slow down what follows. Every reply is checked, and the server verifies signatures before anything
is timed.

Ours is \`registerUser\` on its runtime's layer, each call a fiber of its own, with its span, counters and histogram, as they
are without a tracer or exporter of the application's own. "Spans off" is what an application can switch off: Effect's \`TracerEnabled\` as false. Effect has no switch for metrics, so
the counters and the histogram stay. "By hand in Effect" is what one would write without ours: Effect's \`HttpClient\`, with its own span and
trace headers, a schema, a span and a timeout. "The least in Effect" is the same past \`HttpClient\`, straight on \`dispatch\` or \`fetch\`, by Effect's own
\`timeout\` and span. At 500 at once Bun itself holds back what is beyond 256 requests.

${runtimeTables(results).join("\n\n")}

${image("throughput.svg")}

${image("latency.svg")}

${image("throughput-500.svg")}

${image("cpu.svg")}

### workerd (${workerd.version})

Calls a second; ours is the edge layer. The official SDK does not bundle for a Worker as it is: here it is mended by hand, with
\`nodejs_compat\`, Node's modules left out of the bundle and a place given to its file.

${markdown(["", "50 at once", "a second", "one after another", "a second", "bundle, kB gzip"], ofWorkerd)}
${workerd.absent.map(({ says, why }) => `\n- ${says} is not among them: ${why.replaceAll("\n", " ")}`).join("")}

${image("workerd.svg")}

## Memory and growth

${markdown(
  ["peak after 7,000 calls, 50 at once", "runtime", "MB"],
  results.memory.map(({ peakMegabytes, runtime, says }) => [says, runtime, peakMegabytes.toFixed(0)])
)}

${image("memory.svg")}

${image("growth-concurrency.svg")}

${image("growth-calls.svg")}

## Cold start

A whole process, from its start to its end, that makes one call; one that does nothing takes ${results.emptyProcessMilliseconds.toFixed(0)} ms.

${markdown(
  ["", "bundled, ms", "bundled, to the SDK", "from node_modules, ms"],
  results.coldStart.map(({ bundledMilliseconds, says, toSdk, unbundledMilliseconds }) => [
    says,
    bundledMilliseconds.toFixed(0),
    `${toSdk.toFixed(2)}×`,
    unbundledMilliseconds.toFixed(0)
  ])
)}

${image("cold-start.svg")}

## In the process

One call over an \`HttpClient\` that answers at once, in microseconds: schemas, JSON, signature, time budget, span and metrics.

${markdown(
  ["", "a call", "spans off", "each call by runPromise", "of it the stub"],
  results.inProcess.map(({ ownFiber, runtime, stub, traced, untraced }) => [
    runtime,
    ...[traced, untraced, ownFiber, stub].map((value) => value.toFixed(1))
  ])
)}

## Size

${markdown(
  ["kB", "bundler", "minified", "gzip", "brotli"],
  [...results.sizes.bundles, ...results.sizes.differences].map(({ bundler, says, size }) => [
    says,
    bundler,
    kilobytes(size.minified),
    kilobytes(size.gzip),
    kilobytes(size.brotli)
  ])
)}

${image("size.svg")}

\`pnpm size\` prints the same and fails over a budget; \`pnpm size --why\` tells which modules a bundle is made of, and
\`pnpm bench --profile\` where the time of a call goes.
`
}

export const readResults = (directory: string): Results =>
  JSON.parse(readFileSync(join(directory, "results.json"), "utf8"))

/** Writes all of it, and answers the names of the files. */
export const writeReport = (directory: string, results: Results): ReadonlyArray<string> => {
  const plots = plotsOf(results)
  const files = {
    "results.json": `${JSON.stringify(results, null, 2)}\n`,
    ...plots,
    "README.md": readme(results, Object.keys(plots))
  }
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text)
  return Object.keys(files)
}

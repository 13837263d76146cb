/**
 * A .cpuprofile as text: self time by package, module and function. Runs alone too: node src/report/profile.ts FILE
 */
import { readFileSync } from "node:fs"
import { median } from "../statistics.ts"
import { print, table } from "../table.ts"

interface Profile {
  readonly nodes: ReadonlyArray<{
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }>
  readonly samples: ReadonlyArray<number>
  readonly timeDeltas: ReadonlyArray<number>
}

// "effect: internal/effect", "undici: dispatcher/client-h1", "node: http", "our core: internal/telemetry".
const moduleOf = (url: string, functionName: string): string => {
  const ours = /packages\/(\w+)\/(?:dist|src|contenders)\/(.+?)\.\w+$/.exec(url)
  if (ours) return `our ${ours[1]}: ${ours[2]}`
  const installed = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\/(?:dist\/|lib\/|esm\/)?(.+?)\.\w+$/.exec(url)
  if (installed) return url.includes(".cache/") ? "the benchmark's program" : `${installed[1]}: ${installed[2]}`
  if (url.startsWith("node:")) return `node: ${url.slice("node:".length).replace("internal/", "")}`
  return functionName.startsWith("(") ? functionName : "native code"
}

const grouped = (rows: ReadonlyArray<readonly [string, number]>) => {
  const sums = new Map<string, number>()
  for (const [name, time] of rows) sums.set(name, (sums.get(name) ?? 0) + time)
  return [...sums].toSorted(([, a], [, b]) => b - a)
}

/** `perCall`, when it is known, is what a call takes: shares are told as microseconds of it too. */
export const profileTables = (file: string, perCall?: number): string => {
  const { nodes, samples, timeDeltas }: Profile = JSON.parse(readFileSync(file, "utf8"))
  const frames = new Map(nodes.map(({ callFrame, id }) => [id, callFrame]))
  // While the machine did something else no sample was taken: that is nobody's time.
  const longest = 5 * median(timeDeltas)
  const selfTimes = samples.map((id, i) => [frames.get(id), Math.min(timeDeltas[i] ?? 0, longest)] as const)
  const busy = selfTimes.flatMap(([frame, time]) =>
    frame === undefined || frame.functionName === "(idle)" || frame.url.startsWith("node:inspector")
      ? []
      : [{ frame, time }]
  )
  const total = busy.reduce((sum, { time }) => sum + time, 0)
  const cells = (time: number) => [
    `${((time / total) * 100).toFixed(1)}%`,
    perCall === undefined ? "" : ((time / total) * perCall).toFixed(1)
  ]
  const top = (name: string, entries: ReadonlyArray<readonly [string, number]>, count: number) =>
    table(
      [name, "self", perCall === undefined ? "" : "µs a call"],
      entries.slice(0, count).map(([key, time]) => [key, ...cells(time)])
    )
  const byModule = busy.map(({ frame, time }) => [moduleOf(frame.url, frame.functionName), time] as const)
  const byFunction = busy.map(
    ({ frame, time }) =>
      [
        `${moduleOf(frame.url, frame.functionName)} ${frame.functionName || "(anonymous)"}:${frame.lineNumber + 1}`,
        time
      ] as const
  )
  return [
    top("package", grouped(byModule.map(([name, time]) => [name.split(": ")[0] ?? name, time])), 12),
    top("module", grouped(byModule), 30),
    top("function", grouped(byFunction), 40)
  ].join("\n\n")
}

if (import.meta.main) print(profileTables(process.argv[2] ?? ""))

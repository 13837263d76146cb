/**
 * What needs a fresh process each time: memory, cold start, cost in the process, growth.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { generated } from "../places.ts"
import type { ColdStart, Growth, InProcess, Memory } from "../results.ts"
import { median } from "../statistics.ts"
import { runToEnd, type Server, startContender } from "./children.ts"
import { type ContenderId, onNode, says } from "./contenders.ts"
import type { Plan } from "./plan.ts"
import { onceProgram, plainProgram, servingProgram } from "./programs.ts"
import type { Runner } from "./rounds.ts"

export const measureMemory = async (
  runners: ReadonlyArray<Runner>,
  server: Server,
  plan: Plan
): Promise<ReadonlyArray<Memory>> => {
  const all: Array<Memory> = []
  for (const { binary, ids, memoryRuns, name } of runners) {
    const peaks = new Map<ContenderId, Array<number>>(ids.map((id) => [id, []]))
    for (let run = 0; run < memoryRuns; run++) {
      for (const id of ids) {
        await using child = startContender(binary, await servingProgram(id), server.args)
        const { peakKilobytes } = await child.tell({ do: "calls", count: plan.memoryCalls, concurrency: 50 })
        peaks.get(id)?.push(peakKilobytes / 1024)
      }
    }
    for (const [id, values] of peaks) {
      all.push({ runtime: name, id, says: says[id], peakMegabytes: median(values) })
    }
  }
  return all
}

export const measureColdStart = async ({ binary, ids, name }: Runner, server: Server, plan: Plan) => {
  const empty = join(generated, "empty.mjs")
  writeFileSync(empty, "")
  const programs = await Promise.all(
    ids.map(async (id) => ({
      id,
      bundled: { program: await onceProgram(id, true), times: [] as Array<number> },
      plain: { program: await onceProgram(id, false), times: [] as Array<number> }
    }))
  )
  const time = async (program: string) => (await runToEnd(binary, [program, ...server.args])).milliseconds
  const emptyTimes: Array<number> = []
  // One more: the first reads files that no later one has to read.
  for (let run = 0; run <= plan.coldRuns; run++) {
    emptyTimes.push(await time(empty))
    for (const { bundled, plain } of programs) {
      for (const variant of [bundled, plain]) variant.times.push(await time(variant.program))
    }
  }
  const sdk = programs.find(({ id }) => id === "sdk")?.bundled.times ?? []
  const coldStart = programs.map(({ bundled, id, plain }): ColdStart => ({
    runtime: name,
    id,
    says: says[id],
    bundledMilliseconds: median(bundled.times.slice(1)),
    unbundledMilliseconds: median(plain.times.slice(1)),
    toSdk: median(bundled.times.slice(1).map((value, run) => value / (sdk[run + 1] ?? Number.NaN)))
  }))
  return { coldStart, emptyProcessMilliseconds: median(emptyTimes.slice(1)) }
}

export const measureInProcess = async (runners: ReadonlyArray<Runner>, plan: Plan) => {
  const program = await plainProgram("inProcess")
  const all: Array<InProcess & { readonly runtime: string }> = []
  for (const { binary, name } of runners) {
    const { printed } = await runToEnd(binary, [program, String(plan.inProcess)])
    const measured: InProcess = JSON.parse(printed)
    all.push({ runtime: name, ...measured })
  }
  return all
}

const growing: ReadonlyArray<ContenderId> = onNode.filter((id) => id === "oursNode" || id === "sdk" || id === "undici")

export const measureGrowth = async ({ binary }: Runner, server: Server, plan: Plan): Promise<ReadonlyArray<Growth>> => {
  const concurrency = new Map<ContenderId, Array<Growth["concurrency"][number]>>(growing.map((id) => [id, []]))
  for (const atOnce of plan.concurrencies) {
    for (const id of growing) {
      await using child = startContender(binary, await servingProgram(id), server.args)
      await child.tell({ do: "together", concurrency: atOnce, milliseconds: plan.growthMilliseconds / 2 })
      const { calls, milliseconds } = await child.tell({
        do: "together",
        concurrency: atOnce,
        milliseconds: plan.growthMilliseconds
      })
      concurrency.get(id)?.push({ concurrency: atOnce, perSecond: (calls * 1000) / milliseconds })
    }
  }
  const all: Array<Growth> = []
  for (const id of growing) {
    await using child = startContender(binary, await servingProgram(id), server.args)
    const steps: Array<Growth["calls"][number]> = []
    let done = 0
    for (const count of plan.callCounts) {
      const { milliseconds, peakKilobytes } = await child.tell({ do: "calls", count: count - done, concurrency: 50 })
      steps.push({
        calls: count,
        microsecondsEach: (milliseconds * 1000) / (count - done),
        peakMegabytes: peakKilobytes / 1024
      })
      done = count
    }
    all.push({ id, says: says[id], concurrency: concurrency.get(id) ?? [], calls: steps })
  }
  return all
}

/**
 * Contenders on one runtime, interleaved: in each round everyone is measured in one way, one after another, in an order
 * that changes. What disturbs the machine disturbs neighbours alike, so ratios are taken within a round. All rounds of one
 * way come before those of the next: what 500 calls at once leave to be collected would slow down what follows.
 */
import type { Contender, Runtime } from "../results.ts"
import { percentile } from "../statistics.ts"
import type { Together } from "./commands.ts"
import { type ContenderProcess, type Server, startContender } from "./children.ts"
import { type ContenderId, says } from "./contenders.ts"
import type { Plan } from "./plan.ts"
import { servingProgram } from "./programs.ts"

/** How often everything is measured on one runtime. */
export interface Repeats {
  readonly rounds: number
  readonly memoryRuns: number
}

export interface Runner extends Repeats {
  readonly name: string
  readonly version: string
  readonly binary: string
  readonly ids: ReadonlyArray<ContenderId>
  readonly base: ContenderId
}

interface Lane {
  readonly id: ContenderId
  readonly process: ContenderProcess
}

// Nobody is always first, or always after the same.
const rotated = <A>(all: ReadonlyArray<A>, round: number): ReadonlyArray<A> => {
  const at = round % all.length
  const turned = [...all.slice(at), ...all.slice(0, at)]
  return round % 2 === 0 ? turned : turned.toReversed()
}

const perSecond = ({ calls, milliseconds }: Together) => (calls * 1000) / milliseconds

export const runRounds = async (runner: Runner, server: Server, plan: Plan): Promise<Runtime> => {
  const lanes: Array<Lane> = []

  // What every lane answered, round by round.
  const rounds = async <A>(
    count: number,
    milliseconds: number,
    measure: (lane: Lane, milliseconds: number) => Promise<A>
  ): Promise<(lane: Lane) => ReadonlyArray<A>> => {
    const answers = new Map<Lane, Array<A>>(lanes.map((lane) => [lane, []]))
    // On a machine that is busy rounds take longer: then there are fewer, so that the run ends. Calls that are opened before
    // the clock runs, and ended after it, take their time too.
    const end = performance.now() + 3 * count * lanes.length * milliseconds
    for (let round = 0; round < count && (round < 3 || performance.now() < end); round++) {
      for (const lane of rotated(lanes, round)) answers.get(lane)?.push(await measure(lane, milliseconds))
    }
    return (lane) => answers.get(lane) ?? []
  }
  const together = (concurrency: number) => (lane: Lane, milliseconds: number) =>
    lane.process.tell({ do: "together", concurrency, milliseconds })

  try {
    for (const id of runner.ids) {
      const started = startContender(runner.binary, await servingProgram(id), server.args)
      lanes.push({ id, process: started })
      await started.tell({ do: "verify" })
      await started.tell({ do: "calls", count: plan.warmUp, concurrency: 50 })
    }
    const sequential = await rounds(runner.rounds, plan.milliseconds, (lane, milliseconds) =>
      lane.process.tell({ do: "sequential", milliseconds })
    )
    const at50 = await rounds(runner.rounds, plan.milliseconds, together(50))
    for (const lane of lanes) await together(500)(lane, plan.milliseconds)
    // So many take longer to come and go than a short round.
    const at500 = await rounds(Math.ceil(runner.rounds / 3), 3 * plan.milliseconds, together(500))

    const contenders = lanes.map((lane): Contender => {
      const latencies = sequential(lane).map((round) => round.latencies)
      const all = latencies.flat()
      return {
        id: lane.id,
        says: says[lane.id],
        calls: [...at50(lane), ...at500(lane)].reduce((sum, { calls }) => sum + calls, all.length),
        latency: { p50: percentile(all, 0.5), p95: percentile(all, 0.95), p99: percentile(all, 0.99) },
        rounds: {
          p50: latencies.map((round) => percentile(round, 0.5)),
          at50: at50(lane).map(perSecond),
          at500: at500(lane).map(perSecond),
          cpu: at50(lane).map(({ calls, cpuMicroseconds }) => cpuMicroseconds / calls)
        }
      }
    })
    return { name: runner.name, version: runner.version, base: runner.base, contenders }
  } finally {
    for (const lane of lanes) await lane.process[Symbol.asyncDispose]()
  }
}

/**
 * Contenders on one runtime, interleaved: in each round everyone is measured in each way, one after another, in an order
 * that changes. What disturbs the machine disturbs neighbours alike, so ratios are taken within a round.
 */
import type { Contender, Round, Runtime } from "../results.ts"
import { percentile } from "../statistics.ts"
import { type ContenderProcess, type Server, startContender } from "./children.ts"
import { type ContenderId, says } from "./contenders.ts"
import type { Plan } from "./plan.ts"
import { servingProgram } from "./programs.ts"

export interface Runner {
  readonly name: string
  readonly version: string
  readonly binary: string
  readonly ids: ReadonlyArray<ContenderId>
  readonly base: ContenderId
  readonly rounds: number
}

interface Lane {
  readonly id: ContenderId
  readonly process: ContenderProcess
  readonly latencies: Array<number>
  readonly rounds: Array<Round>
  calls: number
}

// Nobody is always first, or always after the same.
const rotated = <A>(all: ReadonlyArray<A>, round: number): ReadonlyArray<A> => {
  const at = round % all.length
  const turned = [...all.slice(at), ...all.slice(0, at)]
  return round % 2 === 0 ? turned : turned.toReversed()
}

export const runRounds = async (runner: Runner, server: Server, plan: Plan): Promise<Runtime> => {
  const lanes: Array<Lane> = []
  try {
    for (const id of runner.ids) {
      const started = startContender(runner.binary, await servingProgram(id), server.args)
      lanes.push({ id, process: started, latencies: [], rounds: [], calls: 0 })
      await started.tell({ do: "verify" })
      for (const concurrency of [50, 500]) {
        await started.tell({ do: "together", concurrency, milliseconds: plan.warmUp / 2 })
      }
    }
    const { milliseconds } = plan
    // On a machine that is busy rounds take longer: then there are fewer, so that the run ends.
    const end = performance.now() + 1.7 * runner.rounds * lanes.length * 3 * milliseconds
    for (let round = 0; round < runner.rounds && (round < 3 || performance.now() < end); round++) {
      const order = rotated(lanes, round)
      const of = async <A>(measure: (lane: Lane) => Promise<A>) => {
        const measured = new Map<Lane, A>()
        for (const lane of order) measured.set(lane, await measure(lane))
        return (lane: Lane): A => measured.get(lane) as A
      }
      const sequential = await of((lane) => lane.process.tell({ do: "sequential", milliseconds }))
      const at50 = await of((lane) => lane.process.tell({ do: "together", milliseconds, concurrency: 50 }))
      const at500 = await of((lane) => lane.process.tell({ do: "together", milliseconds, concurrency: 500 }))
      for (const lane of lanes) {
        const { latencies } = sequential(lane)
        lane.latencies.push(...latencies)
        lane.calls += latencies.length + at50(lane).calls + at500(lane).calls
        lane.rounds.push({
          p50: percentile(latencies, 0.5),
          at50: (at50(lane).calls * 1000) / at50(lane).milliseconds,
          at500: (at500(lane).calls * 1000) / at500(lane).milliseconds,
          cpu: at50(lane).cpuMicroseconds / at50(lane).calls
        })
      }
    }
  } finally {
    for (const lane of lanes) await lane.process[Symbol.asyncDispose]()
  }
  const contenders = lanes.map(({ calls, id, latencies, rounds }): Contender => ({
    id,
    says: says[id],
    calls,
    latency: {
      p50: percentile(latencies, 0.5),
      p95: percentile(latencies, 0.95),
      p99: percentile(latencies, 0.99)
    },
    rounds
  }))
  return { name: runner.name, version: runner.version, base: runner.base, contenders }
}

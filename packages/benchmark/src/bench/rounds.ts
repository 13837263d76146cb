/**
 * Contenders on one runtime, interleaved: in each round everyone is measured in one way, one after another, in an order
 * that changes. What disturbs the machine disturbs neighbours alike, so ratios are taken within a round. All rounds of one
 * way come before those of the next: what 500 calls at once leave to be collected would slow down what follows.
 */
import type { Contender, Round, Runtime } from "../results.ts"
import { percentile } from "../statistics.ts"
import type { Together } from "./commands.ts"
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
  const { milliseconds } = plan

  // What every lane answered, by round.
  const rounds = async <A>(measure: (lane: Lane) => Promise<A>): Promise<ReadonlyArray<ReadonlyMap<Lane, A>>> => {
    const all: Array<ReadonlyMap<Lane, A>> = []
    // On a machine that is busy rounds take longer: then there are fewer, so that the run ends.
    const end = performance.now() + 1.7 * runner.rounds * lanes.length * milliseconds
    while (all.length < runner.rounds && (all.length < 3 || performance.now() < end)) {
      const measured = new Map<Lane, A>()
      for (const lane of rotated(lanes, all.length)) measured.set(lane, await measure(lane))
      all.push(measured)
    }
    return all
  }
  const together = (lane: Lane, concurrency: number) => lane.process.tell({ do: "together", concurrency, milliseconds })

  try {
    for (const id of runner.ids) {
      const started = startContender(runner.binary, await servingProgram(id), server.args)
      lanes.push({ id, process: started })
      await started.tell({ do: "verify" })
      await started.tell({ do: "calls", count: plan.warmUp, concurrency: 50 })
    }
    const sequential = await rounds((lane) => lane.process.tell({ do: "sequential", milliseconds }))
    const at50 = await rounds((lane) => together(lane, 50))
    for (const lane of lanes) await together(lane, 500)
    const at500 = await rounds((lane) => together(lane, 500))
    const whole = Math.min(sequential.length, at50.length, at500.length)

    const contenders = lanes.map((lane): Contender => {
      // Every lane is in every round: TypeScript does not see that.
      const of = <A>(all: ReadonlyArray<ReadonlyMap<Lane, A>>, round: number) => all[round]?.get(lane) as A
      const answers = Array.from({ length: whole }, (_, round) => ({
        sequential: of(sequential, round),
        at50: of(at50, round),
        at500: of(at500, round)
      }))
      const latencies = answers.flatMap((round) => round.sequential.latencies)
      return {
        id: lane.id,
        says: says[lane.id],
        calls: answers.reduce((sum, round) => sum + round.at50.calls + round.at500.calls, latencies.length),
        latency: {
          p50: percentile(latencies, 0.5),
          p95: percentile(latencies, 0.95),
          p99: percentile(latencies, 0.99)
        },
        rounds: answers.map((round): Round => ({
          p50: percentile(round.sequential.latencies, 0.5),
          at50: perSecond(round.at50),
          at500: perSecond(round.at500),
          cpu: round.at50.cpuMicroseconds / round.at50.calls
        }))
      }
    })
    return { name: runner.name, version: runner.version, base: runner.base, contenders }
  } finally {
    for (const lane of lanes) await lane.process[Symbol.asyncDispose]()
  }
}

/**
 * What a run found out: `docs/benchmarks/results.json`.
 */
import type { Sizes } from "./size/measure.ts"

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGigabytes: number
  readonly system: string
}

/** What one contender did, round by round. Each way of calling has rounds of its own. */
export interface Rounds {
  /** Of calls one after another, in microseconds. */
  readonly p50: ReadonlyArray<number>
  /** Calls a second, so many at once. */
  readonly at50: ReadonlyArray<number>
  readonly at500: ReadonlyArray<number>
  /** Microseconds of CPU for each call, at 50 at once. */
  readonly cpu: ReadonlyArray<number>
}

export interface Contender {
  readonly id: string
  readonly says: string
  readonly calls: number
  /** Of all rounds together, in microseconds. */
  readonly latency: { readonly p50: number; readonly p95: number; readonly p99: number }
  readonly rounds: Rounds
}

export interface Runtime {
  /** Such as "Node 24". */
  readonly name: string
  readonly version: string
  /** The contender that the ratios are to. */
  readonly base: string
  readonly contenders: ReadonlyArray<Contender>
}

/** Inside workerd: calls a second, one after another and 50 at once, by round. */
export interface WorkerContender {
  readonly id: string
  readonly says: string
  readonly gzip: number
  readonly rounds: ReadonlyArray<{ readonly at1: number; readonly at50: number }>
}

export interface Workerd {
  readonly version: string
  readonly contenders: ReadonlyArray<WorkerContender>
  /** Who could not take part, and why. */
  readonly absent: ReadonlyArray<{ readonly says: string; readonly why: string }>
}

/** Fresh processes. */
export interface Memory {
  readonly runtime: string
  readonly id: string
  readonly says: string
  readonly peakMegabytes: number
}

export interface ColdStart {
  readonly runtime: string
  readonly id: string
  readonly says: string
  readonly bundledMilliseconds: number
  readonly unbundledMilliseconds: number
  /** Bundled against the official SDK, run by run. */
  readonly toSdk: number
}

/** Microseconds a call. */
export interface InProcess {
  readonly traced: number
  readonly untraced: number
  /** Traced, and each call a fiber of its own by `runPromise`. */
  readonly ownFiber: number
  /** Of this, the stub that answers. */
  readonly stub: number
}

export interface Growth {
  readonly id: string
  readonly says: string
  /** Calls a second by how many at once. */
  readonly concurrency: ReadonlyArray<{ readonly concurrency: number; readonly perSecond: number }>
  /** As calls add up in one process, 50 at once. */
  readonly calls: ReadonlyArray<{
    readonly calls: number
    readonly microsecondsEach: number
    readonly peakMegabytes: number
  }>
}

export interface Results {
  readonly command: string
  readonly quick: boolean
  readonly date: string
  readonly commit: string
  /** Whether there was anything that the commit does not have. */
  readonly dirty: boolean
  readonly seconds: number
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  readonly runtimes: ReadonlyArray<Runtime>
  readonly workerd: Workerd
  readonly memory: ReadonlyArray<Memory>
  readonly coldStart: ReadonlyArray<ColdStart>
  readonly emptyProcessMilliseconds: number
  readonly inProcess: ReadonlyArray<InProcess & { readonly runtime: string }>
  readonly growth: ReadonlyArray<Growth>
  readonly sizes: Sizes
}

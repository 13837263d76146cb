/**
 * How long everything takes.
 */
export interface Plan {
  /** Rounds on this process's Node and on Bun, and on the other Nodes. */
  readonly rounds: number
  readonly otherRounds: number
  /** How long one contender is measured in one round in one way. */
  readonly milliseconds: number
  readonly warmUp: number
  readonly workerdRounds: number
  readonly memoryCalls: number
  readonly memoryRuns: number
  readonly coldRuns: number
  readonly inProcess: number
  readonly concurrencies: ReadonlyArray<number>
  readonly growthMilliseconds: number
  readonly callCounts: ReadonlyArray<number>
}

/** Under ten minutes on two cores that do nothing else. */
export const full: Plan = {
  rounds: 9,
  otherRounds: 4,
  milliseconds: 600,
  warmUp: 1500,
  workerdRounds: 7,
  memoryCalls: 7000,
  memoryRuns: 3,
  coldRuns: 15,
  inProcess: 1500,
  concurrencies: [1, 3, 10, 30, 100, 300, 1000],
  growthMilliseconds: 700,
  callCounts: [1, 10, 100, 1000, 10_000, 100_000]
}

/** About a minute; for whether everything works, not for figures. */
export const quick: Plan = {
  rounds: 3,
  otherRounds: 1,
  milliseconds: 200,
  warmUp: 400,
  workerdRounds: 2,
  memoryCalls: 7000,
  memoryRuns: 1,
  coldRuns: 3,
  inProcess: 500,
  concurrencies: [1, 30, 1000],
  growthMilliseconds: 200,
  callCounts: [1, 10, 100, 1000, 5000]
}

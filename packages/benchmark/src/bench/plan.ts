/**
 * How long everything takes.
 */
export interface Plan {
  /** Rounds on this process's Node and on Bun, and on the other Nodes. */
  readonly rounds: number
  readonly otherRounds: number
  /** How long one contender is measured in one round, in workerd too; three times that, in a third of the rounds, at 500 at once. */
  readonly milliseconds: number
  /** Calls, until code is compiled: JavaScriptCore takes its last step after some 16,000. */
  readonly warmUp: number
  readonly workerdRounds: number
  readonly memoryCalls: number
  readonly memoryRuns: number
  readonly otherMemoryRuns: number
  readonly coldRuns: number
  readonly inProcess: number
  readonly concurrencies: ReadonlyArray<number>
  readonly growthMilliseconds: number
  readonly callCounts: ReadonlyArray<number>
}

/**
 * About fifteen minutes on two cores that do nothing else. Many short rounds, for the sake of their median: of four
 * contenders three runs of 17 rounds of 200 ms told 0.55, 0.59 and 0.68 of what 49 rounds of 70 ms told as 0.63, 0.64 and 0.65.
 */
export const full: Plan = {
  rounds: 51,
  otherRounds: 21,
  milliseconds: 70,
  warmUp: 20_000,
  workerdRounds: 15,
  memoryCalls: 7000,
  memoryRuns: 7,
  otherMemoryRuns: 3,
  coldRuns: 11,
  inProcess: 1500,
  concurrencies: [1, 10, 50, 200, 1000],
  growthMilliseconds: 600,
  callCounts: [1, 10, 100, 1000, 10_000, 100_000]
}

/** About a minute; for whether everything works, not for figures. */
export const quick: Plan = {
  rounds: 9,
  otherRounds: 3,
  milliseconds: 70,
  warmUp: 1000,
  workerdRounds: 6,
  memoryCalls: 7000,
  memoryRuns: 1,
  otherMemoryRuns: 1,
  coldRuns: 3,
  inProcess: 500,
  concurrencies: [1, 30, 1000],
  growthMilliseconds: 200,
  callCounts: [1, 10, 100, 1000, 5000]
}

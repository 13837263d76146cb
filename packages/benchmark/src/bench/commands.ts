/**
 * What the main process may tell a contender's process, and what it is answered.
 */

export type Command =
  | { readonly do: "verify" }
  | { readonly do: "sequential"; readonly milliseconds: number }
  | { readonly do: "together"; readonly milliseconds: number; readonly concurrency: number }
  | { readonly do: "calls"; readonly count: number; readonly concurrency: number }
  | { readonly do: "profile"; readonly milliseconds: number; readonly concurrency: number; readonly file: string }

export interface Together {
  readonly calls: number
  readonly milliseconds: number
  readonly cpuMicroseconds: number
}

export interface Answers {
  readonly verify: void
  readonly sequential: { readonly latencies: ReadonlyArray<number> }
  readonly together: Together
  readonly calls: Together & { readonly peakKilobytes: number }
  readonly profile: void
}

import { describe, expect, it } from "vitest"
import { explore, printed } from "./model/Explorer.ts"
import { means, promise } from "./model/Invariants.ts"
import { type Bounds, theRules } from "./model/Model.ts"
import { mutants } from "./model/Mutants.ts"

const full = process.env["SNAPTRADE_FULL"] === "1"
// Prints how each mutant does harm, step by step.
const traces = process.env["SNAPTRADE_TRACES"] === "1"

const machines: ReadonlyArray<{ readonly of: string; readonly bounds: Bounds; readonly fullOnly?: true }> = [
  { of: "two callers", bounds: { callers: 2, ids: 3, lateWrites: 1 } },
  { of: "two callers and a sweeper", bounds: { callers: 2, sweepers: 1, ids: 2, lateWrites: 1 } },
  {
    of: "a caller, a sweeper, and a user that is not the vault's",
    bounds: { callers: 1, sweepers: 1, ids: 3, lateWrites: 0, foreign: true }
  },
  { of: "two callers and a forgetter", bounds: { callers: 2, forgetters: 1, ids: 2, lateWrites: 1 } },
  {
    of: "two callers, a sweeper and a forgetter",
    bounds: { callers: 2, sweepers: 1, forgetters: 1, ids: 2, lateWrites: 0 }
  },
  {
    of: "a caller and a rotator whose writes may come late",
    bounds: { callers: 1, rotators: 1, resets: 1, ids: 1, lateWrites: 1 }
  },
  { of: "a caller and two rotators", bounds: { callers: 1, rotators: 2, resets: 2, ids: 1, lateWrites: 0 } },
  { of: "two callers, two late writes", bounds: { callers: 2, ids: 3, lateWrites: 2 }, fullOnly: true },
  {
    of: "two callers and a sweeper, three ids",
    bounds: { callers: 2, sweepers: 1, ids: 3, lateWrites: 0 },
    fullOnly: true
  },
  {
    of: "a caller, a sweeper and a forgetter whose writes may come late",
    bounds: { callers: 1, sweepers: 1, forgetters: 1, ids: 2, lateWrites: 1 },
    fullOnly: true
  },
  {
    of: "two rotators whose writes may come late",
    bounds: { callers: 1, rotators: 2, resets: 1, ids: 1, lateWrites: 1 },
    fullOnly: true
  },
  {
    of: "a caller, a sweeper, a forgetter and a rotator",
    bounds: { callers: 1, sweepers: 1, forgetters: 1, rotators: 1, resets: 1, ids: 2, lateWrites: 0 },
    fullOnly: true
  },
  {
    of: "a caller, a forgetter and a rotator whose writes may come late",
    bounds: { callers: 1, forgetters: 1, rotators: 1, resets: 1, ids: 2, lateWrites: 1 },
    fullOnly: true
  }
]

describe("the machine holds, in every state that can be reached", () => {
  for (const { bounds, of } of machines.filter(({ fullOnly }) => full || fullOnly !== true))
    it(`of ${of}`, { timeout: 1_800_000 }, () => {
      const found = explore(bounds, theRules, [...promise(bounds, theRules), ...means])
      console.log(`The machine of ${of}: ${found.states} states, ${found.steps} steps`)
      expect(found.violated === undefined ? "" : printed(found.violated)).toBe("")
      expect(found.complete).toBe(true)
    })
})

describe("each of its rules is needed", () => {
  for (const { bounds, breaks, broken, says } of mutants)
    it(`${says}`, { timeout: 120_000 }, () => {
      const rules = { ...theRules, [broken]: false }
      const broke = promise(bounds, rules).filter((one) => one.says === breaks)
      const { violated } = explore(bounds, rules, broke, { limit: 300_000, reduced: false })
      if (traces && violated !== undefined) console.log(`${says}:\n${printed(violated)}`)
      expect(violated?.says).toBe(breaks)
    })

  it("and every one is broken by a mutant", () => {
    expect(new Set(mutants.map(({ broken }) => broken))).toEqual(new Set(Object.keys(theRules)))
  })
})

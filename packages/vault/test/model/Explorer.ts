/**
 * Visits every state that can be reached, breadth first, so that a counterexample is a shortest one.
 */
import type { Invariant } from "./Invariants.ts"
import { type Bounds, initial, isLive, type Rules, type State, type Step, steps } from "./Model.ts"

/** What an exploration found. */
export interface Found {
  readonly states: number
  readonly steps: number
  /** Whether every state was visited that can be reached. */
  readonly complete: boolean
  readonly violated?: { readonly says: string; readonly trace: ReadonlyArray<Step> }
}

const rowStates = ["none", "sent", "active", "doomed", "void"]
const kinds = [
  "insert",
  "doom",
  "void",
  "doomVoid",
  "complete",
  "forget",
  "mark",
  "replace",
  "register",
  "delete",
  "reset"
]
const places =
  "ready waiting replied unknown refused listed doomed deleted read tried resetting rotated notApplied".split(" ")

const flag = (is: boolean) => (is ? 1 : 0)

// Small numbers, one character each: a length before whatever has no fixed one.
const keyOf = (state: State): string => {
  const { callers, forgetters, identities, network, rotators, sweepers, writes } = state
  const codes = [identities.length, network.length, writes.length]
  for (const one of identities)
    codes.push(rowStates.indexOf(one.row), one.stored, one.mark, one.remote, flag(one.handedOut) + 2 * flag(one.asked))
  for (const one of network)
    codes.push(kinds.indexOf(one.kind), one.id, one.secret, one.rotation, flag(one.fresh && one.kind !== "delete"))
  for (const one of writes) codes.push(kinds.indexOf(one.kind), one.id + 1, one.from, one.to)
  for (const one of callers) codes.push(places.indexOf(one.at), one.id + 1, one.secret)
  for (const one of forgetters) codes.push(places.indexOf(one.at), one.id + 1)
  for (const one of rotators) codes.push(places.indexOf(one.at), one.id + 1, one.secret, one.to, one.before, one.mark)
  for (const one of sweepers) codes.push(places.indexOf(one.at), one.ids.length, ...one.ids)
  return String.fromCharCode(...codes)
}

// Numbers are small: several make one.
const pack = (a: number, b: number, c = 0, d = 0, e = 0, f = 0): number =>
  ((((a * 32 + b + 1) * 32 + c) * 32 + d) * 32 + e) * 32 + f

const sortedBy = <A>(all: ReadonlyArray<A>, numberOf: (one: A) => number): ReadonlyArray<A> => {
  let before = -Infinity
  for (const one of all) {
    if (numberOf(one) < before) return all.toSorted((a, b) => numberOf(a) - numberOf(b))
    before = numberOf(one)
  }
  return all
}

const sorted = (state: State): State => ({
  ...state,
  callers: sortedBy(state.callers, (one) => pack(places.indexOf(one.at), one.id, one.secret)),
  rotators: sortedBy(state.rotators, (one) =>
    pack(places.indexOf(one.at), one.id, one.secret, one.to, one.before, one.mark)
  ),
  network: sortedBy(state.network, (one) =>
    pack(kinds.indexOf(one.kind), one.id, one.secret, one.rotation, flag(one.fresh))
  ),
  writes: sortedBy(state.writes, (one) => pack(kinds.indexOf(one.kind), one.id, one.from, one.to))
})

// Numbers things in the order in which they are met.
class Numbering {
  readonly #numbers = new Map([[0, 0]])
  isChanged = false
  readonly meet = (one: number): void => {
    if (this.#numbers.has(one)) return
    if (one !== this.#numbers.size) this.isChanged = true
    this.#numbers.set(one, this.#numbers.size)
  }
  readonly of = (one: number): number => this.#numbers.get(one) ?? 0
}

/**
 * One state for all that differ in names only: in which caller is which, in how secrets and rotations are numbered, and in ids
 * that ended, are nowhere, and are in nobody's hands: nothing can happen to them any more.
 */
const canonical = (state: State): State => {
  const { callers, forgetters, identities, network, rotators, sweepers, writes } = state
  const held = new Set<number>()
  const secrets = new Numbering()
  const marks = new Numbering()
  identities.forEach((one, id) => {
    if (isLive(one) || one.remote !== 0 || (one.row === "none" && one.handedOut)) held.add(id)
    secrets.meet(one.stored)
    secrets.meet(one.remote)
    marks.meet(one.mark)
  })
  for (const one of callers) {
    held.add(one.id)
    secrets.meet(one.secret)
  }
  for (const one of rotators) {
    held.add(one.id)
    secrets.meet(one.secret)
    secrets.meet(one.to)
    marks.meet(one.before)
    marks.meet(one.mark)
  }
  for (const one of network) {
    held.add(one.id)
    secrets.meet(one.secret)
    marks.meet(one.rotation)
  }
  for (const one of writes) {
    held.add(one.id)
    const numbers = one.kind === "mark" ? marks : secrets
    numbers.meet(one.from)
    numbers.meet(one.to)
  }
  for (const one of forgetters) held.add(one.id)
  for (const one of sweepers) for (const id of one.ids) held.add(id)

  if (identities.every((_, id) => held.has(id)) && !secrets.isChanged && !marks.isChanged) return sorted(state)

  const left = [...identities.keys()].filter((id) => held.has(id))
  const idOf = (id: number) => left.indexOf(id)
  return sorted({
    identities: identities
      .filter((_, id) => held.has(id))
      .map((one) => ({
        ...one,
        stored: secrets.of(one.stored),
        remote: secrets.of(one.remote),
        mark: marks.of(one.mark)
      })),
    callers: callers.map((one) => ({ ...one, id: idOf(one.id), secret: secrets.of(one.secret) })),
    sweepers: sweepers.map((one) => ({ ...one, ids: one.ids.map(idOf) })),
    forgetters: forgetters.map((one) => ({ ...one, id: idOf(one.id) })),
    rotators: rotators.map((one) => ({
      ...one,
      id: idOf(one.id),
      secret: secrets.of(one.secret),
      to: secrets.of(one.to),
      before: marks.of(one.before),
      mark: marks.of(one.mark)
    })),
    network: network.map((one) => ({
      ...one,
      id: idOf(one.id),
      secret: secrets.of(one.secret),
      rotation: marks.of(one.rotation)
    })),
    writes: writes.map((one) => {
      const numbers = one.kind === "mark" ? marks : secrets
      return { ...one, id: idOf(one.id), from: numbers.of(one.from), to: numbers.of(one.to) }
    })
  })
}

/**
 * Explores a machine. With `reduced`, states that differ in names only are one; a trace is read more easily without.
 */
export const explore = (
  bounds: Bounds,
  rules: Rules,
  invariants: ReadonlyArray<Invariant>,
  { limit = Number.POSITIVE_INFINITY, reduced = true } = {}
): Found => {
  const form = reduced ? canonical : (state: State) => state
  const start = form(initial(bounds))
  const numbers = new Map<string, number>([[keyOf(start), 0]])
  const parents: Array<number> = [-1]
  let taken = 0

  const traceTo = (number: number): ReadonlyArray<Step> => {
    const keys = [...numbers.keys()]
    const path: Array<string> = []
    for (let i = number; i > 0; i = parents[i] ?? 0) path.unshift(keys[i] ?? "")
    const trace: Array<Step> = []
    let state = start
    for (const key of path) {
      const found = steps(state, bounds, rules).find(({ next }) => keyOf(form(next)) === key)
      if (found === undefined) throw new Error("a step of the trace is not there")
      state = form(found.next)
      trace.push({ ...found, next: state })
    }
    return trace
  }

  let level: Array<readonly [number, State]> = [[0, start]]
  while (level.length > 0) {
    const nextLevel: Array<readonly [number, State]> = []
    for (const [number, state] of level) {
      const violated = invariants.find(({ holds }) => !holds(state))
      if (violated !== undefined)
        return {
          states: numbers.size,
          steps: taken,
          complete: false,
          violated: { says: violated.says, trace: traceTo(number) }
        }
      for (const { next } of steps(state, bounds, rules)) {
        taken++
        const successor = form(next)
        const key = keyOf(successor)
        if (numbers.has(key)) continue
        numbers.set(key, numbers.size)
        parents.push(number)
        nextLevel.push([numbers.size - 1, successor])
      }
      if (numbers.size > limit) return { states: numbers.size, steps: taken, complete: false }
    }
    level = nextLevel
  }
  return { states: numbers.size, steps: taken, complete: true }
}

const identityText = (id: number, { row, ...one }: State["identities"][number]) => {
  const stored = one.stored === 0 ? "" : ` with secret ${one.stored}`
  const mark = one.mark === 0 ? "" : `, rotation ${one.mark} begun`
  const remote = one.remote === 0 ? "not at SnapTrade" : `at SnapTrade with secret ${one.remote}`
  return `${id}: ${row}${stored}${mark}, ${remote}`
}

/** A trace to be read: each step, and the ids after it. */
export const printed = ({ says, trace }: NonNullable<Found["violated"]>): string =>
  [
    ...trace.map(
      ({ does, next, who }, i) =>
        `${i + 1}. ${who} ${does}\n     ${next.identities.map((one, id) => identityText(id, one)).join("; ")}`
    ),
    `Violated: ${says}`
  ].join("\n")

/**
 * What must be true in every state that can be reached: the promise itself, and the means by which it is kept. A mutant is held
 * against the promise alone, so that what it breaks is something that a user would notice.
 */
import { type Bounds, type Identity, isLive, type Rules, type State, type Step, steps } from "./Model.ts"

/** One thing that must be true. */
export interface Invariant {
  readonly says: string
  readonly holds: (state: State) => boolean
}

const ofEach = (says: string, holds: (one: Identity, id: number, state: State) => boolean): Invariant => ({
  says,
  holds: (state) => state.identities.every((one, id) => holds(one, id, state))
})

const isForeign = ({ handedOut, row }: Identity) => row === "none" && handedOut

const works = ({ mark, remote, stored }: Identity) => remote !== 0 && (remote === stored || mark !== 0)

const isQuiet = ({ callers, forgetters, network, rotators, sweepers, writes }: State) =>
  network.length === 0 &&
  writes.length === 0 &&
  [...callers, ...forgetters, ...rotators, ...sweepers].every(({ at }) => at === "ready")

// A run in which nothing goes wrong: of those steps that begin like one of these, the first that can be taken, until none can.
const run = (
  start: State,
  bounds: Bounds,
  rules: Rules,
  wanted: ReadonlyArray<string>,
  isDone: (step: Step) => boolean = () => false
) => {
  let state = start
  for (let taken = 0; taken < 50; taken++) {
    const possible = steps(state, { ...bounds, lateWrites: 0, ids: bounds.ids + 1 }, rules)
    const next = wanted
      .map((words) => possible.find(({ does, who }) => `${who} ${does}`.startsWith(words)))
      .find((step) => step !== undefined)
    if (next === undefined) return state
    state = next.next
    if (isDone(next)) return state
  }
  return state
}

const calledAgain = (state: State, bounds: Bounds, rules: Rules) =>
  run(
    state,
    bounds,
    rules,
    [
      "caller A reads the active row",
      "caller A completes",
      "network delivers: register",
      "caller A finds the lease over",
      "caller A claims"
    ],
    ({ does }) => does.startsWith("reads the active row")
  )

const swept = (state: State, bounds: Bounds, rules: Rules) =>
  run(
    run(state, bounds, rules, ["sweeper finds the lease over", "sweeper lists"], ({ does }) =>
      does.startsWith("lists")
    ),
    bounds,
    rules,
    ["sweeper dooms", "sweeper deletes", "network delivers: delete"]
  )

/** What is promised. */
export const promise = (bounds: Bounds, rules: Rules): ReadonlyArray<Invariant> => [
  ofEach(
    "a user that was handed out is kept until it is to be forgotten",
    (one) => !one.handedOut || one.asked || one.row === "active" || (isForeign(one) && one.remote !== 0)
  ),
  ofEach(
    "a kept user works at SnapTrade, unless the end of a rotation is not known, which its row says",
    (one) => one.row !== "active" || works(one)
  ),
  {
    says: "an app user has one user at most",
    holds: ({ identities }) => identities.filter(({ row }) => row === "active").length <= 1
  },
  {
    says: "when all is quiet, calling again gives one user that works",
    holds: (state) => {
      if (!isQuiet(state)) return true
      const active = calledAgain(state, bounds, rules).identities.filter(({ row }) => row === "active")
      return active.length === 1 && active.every((one) => works(one) && one.handedOut)
    }
  },
  {
    says: "when all is quiet, one sweep leaves the active users at SnapTrade, and no other of the vault's",
    holds: (state) =>
      state.sweepers.length === 0 ||
      !isQuiet(state) ||
      swept(state, bounds, rules).identities.every((one) =>
        isForeign(one) ? one.remote !== 0 : (one.remote !== 0) === (one.row === "active")
      )
  }
]

/** How it is kept. */
export const means: ReadonlyArray<Invariant> = [
  { says: "one row at most is live", holds: ({ identities }) => identities.filter(isLive).length <= 1 },
  {
    says: "only what is durably doomed is deleted",
    holds: ({ identities, network }) =>
      network.every(({ id, kind }) => kind !== "delete" || identities[id]?.row === "doomed")
  },
  {
    says: "an id has a row before SnapTrade hears of it",
    holds: ({ identities, network }) => network.every(({ id }) => identities[id]?.row !== "none")
  },
  ofEach(
    "what is at SnapTrade is sent, active or doomed",
    (one) => one.remote === 0 || isForeign(one) || one.row === "sent" || one.row === "active" || one.row === "doomed"
  ),
  ofEach("only an active row holds a secret", (one) => (one.stored !== 0) === (one.row === "active"))
]

/**
 * The machine with one rule broken, each with the least that is needed for it to do harm.
 */
import type { Bounds, Rules } from "./Model.ts"

/** A machine that breaks a rule. */
export interface Mutant {
  /** What happens. */
  readonly says: string
  readonly broken: keyof Rules
  readonly bounds: Bounds
  /** The part of the promise that is broken. */
  readonly breaks: string
}

const kept = "a user that was handed out is kept until it is to be forgotten"
const works = "a kept user works at SnapTrade, unless the end of a rotation is not known, which its row says"
const one = "an app user has one user at most"
const again = "when all is quiet, calling again gives one user that works"
const clean = "when all is quiet, one sweep leaves the active users at SnapTrade, and no other of the vault's"

const callers: Bounds = { callers: 2, ids: 3, lateWrites: 0 }
const swept: Bounds = { callers: 1, sweepers: 1, ids: 2, lateWrites: 0 }
const rotators: Bounds = { callers: 1, rotators: 2, resets: 2, ids: 1, lateWrites: 0 }

export const mutants: ReadonlyArray<Mutant> = [
  {
    says: "without the fence, a user that is being deleted is completed and handed out",
    broken: "fence",
    bounds: swept,
    breaks: works
  },
  {
    says: "where a row is doomed without the fence, a user that was handed out is doomed",
    broken: "doomOnlySent",
    bounds: { ...callers, lateWrites: 1 },
    breaks: kept
  },
  {
    says: "a secret that is handed out before it is stored is lost",
    broken: "storeFirst",
    bounds: callers,
    breaks: kept
  },
  {
    says: "deleted before the doom is durable, a user is completed and then deleted",
    broken: "durableDoom",
    bounds: callers,
    breaks: works
  },
  {
    says: "an id that is deleted and registered again is deleted once more when it works",
    broken: "freshIds",
    bounds: callers,
    breaks: works
  },
  {
    says: "an id that is done with because no list shows it comes late, and stays",
    broken: "neverClosed",
    bounds: swept,
    breaks: clean
  },
  {
    says: "without the unique index, one app user has two users",
    broken: "oneLiveRow",
    bounds: callers,
    breaks: one
  },
  {
    says: "a request that goes out although its row may not be there leaves a user that nobody knows of",
    broken: "rowFirst",
    bounds: swept,
    breaks: clean
  },
  {
    says: "a sweep that takes rows that are being registered deletes a user that works",
    broken: "sweepLeavesSent",
    bounds: swept,
    breaks: works
  },
  {
    says: "a sweep that takes ids without a row deletes another's user",
    broken: "sweepLeavesUnknown",
    bounds: { ...swept, foreign: true },
    breaks: kept
  },
  {
    says: "forgetting that deletes first leaves a user that is kept and is gone",
    broken: "forgetDoomsFirst",
    bounds: { callers: 1, forgetters: 1, ids: 2, lateWrites: 0 },
    breaks: again
  },
  {
    says: "forgetting that names no id, carried out late, dooms the user that came after",
    broken: "forgetById",
    bounds: { callers: 1, forgetters: 1, ids: 2, lateWrites: 1 },
    breaks: kept
  },
  {
    says: "without compare-and-swap, a write that comes late undoes a later rotation",
    broken: "compareAndSwap",
    bounds: { ...rotators, lateWrites: 1 },
    breaks: works
  },
  {
    says: "without a mark, a rotation whose reply is lost leaves a dead secret that looks alive",
    broken: "markFirst",
    bounds: rotators,
    breaks: works
  },
  {
    says: "a mark without a name is removed by another's rotation",
    broken: "namedMarks",
    bounds: rotators,
    breaks: works
  },
  {
    says: "a mark that is not put back hides that an earlier rotation's end is not known",
    broken: "markPutBack",
    bounds: rotators,
    breaks: works
  },
  {
    says: "a refusal that is taken for proof hides that the first of two deliveries rotated the secret",
    broken: "refusalProvesNothing",
    bounds: rotators,
    breaks: works
  }
]

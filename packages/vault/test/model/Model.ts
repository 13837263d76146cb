/**
 * The vault's machine for one app user, small enough to be explored whole: its rows, SnapTrade, the network between them, and
 * processes that may stop between any two steps. A write whose answer is lost may be carried out once, at any later time; a
 * message is delivered any number of times, at any later time, until it is dropped. A lease has no time: whoever looks may
 * find it over. A process that is paused is one that is not scheduled.
 *
 * What cannot make a difference is left out: that a call uses two ids at most, since another call may follow at once; and the
 * moment between the claim's write and its request, since a request may stay on its way.
 */

/** The states of a row; `none` where there is none. */
export type RowState = "none" | "sent" | "active" | "doomed" | "void"

/** One userId: its row, what is true of it at SnapTrade, and what a user saw of it. Secrets and rotations are numbers; 0 is none. */
export interface Identity {
  readonly row: RowState
  /** The secret in the row. */
  readonly stored: number
  /** The rotation that the row names. */
  readonly mark: number
  /** The secret that works at SnapTrade; 0 where SnapTrade has no such user. */
  readonly remote: number
  readonly handedOut: boolean
  /** Whether the app asked to forget it. */
  readonly asked: boolean
}

/** A conditional write of the store. */
export interface Write {
  readonly kind: "insert" | "doom" | "void" | "doomVoid" | "complete" | "forget" | "mark" | "replace"
  readonly id: number
  /** Of `mark` and `replace`: what stands, and what is to stand. Of `complete`: the secret. */
  readonly from: number
  readonly to: number
}

/** A request on its way to SnapTrade; a deletion that SnapTrade has queued is one too. */
export interface Message {
  readonly kind: "register" | "delete" | "reset"
  readonly id: number
  readonly secret: number
  readonly rotation: number
  /** Whether it was never delivered. */
  readonly fresh: boolean
}

/** One who calls `ensureUser`. */
export interface Caller {
  readonly at: "ready" | "waiting" | "replied" | "unknown" | "refused"
  readonly id: number
  readonly secret: number
}

/** One who sweeps. */
export interface Sweeper {
  readonly at: "ready" | "listed"
  readonly ids: ReadonlyArray<number>
}

/** One who forgets. */
export interface Forgetter {
  readonly at: "ready" | "doomed" | "deleted"
  readonly id: number
}

/** One who rotates the secret. */
export interface Rotator {
  readonly at: "ready" | "read" | "tried" | "resetting" | "rotated" | "notApplied"
  readonly id: number
  /** The stored secret that it read, and the new one. */
  readonly secret: number
  readonly to: number
  /** The mark that it read, and its own. */
  readonly before: number
  readonly mark: number
}

/** All there is. */
export interface State {
  readonly identities: ReadonlyArray<Identity>
  readonly network: ReadonlyArray<Message>
  /** Writes whose answer was lost and that may still be carried out. */
  readonly writes: ReadonlyArray<Write>
  readonly callers: ReadonlyArray<Caller>
  readonly sweepers: ReadonlyArray<Sweeper>
  readonly forgetters: ReadonlyArray<Forgetter>
  readonly rotators: ReadonlyArray<Rotator>
}

/** How much of everything there may be. */
export interface Bounds {
  readonly callers: number
  readonly sweepers?: number
  readonly forgetters?: number
  readonly rotators?: number
  /** Ids that can still make a difference at one time; over time there are any number. */
  readonly ids: number
  /** Writes at one time that may be carried out late. */
  readonly lateWrites: number
  /** Requests to rotate on their way at one time. */
  readonly resets?: number
  /** Whether SnapTrade has a user that is not the vault's. */
  readonly foreign?: boolean
}

/** The rules of the machine. A mutant breaks one. */
export interface Rules {
  /** A registration is completed only where its row is still `sent`. */
  readonly fence: boolean
  /** A row is doomed by a registration's end only where it is still `sent`. */
  readonly doomOnlySent: boolean
  /** A secret is handed out when its row is durable, not before. */
  readonly storeFirst: boolean
  /** Nothing is deleted before its doom is durable. */
  readonly durableDoom: boolean
  /** An id is never registered again. */
  readonly freshIds: boolean
  /** A doomed id is never done with, whatever a list shows. */
  readonly neverClosed: boolean
  /** The unique index: one live row. */
  readonly oneLiveRow: boolean
  /** A request goes out only when its row is known to be durable. */
  readonly rowFirst: boolean
  /** A sweep leaves `sent` rows alone. */
  readonly sweepLeavesSent: boolean
  /** A sweep leaves ids alone that have no row. */
  readonly sweepLeavesUnknown: boolean
  /** Forgetting dooms first, then deletes. */
  readonly forgetDoomsFirst: boolean
  /** Forgetting names the id that it dooms. */
  readonly forgetById: boolean
  /** A rotated secret is stored only where the one that it was made from still is. */
  readonly compareAndSwap: boolean
  /** A rotation is marked before it begins. */
  readonly markFirst: boolean
  /** A mark has a name: none removes another's. */
  readonly namedMarks: boolean
  /** A mark that a rotation found is put back when it was not applied. */
  readonly markPutBack: boolean
  /** That SnapTrade refuses the secret does not prove that a reset was not applied: it may have come twice. */
  readonly refusalProvesNothing: boolean
}

/** The machine as it is. */
export const theRules: Rules = {
  fence: true,
  doomOnlySent: true,
  storeFirst: true,
  durableDoom: true,
  freshIds: true,
  neverClosed: true,
  oneLiveRow: true,
  rowFirst: true,
  sweepLeavesSent: true,
  sweepLeavesUnknown: true,
  forgetDoomsFirst: true,
  forgetById: true,
  compareAndSwap: true,
  markFirst: true,
  namedMarks: true,
  markPutBack: true,
  refusalProvesNothing: true
}

/** One step of somebody. */
export interface Step {
  readonly who: string
  readonly does: string
  readonly next: State
}

const nobody = -1
const newRow: Identity = { row: "sent", stored: 0, mark: 0, remote: 0, handedOut: false, asked: false }
const foreigner: Identity = { row: "none", stored: 0, mark: 0, remote: 1, handedOut: true, asked: false }
const caller: Caller = { at: "ready", id: nobody, secret: 0 }
const sweeper: Sweeper = { at: "ready", ids: [] }
const forgetter: Forgetter = { at: "ready", id: nobody }
const rotator: Rotator = { at: "ready", id: nobody, secret: 0, to: 0, before: 0, mark: 0 }

const times = <A>(count: number | undefined, one: A): ReadonlyArray<A> => Array.from({ length: count ?? 0 }, () => one)

/** Nobody has done anything. */
export const initial = (bounds: Bounds): State => ({
  identities: times(bounds.foreign === true ? 1 : 0, foreigner),
  network: [],
  writes: [],
  callers: times(bounds.callers, caller),
  sweepers: times(bounds.sweepers, sweeper),
  forgetters: times(bounds.forgetters, forgetter),
  rotators: times(bounds.rotators, rotator)
})

export const isLive = ({ row }: Identity): boolean => row === "sent" || row === "active"

const replaced = <A>(all: ReadonlyArray<A>, index: number, one: A): ReadonlyArray<A> =>
  all.map((other, i) => (i === index ? one : other))

const change = (state: State, id: number, fields: Partial<Identity>): State => ({
  ...state,
  identities: state.identities.map((one, i) => (i === id ? { ...one, ...fields } : one))
})

const liveId = (state: State): number => state.identities.findIndex(isLive)

// A secret that is nowhere else, and a rotation's name that is nowhere else.
const freshSecret = (state: State, id: number): number =>
  1 +
  Math.max(
    state.identities[id]?.stored ?? 0,
    state.identities[id]?.remote ?? 0,
    ...state.network.map((one) => one.secret),
    ...state.writes.map((one) => (one.kind === "mark" ? 0 : Math.max(one.from, one.to))),
    ...state.callers.map((one) => one.secret),
    ...state.rotators.map((one) => Math.max(one.secret, one.to))
  )

const freshMark = (state: State): number =>
  1 +
  Math.max(
    0,
    ...state.identities.map((one) => one.mark),
    ...state.network.map((one) => one.rotation),
    ...state.writes.map((one) => (one.kind === "mark" ? Math.max(one.from, one.to) : 0)),
    ...state.rotators.map((one) => Math.max(one.before, one.mark))
  )

/** What a write makes of the rows; `undefined` where it changes none. */
const carriedOut = (state: State, write: Write, rules: Rules): State | undefined => {
  if (write.kind === "insert")
    return rules.oneLiveRow && liveId(state) !== nobody
      ? undefined
      : { ...state, identities: [...state.identities, newRow] }
  const id = write.id === nobody ? liveId(state) : write.id
  const row = state.identities[id]
  if (row === undefined) return undefined
  const doomed = { row: "doomed", stored: 0, mark: 0 } as const
  switch (write.kind) {
    case "doom":
      return row.row === "sent" || (!rules.doomOnlySent && row.row === "active") ? change(state, id, doomed) : undefined
    case "void":
      return row.row === "sent" ? change(state, id, { row: "void" }) : undefined
    case "doomVoid":
      return row.row === "void" ? change(state, id, doomed) : undefined
    case "complete":
      return row.row === "sent" || (!rules.fence && liveId(state) === nobody)
        ? change(state, id, { row: "active", stored: write.to })
        : undefined
    case "forget":
      return isLive(row) ? change(state, id, doomed) : undefined
    case "mark":
      return row.row === "active" && (row.mark === write.from || !rules.namedMarks)
        ? change(state, id, { mark: write.to })
        : undefined
    case "replace":
      return row.row === "active" && (row.stored === write.from || !rules.compareAndSwap)
        ? change(state, id, { stored: write.to, mark: 0 })
        : undefined
  }
}

const sent = (state: State, message: Omit<Message, "fresh">): State => ({
  ...state,
  network: [
    ...state.network.filter(
      (one) => one.kind !== message.kind || one.id !== message.id || one.rotation !== message.rotation
    ),
    { ...message, fresh: true }
  ]
})

const registration = (id: number) => ({ kind: "register", id, secret: 0, rotation: 0 }) as const
const deletion = (id: number) => ({ kind: "delete", id, secret: 0, rotation: 0 }) as const

/** Everything that can happen next. */
export const steps = (state: State, bounds: Bounds, rules: Rules): ReadonlyArray<Step> => {
  const all: Array<Step> = []
  const step = (who: string, does: string, next: State) => void all.push({ who, does, next })

  // A write is answered, or its answer is lost: then it is carried out later or never.
  const write = (
    who: string,
    does: string,
    kind: Write["kind"],
    fields: Partial<Write>,
    answered: (state: State, changed: boolean) => State,
    lost: (state: State) => State = (failed) => answered(failed, false)
  ) => {
    const one: Write = { kind, id: nobody, from: 0, to: 0, ...fields }
    const after = carriedOut(state, one, rules)
    step(who, after === undefined ? `${does}: no row changed` : does, answered(after ?? state, after !== undefined))
    if (state.writes.length < bounds.lateWrites)
      step(who, `${does}: the answer is lost`, lost({ ...state, writes: [...state.writes, one] }))
  }

  const { identities } = state
  const live = liveId(state)
  const liveRow = identities[live]
  const sentId = liveRow?.row === "sent" ? live : nobody

  // Whoever finds a lease over dooms the row.
  const doomExpired = (who: string) => {
    if (sentId === nobody) return
    if (!rules.durableDoom) step(who, `deletes ${sentId}, whose lease is over, at once`, sent(state, deletion(sentId)))
    write(who, `finds the lease over, and dooms ${sentId}`, "doom", { id: sentId }, (after) => after)
  }

  for (const [i, self] of state.callers.entries()) {
    const who = `caller ${"AB"[i] ?? i}`
    const { id } = self
    const be = (after: State, next: Caller): State => ({ ...after, callers: replaced(after.callers, i, next) })
    const register = (after: State) => {
      const newId = after.identities.length - 1
      return be(sent(after, registration(newId)), { at: "waiting", id: newId, secret: 0 })
    }
    const doom = (why: string) => write(who, `${why}, and dooms ${id}`, "doom", { id }, (after) => be(after, caller))

    if (self.at !== "ready") step(who, "crashes", be(state, caller))
    switch (self.at) {
      case "ready":
        if (liveRow?.row === "active")
          step(who, `reads the active row of ${live}, and hands it out`, change(state, live, { handedOut: true }))
        doomExpired(who)
        if ((live === nobody || !rules.oneLiveRow) && identities.length < bounds.ids) {
          const claims = `claims ${identities.length}, and sends its registration`
          write(
            who,
            claims,
            "insert",
            {},
            (after, changed) => (changed ? register(after) : after),
            (failed) => failed
          )
          if (!rules.rowFirst)
            step(
              who,
              `${claims}: the answer is lost`,
              register({ ...state, identities: [...identities, { ...newRow, row: "none" }] })
            )
        }
        break
      case "waiting":
        doom("does not know what became of it")
        if (!rules.freshIds)
          step(
            who,
            `does not know what became of it, deletes ${id} and registers it again`,
            sent(sent(state, deletion(id)), registration(id))
          )
        break
      case "replied": {
        doom("cannot use the reply")
        const handed = (after: State) => be(change(after, id, { handedOut: true }), caller)
        if (!rules.storeFirst) step(who, `hands ${id} out`, change(state, id, { handedOut: true }))
        write(
          who,
          `completes ${id}`,
          "complete",
          { id, to: self.secret },
          (after, changed) => (changed ? handed(after) : be(after, caller)),
          // It tries again; it gives up where it crashes.
          (failed) => failed
        )
        break
      }
      case "unknown":
        doom("learns that it exists")
        break
      case "refused":
        write(who, `ends ${id}, which was certainly not registered`, "void", { id }, (after) => be(after, caller))
        break
    }
  }

  for (const [i, self] of state.sweepers.entries()) {
    const who = "sweeper"
    const be = (after: State, next: Sweeper): State => ({ ...after, sweepers: replaced(after.sweepers, i, next) })
    if (self.at === "ready") {
      doomExpired(who)
      const ids = [...identities.keys()].filter((id) => identities[id]?.remote !== 0)
      const closed = rules.neverClosed
        ? identities
        : identities.map((one) => (one.row === "doomed" && one.remote === 0 ? ({ ...one, row: "none" } as const) : one))
      step(
        who,
        `lists the users at SnapTrade: ${ids.join(", ")}`,
        be({ ...state, identities: closed }, { at: "listed", ids })
      )
    } else {
      step(who, "ends, or crashes", be(state, sweeper))
      for (const id of self.ids) {
        const row = identities[id]?.row
        if (row === "void") write(who, `dooms ${id}, which was void and is there`, "doomVoid", { id }, (after) => after)
        if (
          row === "doomed" ||
          (row === "sent" && !rules.sweepLeavesSent) ||
          (row === "none" && !rules.sweepLeavesUnknown)
        )
          step(
            who,
            `deletes ${id}`,
            be(sent(state, deletion(id)), { ...self, ids: self.ids.filter((other) => other !== id) })
          )
      }
    }
  }

  for (const [i, self] of state.forgetters.entries()) {
    const who = "forgetter"
    const be = (after: State, next: Forgetter): State => ({ ...after, forgetters: replaced(after.forgetters, i, next) })
    const doom = (id: number, then: Forgetter) =>
      write(
        who,
        `dooms ${id}, which is to be forgotten`,
        "forget",
        { id: rules.forgetById ? id : nobody },
        (after, changed) => be(change(after, id, { asked: true }), changed ? then : forgetter)
      )
    if (self.at !== "ready") step(who, "crashes", be(state, forgetter))
    switch (self.at) {
      case "ready":
        if (live === nobody) break
        if (rules.forgetDoomsFirst) doom(live, { at: "doomed", id: live })
        else step(who, `deletes ${live}`, be(sent(state, deletion(live)), { at: "deleted", id: live }))
        break
      case "doomed":
        step(who, `deletes ${self.id}`, be(sent(state, deletion(self.id)), forgetter))
        break
      case "deleted":
        doom(self.id, forgetter)
        break
    }
  }

  for (const [i, self] of state.rotators.entries()) {
    const who = `rotator ${"RS"[i] ?? i}`
    const { before, id, mark, secret, to } = self
    const be = (after: State, next: Rotator): State => ({ ...after, rotators: replaced(after.rotators, i, next) })
    const reset = (after: State, as: number) =>
      be(sent(after, { kind: "reset", id, secret, rotation: as }), { ...self, at: "resetting", mark: as })
    if (self.at !== "ready") step(who, "crashes", be(state, rotator))
    switch (self.at) {
      case "ready":
        if (liveRow?.row !== "active") break
        step(
          who,
          `reads the secret of ${live}`,
          be(state, {
            ...rotator,
            // Another rotation's end is not known: the secret is tried first.
            at: liveRow.mark === 0 ? "tried" : "read",
            id: live,
            secret: liveRow.stored,
            before: liveRow.mark
          })
        )
        break
      case "read":
        if (identities[id]?.remote === secret) step(who, "tries it: it works", be(state, { ...self, at: "tried" }))
        else step(who, "tries it: it is lost", be(state, rotator))
        break
      case "tried": {
        if (state.network.filter((one) => one.kind === "reset").length >= (bounds.resets ?? 0)) break
        const own = rules.namedMarks ? freshMark(state) : 1
        if (rules.markFirst)
          write(
            who,
            `marks the rotation of ${id}, and resets`,
            "mark",
            { id, from: before, to: own },
            (after, changed) => (changed ? reset(after, own) : be(after, rotator))
          )
        else step(who, `resets ${id}`, reset(state, own))
        break
      }
      case "resetting":
        // It gives up where it crashes: the mark stands.
        break
      case "rotated":
        write(
          who,
          `stores the new secret of ${id}`,
          "replace",
          { id, from: secret, to },
          (after) => be(after, rotator),
          (failed) => failed
        )
        break
      case "notApplied":
        write(
          who,
          `takes its mark from ${id}`,
          "mark",
          { id, from: mark, to: rules.markPutBack ? before : 0 },
          (after) => be(after, rotator)
        )
        break
    }
  }

  for (const [i, one] of state.writes.entries()) {
    const left = { ...state, writes: state.writes.filter((_, other) => other !== i) }
    const what = one.id === nobody ? one.kind : `${one.kind} ${one.id}`
    step("store", `never carries out: ${what}`, left)
    if (one.kind !== "insert" || identities.length < bounds.ids) {
      const after = carriedOut(left, one, rules)
      if (after !== undefined) step("store", `carries out late: ${what}`, after)
    }
  }

  for (const [i, message] of state.network.entries()) {
    const { id, kind, rotation, secret } = message
    const who = "network"
    const what = `${kind} ${id}`
    const left = { ...state, network: state.network.filter((_, other) => other !== i) }
    const stays = message.fresh
      ? { ...state, network: replaced(state.network, i, { ...message, fresh: false }) }
      : state
    const remote = identities[id]?.remote ?? 0
    const waiting = state.callers.findIndex((one) => kind === "register" && one.at === "waiting" && one.id === id)
    const resetting = state.rotators.findIndex(
      (one) => kind === "reset" && one.at === "resetting" && one.id === id && one.mark === rotation
    )
    const registers = state.callers[waiting]
    const rotates = state.rotators[resetting]
    const answerCaller = (after: State, next: Partial<Caller>): State =>
      registers === undefined
        ? after
        : { ...after, callers: replaced(after.callers, waiting, { ...registers, ...next }) }
    const answerRotator = (after: State, next: Partial<Rotator>): State =>
      rotates === undefined
        ? after
        : { ...after, rotators: replaced(after.rotators, resetting, { ...rotates, ...next }) }

    step(who, `drops: ${what}`, left)
    if (message.fresh && (registers !== undefined || rotates !== undefined))
      step(who, `refuses: ${what}`, answerRotator(answerCaller(left, { at: "refused" }), { at: "notApplied" }))
    switch (kind) {
      case "delete":
        if (remote !== 0) step(who, `delivers: ${what}`, change(stays, id, { remote: 0 }))
        break
      case "register": {
        const made = freshSecret(state, id)
        if (remote !== 0) step(who, `delivers: ${what}: it exists`, answerCaller(stays, { at: "unknown" }))
        else
          step(
            who,
            `delivers: ${what}`,
            answerCaller(change(stays, id, { remote: made }), { at: "replied", secret: made })
          )
        break
      }
      case "reset": {
        const made = freshSecret(state, id)
        if (remote === secret) {
          const after = change(stays, id, { remote: made })
          step(who, `delivers: ${what}`, answerRotator(after, { at: "rotated", to: made }))
          // It comes twice, and the second reply is the one that is read.
          if (rotates !== undefined) step(who, `delivers: ${what}: the reply is lost`, after)
        } else
          step(
            who,
            `delivers: ${what}: the secret is refused`,
            answerRotator(stays, rules.refusalProvesNothing ? rotator : { at: "notApplied" })
          )
        break
      }
    }
  }
  return all
}

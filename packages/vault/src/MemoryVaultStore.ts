/**
 * A store in this process' memory, for tests and for trying things out: it forgets everything when the process ends.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Attempt, type Key, type Reason } from "./Attempt.ts"
import { type UserRef, VaultStore } from "./VaultStore.ts"

interface Row extends Omit<typeof Attempt.Encoded, "leaseHolds"> {
  readonly leaseUntil: number
}

const idOf = ({ clientId, userId }: UserRef) => JSON.stringify([clientId, userId])

const keyOf = ({ appUserId, clientId }: Key) => JSON.stringify([clientId, appUserId])

// As databases order text: by code points, not by the units of UTF-16, where a surrogate comes before U+E000.
const ranked = (unit: number) => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit)

const order = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = ranked(a.charCodeAt(i)) - ranked(b.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const isLive = (row: Row) => row.state === "sent" || row.state === "active"

// Each step runs at once, so that none comes between another's reading and writing.
const step = <A>(run: (now: number) => A): Effect.Effect<A> => Effect.map(Clock.currentTimeMillis, run)

const make = (): VaultStore["Service"] => {
  const rows = new Map<string, Row>()
  // The one row of each key that is live.
  const liveRows = new Map<string, Row>()

  const put = (row: Row) => {
    rows.set(idOf(row), row)
    if (isLive(row)) liveRows.set(keyOf(row), row)
    else if (liveRows.get(keyOf(row))?.userId === row.userId) liveRows.delete(keyOf(row))
  }
  const live = (key: Key) => liveRows.get(keyOf(key))
  const attemptOf = ({ leaseUntil, ...row }: Row, now: number) =>
    new Attempt({ ...row, leaseHolds: row.token !== null && leaseUntil > now })
  const doom = (row: Row, reason: Reason, now: number) =>
    put({ ...row, state: "doomed", reason, sealedSecret: null, token: null, changedAt: now })
  const isExpired = (row: Row, now: number) => row.state === "sent" && row.origin !== "app" && row.leaseUntil <= now

  return {
    live: (key) =>
      step((now) => {
        const row = live(key)
        return row === undefined ? undefined : attemptOf(row, now)
      }),
    claim: ({ lease, ...attempt }) =>
      step((now) => {
        const before = live(attempt)
        if (before !== undefined && isExpired(before, now)) doom(before, "lease-over", now)
        if (live(attempt) !== undefined || rows.has(idOf(attempt))) return false
        put({
          ...attempt,
          state: "sent",
          leaseUntil: now + Duration.toMillis(lease),
          reason: null,
          sealedSecret: null,
          createdAt: now,
          changedAt: now
        })
        return true
      }),
    reclaim: ({ inDoubt, lease, ...attempt }) =>
      step((now) => {
        const row = rows.get(idOf(attempt))
        if (row === undefined || row.origin !== "app" || keyOf(row) !== keyOf(attempt)) return false
        const free = inDoubt
          ? row.state === "sent" && row.leaseUntil <= now
          : row.state === "void" && live(attempt) === undefined
        const { token } = attempt
        if (free)
          put({
            ...row,
            state: "sent",
            token,
            reason: null,
            leaseUntil: now + Duration.toMillis(lease),
            changedAt: now
          })
        return free
      }),
    complete: ({ sealedSecret, token, ...attempt }) =>
      step((now) => {
        const row = rows.get(idOf(attempt))
        if (row?.state !== "sent" || row.token !== token) return false
        put({ ...row, state: "active", sealedSecret, token: null, changedAt: now })
        return true
      }),
    end: ({ reason, state, token, ...attempt }) =>
      step((now) => {
        const row = rows.get(idOf(attempt))
        const from = token === null ? "void" : "sent"
        if (row?.state !== from || row.token !== token || row.state === state) return false
        put({ ...row, state, reason, token: null, changedAt: now })
        return true
      }),
    release: ({ token, ...attempt }) =>
      step((now) => {
        const row = rows.get(idOf(attempt))
        if (row?.state === "sent" && row.token === token) put({ ...row, leaseUntil: now, changedAt: now })
      }),
    forget: (attempt) =>
      step((now) => {
        const row = rows.get(idOf(attempt))
        if (row === undefined || !isLive(row)) return false
        doom(row, "forgotten", now)
        return true
      }),
    adopt: ({ sealedSecret, ...attempt }) =>
      step((now) => {
        const before = live(attempt)
        const row = rows.get(idOf(attempt))
        const isSuperseded = before?.state === "sent" && before.origin !== "app" && row === undefined
        if ((row !== before || row?.state === "active") && !isSuperseded) return false
        if (isSuperseded) doom(before, "superseded", now)
        put({
          ...(row ?? { ...attempt, origin: "adopted", leaseUntil: now, createdAt: now }),
          state: "active",
          sealedSecret,
          reason: null,
          token: null,
          changedAt: now
        })
        return true
      }),
    replaceSecret: ({ endsRotation, from, sealedSecret, ...attempt }) =>
      step((now) => {
        const row = rows.get(idOf(attempt))
        if (row?.state !== "active" || row.sealedSecret !== from) return false
        put({ ...row, sealedSecret, token: endsRotation ? null : row.token, changedAt: now })
        return true
      }),
    markRotation: ({ from, lease, to, ...attempt }) =>
      step((now) => {
        const row = rows.get(idOf(attempt))
        if (row?.state !== "active" || row.token !== from) return false
        put({ ...row, token: to, leaseUntil: now + Duration.toMillis(lease), changedAt: now })
        return true
      }),
    doomExpired: (clientId) =>
      step((now) => {
        const expired = [...rows.values()].filter((row) => row.clientId === clientId && isExpired(row, now))
        for (const row of expired) doom(row, "lease-over", now)
        return expired.length
      }),
    rows: (clientId, userIds) =>
      step((now) =>
        userIds.flatMap((userId) => {
          const row = rows.get(idOf({ clientId, userId }))
          return row === undefined ? [] : [attemptOf(row, now)]
        })
      ),
    page: ({ after, clientId, limit, state }) =>
      step((now) =>
        [...rows.values()]
          .filter(
            (row) =>
              row.clientId === clientId &&
              (state === undefined || row.state === state) &&
              (after === undefined || order(row.userId, after) > 0)
          )
          .toSorted((a, b) => order(a.userId, b.userId))
          .slice(0, limit)
          .map((row) => attemptOf(row, now))
      )
  }
}

/**
 * Keeps the vault's rows in memory while the layer lives.
 *
 * @example
 * ```ts
 * import * as Vault from "@effect-snaptrade/vault"
 *
 * const store = Vault.layerStoreMemory
 * ```
 */
export const layer: Layer.Layer<VaultStore> = Layer.sync(VaultStore, make)

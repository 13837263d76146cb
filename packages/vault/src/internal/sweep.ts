/**
 * Deleting at SnapTrade what nobody will ever use: only ids that are durably doomed, as long as they are listed there, for
 * ever. That an id is not listed closes nothing: a late request may still register it.
 */
import {
  deleteUser,
  type DeleteUserError,
  listUsers,
  type ListUsersError,
  type SnapTrade
} from "@effect-snaptrade/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Attempt } from "../Attempt.ts"
import { StoreBehind, type StoreFailed } from "../VaultError.ts"
import { isVaultId } from "./ensureUser.ts"
import type { Parts } from "./parts.ts"
import { count } from "./telemetry.ts"

/** How a sweep is done. */
export interface SweepOptions {
  /** Deletes; without it nothing is changed, here or there: the report says what would be. */
  readonly delete?: boolean | undefined
  /** Sweeps although ids are listed that a vault made and that have no row here: see `StoreBehind`. */
  readonly storeWasRestored?: boolean | undefined
}

/** What a sweep found and did. */
export interface SweepReport {
  /** How many users SnapTrade lists. */
  readonly listed: number
  /** The listed ids that nobody will ever use. */
  readonly orphans: ReadonlyArray<string>
  /** Those of them whose deletion is queued by now; none in a dry run. */
  readonly deleted: ReadonlyArray<string>
  /** Those whose deletion failed, and why; the next sweep takes them. */
  readonly failed: ReadonlyArray<{ readonly userId: string; readonly error: DeleteUserError | StoreFailed }>
  /** How many listed ids have no row here: users that the vault knows nothing of, and never touches. */
  readonly unknown: number
}

/** Everything that a sweep can fail with. */
export type SweepError = ListUsersError | StoreFailed | StoreBehind

/** How many ids are looked up at once. */
export const batch = 500

const isOver = (row: Attempt) => row.state === "sent" && row.origin !== "app" && !row.leaseHolds

/**
 * Whether the vault gave this id up. One of the app's own that was certainly not registered is not: what SnapTrade has under it
 * was registered by somebody else, and may work.
 */
export const isGivenUp = (row: Attempt): boolean =>
  row.state === "doomed" || (row.state === "void" && row.origin !== "app")

const isOrphan = (row: Attempt) => isGivenUp(row) || isOver(row)

export const makeSweep = ({ clientId, store }: Parts) => {
  // A limit that is used up is waited for: a sweep may take hours, and goes on where it was.
  const remove = (userId: string): Effect.Effect<void, DeleteUserError, SnapTrade> =>
    deleteUser({ userId }).pipe(
      Effect.asVoid,
      Effect.catchTags({
        NotFound: () => Effect.void,
        // At least a second: a limit that says "now" and refuses again must not be asked in a loop.
        RateLimited: ({ retryAfter }) => Effect.delay(remove(userId), Duration.max(retryAfter, Duration.seconds(1)))
      })
    )

  // Durably doomed first, whatever it was; a row that is not doomed by then is not touched.
  const deleteOrphan = Effect.fnUntraced(function* (row: Attempt) {
    const { token, userId } = row
    const reason = row.state === "void" ? "listed" : "lease-over"
    const isDoomed = row.state === "doomed" || (yield* store.end({ clientId, userId, token, state: "doomed", reason }))
    if (!isDoomed) return false
    yield* remove(userId)
    yield* count("swept")
    return true
  })

  const survey = Effect.gen(function* () {
    const orphans: Array<Attempt> = []
    const behind: Array<string> = []
    let listed = 0
    let unknown = 0
    yield* listUsers.stream().pipe(
      Stream.grouped(batch),
      Stream.runForEach((userIds) =>
        Effect.map(store.rows(clientId, userIds), (rows) => {
          const known = new Set(rows.map((row) => row.userId))
          listed += userIds.length
          unknown += userIds.length - known.size
          behind.push(...userIds.filter((userId) => isVaultId(userId) && !known.has(userId)))
          orphans.push(...rows.filter(isOrphan))
        })
      )
    )
    return { behind, listed, orphans, unknown }
  })

  return Effect.fn("Vault.sweep")(function* (
    options: SweepOptions = {}
  ): Effect.fn.Return<SweepReport, SweepError, SnapTrade> {
    const { behind, listed, orphans, unknown } = yield* survey
    if (behind.length > 0 && options.storeWasRestored !== true)
      return yield* new StoreBehind({ userIds: behind.slice(0, 10), count: behind.length })
    const deleted: Array<string> = []
    const failed: Array<SweepReport["failed"][number]> = []
    if (options.delete === true) {
      for (const row of orphans) {
        const result = yield* Effect.result(deleteOrphan(row))
        if (result._tag === "Failure") failed.push({ userId: row.userId, error: result.failure })
        else if (result.success) deleted.push(row.userId)
        else continue
        if ((deleted.length + failed.length) % 100 === 0)
          yield* Effect.logInfo(`Swept ${deleted.length} of ${orphans.length} orphans; ${failed.length} failed`)
      }
      yield* count("doomed", "lease-over", yield* store.doomExpired(clientId))
    }
    return { listed, orphans: orphans.map((row) => row.userId), deleted, failed, unknown }
  })
}

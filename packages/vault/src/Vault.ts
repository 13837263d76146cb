/**
 * The vault: signs users up so that no secret is ever lost, whatever crashes, and keeps the secrets.
 */
import { deleteUser, type DeleteUserError, type InvalidInput, SnapTrade } from "@effect-snaptrade/core"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Attempt, Key, State } from "./Attempt.ts"
import type { HeldUser } from "./HeldUser.ts"
import { type AdoptError, type GivenUser, makeAdopt } from "./internal/adopt.ts"
import { type EnsureUserError, type EnsureUserOptions, makeEnsureUser } from "./internal/ensureUser.ts"
import { keyOf, opened, type Parts, seal } from "./internal/parts.ts"
import { makeRotate, type RotateError } from "./internal/rotate.ts"
import { batch, isGivenUp, makeSweep, type SweepError, type SweepOptions, type SweepReport } from "./internal/sweep.ts"
import { count } from "./internal/telemetry.ts"
import { Sealer } from "./Sealer.ts"
import type { SealingFailed, SecretUnreadable, StoreFailed } from "./VaultError.ts"
import { VaultStore } from "./VaultStore.ts"

export type {
  AdoptError,
  GivenUser,
  EnsureUserError,
  EnsureUserOptions,
  RotateError,
  SweepError,
  SweepOptions,
  SweepReport
}

/**
 * What became of a user that was forgotten.
 */
export interface Forgotten {
  /** The id that the user had at SnapTrade. It is durably doomed: the vault deletes it there whenever it appears. */
  readonly userId: string
  /** What kept its deletion from being queued now; the next sweep does it then. */
  readonly notDeleted: DeleteUserError | undefined
}

/**
 * What sealing anew came to.
 */
export interface ResealReport {
  /** How many were sealed anew. */
  readonly resealed: number
  /** Those that do not open, and were left as they are: as long as there are any, keep the old key. */
  readonly unreadable: ReadonlyArray<SecretUnreadable>
}

/**
 * Signs users up, and keeps their secrets sealed, for the clientId of the `SnapTrade` it was built with. After a crash or a
 * fault at any point, calling again gives one registered user whose secret is held, and no user that ever worked is harmed.
 *
 * At SnapTrade a user has an id of the vault's, a fresh one for each attempt: one that may be registered without its secret
 * being known is given up and deleted, and never used again. `owner` finds whose it is, as webhooks need it.
 *
 * @example
 * ```ts
 * import { loginUser } from "@effect-snaptrade/core"
 * import { Vault } from "@effect-snaptrade/vault"
 * import * as Effect from "effect/Effect"
 *
 * const connect = Effect.fn("connect")(function* (appUserId: string) {
 *   const { userId, userSecret } = yield* (yield* Vault).ensureUser(appUserId)
 *   return yield* loginUser({ userId, userSecret })
 * })
 * ```
 */
export class Vault extends Context.Service<
  Vault,
  {
    /**
     * The app's user at SnapTrade and its secret: the one that is held, or one that is registered now. It is handed out only
     * after it is stored. Any number of processes may ask at once; one registers, the others wait for it.
     *
     * Fails with what SnapTrade certainly refused, with `RegistrationUnsettled` after two attempts whose outcome is unknown,
     * and with what the store and the sealer fail with; after each of them it may be called again.
     */
    readonly ensureUser: (appUserId: string, options?: EnsureUserOptions) => Effect.Effect<HeldUser, EnsureUserError>
    /** The user that is held, without asking SnapTrade. */
    readonly find: (
      appUserId: string
    ) => Effect.Effect<Option.Option<HeldUser>, InvalidInput | StoreFailed | SecretUnreadable>
    /**
     * Replaces the secret. Between SnapTrade's reply and the store's no client can save it: a lost reply is `RotationUnknown`,
     * and the next rotation finds out whether the stored secret is dead (`SecretLost`). One that came and cannot be
     * stored is in the failure, `RotationNotStored`. Once its request may be out it is not interrupted: it ends first.
     */
    readonly rotate: (appUserId: string) => Effect.Effect<HeldUser, RotateError>
    /**
     * Gives the user up, drops its secret, and deletes it at SnapTrade with all its connections; irreversible. None where
     * none was held. A later `ensureUser` registers a new one.
     */
    readonly forget: (appUserId: string) => Effect.Effect<Option.Option<Forgotten>, InvalidInput | StoreFailed>
    /**
     * Takes in a user whose secret is known, without asking SnapTrade; again, to correct a secret. Fails with
     * `NotAdoptable` where the app user has another one.
     */
    readonly adopt: (appUserId: string, user: GivenUser) => Effect.Effect<void, AdoptError>
    /**
     * Deletes at SnapTrade the users that the vault has given up, those that are listed there; a dry run unless told. Run it
     * every day: an id that is not listed today may be tomorrow. Ids without a row here are never touched.
     */
    readonly sweep: (options?: SweepOptions) => Effect.Effect<SweepReport, SweepError>
    /** Whether this id of SnapTrade's was given up by the vault: webhooks arrive for such, too. */
    readonly isOrphan: (userId: string) => Effect.Effect<boolean, StoreFailed>
    /** The app's own id of the user that has this id at SnapTrade, given up or not; none where the vault does not know it. */
    readonly owner: (userId: string) => Effect.Effect<Option.Option<string>, StoreFailed>
    /** Every id that the vault knows, its secret sealed, in the order of the ids. */
    readonly list: (options?: { readonly state?: State | undefined }) => Stream.Stream<Attempt, StoreFailed>
    /** Seals anew, with the key that seals today, what another key sealed; goes on past rows that do not open. */
    readonly reseal: Effect.Effect<ResealReport, StoreFailed | SealingFailed>
  }
>()("@effect-snaptrade/vault/Vault") {}

/**
 * How a vault works.
 */
export interface Options {
  /**
   * For one registration or rotation; 30 seconds unless told, whatever `withTimeout` says around the vault. Nobody else takes up an app user for twice as long: so long
   * waits who calls after a crash; after one of a rotation, who rotates again waits five minutes more.
   */
  readonly timeout?: Duration.Input | undefined
}

/**
 * Builds a vault.
 *
 * @example
 * ```ts
 * import { makeVault } from "@effect-snaptrade/vault"
 *
 * const vault = makeVault({ timeout: "10 seconds" })
 * ```
 */
export const make = Effect.fnUntraced(function* (options: Options = {}) {
  const snapTrade = yield* SnapTrade
  const store = yield* VaultStore
  const sealer = yield* Sealer
  const { clientId } = snapTrade
  const timeout = Duration.fromInputUnsafe(options.timeout ?? "30 seconds")
  const parts: Parts = { clientId, store, sealer, timeout }
  const provided = Effect.provideService(SnapTrade, snapTrade)
  const ensureUser = makeEnsureUser(parts)
  const rotate = makeRotate(parts)
  const sweep = makeSweep(parts)

  const row = (userId: string) => Effect.map(store.rows(clientId, [userId]), ([found]) => found)

  const find = Effect.fn("Vault.find")(function* (appUserId: string) {
    const live = yield* store.live(yield* keyOf(parts, "find", appUserId))
    return live?.state === "active" ? Option.some(yield* opened(parts, live)) : Option.none()
  })

  // By its id, not by its app user: a write that is carried out late must not doom who came after.
  const doom = Effect.fnUntraced(function* (key: Key) {
    for (;;) {
      const live = yield* store.live(key)
      if (live === undefined || (yield* store.forget(live))) return live?.userId
    }
  })

  // Doomed before it is deleted: from then on nobody can be given it, and every sweep takes it.
  const forget = Effect.fn("Vault.forget")(function* (appUserId: string) {
    const userId = yield* doom(yield* keyOf(parts, "forget", appUserId))
    if (userId === undefined) return Option.none()
    yield* count("forgotten")
    const deleted = yield* Effect.result(deleteUser({ userId }))
    const notDeleted = deleted._tag === "Success" || deleted.failure._tag === "NotFound" ? undefined : deleted.failure
    return Option.some({ userId, notDeleted })
  })

  const list = ({ state }: { readonly state?: State | undefined } = {}) =>
    Stream.paginate(undefined as string | undefined, (after) =>
      Effect.map(
        store.page({ clientId, state, after, limit: batch }),
        (attempts) =>
          [attempts, Option.map(Option.fromUndefinedOr(attempts[batch - 1]), (last) => last.userId)] as const
      )
    )

  const resealOne = Effect.fnUntraced(function* (attempt: Attempt) {
    if (attempt.sealedSecret === null || sealer.isCurrent(attempt.sealedSecret)) return 0
    const secret = yield* sealer.open(attempt.sealedSecret, attempt)
    const sealedSecret = yield* seal(parts, secret, attempt)
    // One that was rotated meanwhile is sealed anew already.
    const resealed = { ...attempt, from: attempt.sealedSecret, sealedSecret, endsRotation: false }
    const isStored = yield* store.replaceSecret(resealed)
    if (isStored) yield* count("resealed")
    return isStored ? 1 : 0
  })

  return Vault.of({
    ensureUser: (appUserId, ensureOptions) => provided(ensureUser(appUserId, ensureOptions)),
    find,
    rotate: (appUserId) => provided(rotate(appUserId)),
    forget: (appUserId) => provided(forget(appUserId)),
    adopt: makeAdopt(parts),
    sweep: (sweepOptions) => provided(sweep(sweepOptions)),
    isOrphan: (userId) => Effect.map(row(userId), (found) => found !== undefined && isGivenUp(found)),
    owner: (userId) => Effect.map(row(userId), (found) => Option.fromUndefinedOr(found?.appUserId)),
    list,
    reseal: Effect.gen(function* () {
      let resealed = 0
      const unreadable: Array<SecretUnreadable> = []
      yield* Stream.runForEach(list({ state: "active" }), (attempt) =>
        resealOne(attempt).pipe(
          Effect.map((one) => {
            resealed += one
          }),
          // One damaged row must not keep all others under a key that is to go.
          Effect.catchTag("SecretUnreadable", (error) => Effect.sync(() => void unreadable.push(error)))
        )
      )
      return { resealed, unreadable }
    }).pipe(Effect.withSpan("Vault.reseal"))
  })
})

/**
 * A vault as a layer, over a `SnapTrade`, a store and a sealer.
 *
 * @example
 * ```ts
 * import { NodeSnapTrade } from "@effect-snaptrade/node"
 * import { layerSealerConfig, layerVault } from "@effect-snaptrade/vault"
 * import { layerStoreSqlite } from "@effect-snaptrade/vault/sqlite"
 * import * as Layer from "effect/Layer"
 *
 * const live = layerVault().pipe(
 *   Layer.provide(layerStoreSqlite({ filename: "vault.db" })),
 *   Layer.provide(layerSealerConfig()),
 *   Layer.provideMerge(NodeSnapTrade.layerConfig())
 * )
 * ```
 */
export const layer = (options?: Options): Layer.Layer<Vault, never, SnapTrade | VaultStore | Sealer> =>
  Layer.effect(Vault, make(options))

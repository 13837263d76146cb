/**
 * Signing a user up: claim, register, complete; what is not certain is doomed, and begun again under another id.
 */
import { registerUser, type RegisterUserError, type SnapTrade, type User, withTimeout } from "@effect-snaptrade/core"
import { uuidV4Unsafe } from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import type { Key, Reason } from "../Attempt.ts"
import { HeldUser } from "../HeldUser.ts"
import {
  OwnIdSpent,
  OwnIdTaken,
  RegistrationInDoubt,
  RegistrationUnsettled,
  type SealingFailed,
  type SecretUnreadable,
  type StoreFailed,
  UserForgotten
} from "../VaultError.ts"
import type { NewAttempt } from "../VaultStore.ts"
import { keyOf, leaseOf, opened, type Parts, pause, persistently, seal } from "./parts.ts"
import { count } from "./telemetry.ts"

/** A refusal that is certain: SnapTrade has not registered the user. */
export type Refused = Exclude<
  Extract<RegisterUserError, { readonly outcome: "not-applied" }>,
  { readonly _tag: "UserAlreadyExists" }
>

/** Everything that signing up can fail with. */
export type EnsureUserError =
  | Refused
  | StoreFailed
  | SealingFailed
  | SecretUnreadable
  | RegistrationUnsettled
  | RegistrationInDoubt
  | OwnIdSpent
  | OwnIdTaken
  | UserForgotten

/** How a user is signed up. */
export type EnsureUserOptions =
  | {
      /** Registers under the app's own id of its user, which is less safe: see `RegistrationInDoubt`. */
      readonly ownId: true
      /** Registers again although it is in doubt whether the id exists; a person has looked. */
      readonly again?: boolean | undefined
    }
  | { readonly ownId?: false | undefined; readonly again?: undefined }

// An outage during an import must not mint ids without end.
const idsOfOneCall = 2

const vaultId = /^vault-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether a vault made this id. */
export const isVaultId = (userId: string): boolean => vaultId.test(userId)

const freshId = Effect.sync(() => `vault-${uuidV4Unsafe()}`)

// A second, which is the longest pause.
const afterLoss = Infinity

export const makeEnsureUser = (parts: Parts) => {
  const { store } = parts

  // A row that cannot be ended now is ended when its lease is over.
  const end = (attempt: NewAttempt, state: "void" | "doomed", reason: Reason) =>
    store.end({ ...attempt, state, reason }).pipe(
      Effect.tap((ended) => (ended && state === "doomed" ? count("doomed", reason) : Effect.void)),
      Effect.catchTag("StoreFailed", (error) => Effect.logWarning(error.message))
    )

  // The app's own id is never doomed unasked: it stays sent, free for a person's decision.
  const abandon = (attempt: NewAttempt, reason: Reason) =>
    attempt.origin === "vault"
      ? end(attempt, "doomed", reason)
      : Effect.catchTag(store.release(attempt), "StoreFailed", (error) => Effect.logWarning(error.message))

  // Not held: what is known of why.
  interface NotHeld {
    readonly detail: string
    /** Whether SnapTrade said that it has a user of this id. */
    readonly exists: boolean
  }

  const keep = Effect.fnUntraced(function* (
    attempt: NewAttempt,
    { userSecret }: User
  ): Effect.fn.Return<HeldUser | NotHeld, SealingFailed | StoreFailed> {
    const { appUserId, userId } = attempt
    const sealedSecret = yield* seal(parts, userSecret, attempt).pipe(
      Effect.tapError(() => abandon(attempt, "unknown"))
    )
    // False too where a write that seemed to fail was carried out; the row is read again then.
    const isStored = yield* Effect.retry(store.complete({ ...attempt, sealedSecret }), persistently)
    if (!isStored)
      return { detail: "It was no longer this call's to complete when SnapTrade's reply came.", exists: false }
    yield* count("registered")
    return new HeldUser({ appUserId, userId, userSecret, rotationUnknown: false })
  })

  const giveUp = (attempt: NewAttempt, error: RegisterUserError): Effect.Effect<NotHeld, Refused> => {
    if (error.outcome === "not-applied" && error._tag !== "UserAlreadyExists")
      return Effect.andThen(end(attempt, "void", "not-applied"), Effect.fail(error))
    const exists = error._tag === "UserAlreadyExists"
    return Effect.as(abandon(attempt, exists ? "exists" : "unknown"), { detail: error.message, exists })
  }

  // From SnapTrade's reply to the store's, nothing interrupts.
  const register = (attempt: NewAttempt) =>
    Effect.uninterruptibleMask((restore) =>
      restore(withTimeout(registerUser({ userId: attempt.userId }), parts.timeout)).pipe(
        Effect.onInterrupt(() => abandon(attempt, "interrupted")),
        Effect.matchEffect({
          onSuccess: (user): Effect.Effect<HeldUser | NotHeld, Refused | SealingFailed | StoreFailed> =>
            keep(attempt, user),
          onFailure: (error) => giveUp(attempt, error)
        })
      )
    )

  const claim = Effect.fnUntraced(function* (attempt: NewAttempt, inDoubt: boolean) {
    if (attempt.origin === "vault") return yield* store.claim(attempt)
    if (inDoubt) return yield* store.reclaim({ ...attempt, inDoubt })
    if (yield* store.claim(attempt)) return true
    if (yield* store.reclaim({ ...attempt, inDoubt })) return true
    const { appUserId, clientId, userId } = attempt
    const [row] = yield* store.rows(clientId, [userId])
    if (row?.state === "doomed") return yield* new OwnIdSpent({ userId })
    if (row !== undefined && row.appUserId !== appUserId)
      return yield* new OwnIdTaken({ userId, appUserId: row.appUserId })
    return false
  })

  // A user that was forgotten is not brought back by a call that was under way.
  const unlessForgotten = Effect.fnUntraced(function* ({ appUserId, clientId }: Key, userId: string) {
    const [row] = yield* store.rows(clientId, [userId])
    return row?.reason === "forgotten" ? yield* new UserForgotten({ appUserId }) : row
  })

  return Effect.fn("Vault.ensureUser")(function* (
    appUserId: string,
    { again = false, ownId = false }: EnsureUserOptions = {}
  ): Effect.fn.Return<HeldUser, EnsureUserError, SnapTrade> {
    const key: Key = yield* keyOf(parts, "ensureUser", appUserId)
    const userIds: Array<string> = []
    let detail = ""
    let waitedFor: string | undefined
    for (let reads = 0; ; reads++) {
      const live = yield* store.live(key)
      if (live?.state === "active") return yield* opened(parts, live)
      if (live === undefined && waitedFor !== undefined) yield* unlessForgotten(key, waitedFor)
      waitedFor = live?.userId
      const inDoubt = live !== undefined && live.origin === "app" && !live.leaseHolds
      if (inDoubt && !(ownId && again)) return yield* new RegistrationInDoubt({ userId: live.userId, exists: false })
      if (!live?.leaseHolds) {
        if (userIds.length === idsOfOneCall) return yield* new RegistrationUnsettled({ appUserId, userIds, detail })
        const attempt: NewAttempt = {
          ...key,
          userId: ownId ? appUserId : yield* freshId,
          origin: ownId ? "app" : "vault",
          token: uuidV4Unsafe(),
          lease: leaseOf(parts)
        }
        // Nothing was sent for a claim that failed, or during which the call was interrupted: whoever calls next need not wait.
        const unclaimed = end(attempt, "void", "not-applied")
        if (yield* Effect.onError(claim(attempt, inDoubt), () => unclaimed)) {
          if (live !== undefined && !inDoubt) yield* count("doomed", "lease-over")
          const result = yield* register(attempt)
          if (result instanceof HeldUser) return result
          const row = yield* unlessForgotten(key, attempt.userId)
          if (ownId && row?.state === "sent")
            return yield* new RegistrationInDoubt({ userId: appUserId, exists: result.exists })
          userIds.push(attempt.userId)
          detail = result.detail
        }
      }
      yield* pause(userIds.length > 0 && !live?.leaseHolds ? afterLoss : reads)
    }
  })
}

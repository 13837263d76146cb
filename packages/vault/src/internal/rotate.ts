/**
 * Rotating a user's secret. Between SnapTrade's reply and the store's nothing can save the new one: that window is kept
 * narrow, and what is not known is said.
 */
import {
  type InvalidInput,
  loginUser,
  type LoginUserError,
  resetUserSecret,
  type ResetUserSecretError,
  type SnapTrade,
  type UserSecret,
  withTimeout
} from "@effect-snaptrade/core"
import { uuidV4Unsafe } from "effect/crypto/SecureRandom"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Attempt, Key } from "../Attempt.ts"
import type { HeldUser } from "../HeldUser.ts"
import {
  RotationNotStored,
  RotationUnknown,
  SecretLost,
  type SecretUnreadable,
  type StoreFailed,
  UserNotHeld
} from "../VaultError.ts"
import { keyOf, leaseOf, opened, type Parts, pause, persistently, seal } from "./parts.ts"
import { count } from "./telemetry.ts"

/** Everything that a rotation can fail with. */
export type RotateError =
  | Extract<ResetUserSecretError, { readonly outcome: "not-applied" }>
  | LoginUserError
  | InvalidInput
  | StoreFailed
  | SecretUnreadable
  | UserNotHeld
  | RotationUnknown
  | SecretLost
  | RotationNotStored

class NotReplaced extends Data.TaggedError("NotReplaced")<{ readonly message: string }> {}

const isSame = (one: Redacted.Redacted, other: Redacted.Redacted) => Redacted.value(one) === Redacted.value(other)

// What was never sent, or would have been refused however often it came.
const refusesEvery: ReadonlySet<string> = new Set(["InvalidInput", "RequestNotSent", "SignatureRejected"])

// After a rotation whose end is not known: whether the stored secret still works, asked by something harmless. Denied access
// for another reason, as by a key that may not do this or by a proxy, says nothing of the secret.
const works = ({ userId, userSecret }: HeldUser) =>
  loginUser({ userId, userSecret }).pipe(
    Effect.as(true),
    Effect.catchIf(
      (error) => error._tag === "AccessDenied" && error.code === "1083",
      () => Effect.succeed(false)
    )
  )

export const makeRotate = (parts: Parts) => {
  const { store } = parts
  // For the request, and for a store that hangs at every try. Were it over sooner, another call would find the old secret dead
  // and call the new one lost, while this one still has it.
  const lease = Duration.sum(leaseOf(parts), Duration.minutes(5))

  // Replaces the secret that was used, however it is sealed by now, and no other. Where a write that seemed to fail was
  // carried out, the next turn finds the new one stored.
  const replace = Effect.fnUntraced(function* (
    { appUserId, clientId, userId }: Attempt,
    used: Redacted.Redacted,
    userSecret: typeof UserSecret.Type
  ) {
    const sealedSecret = yield* seal(parts, userSecret, { appUserId, clientId, userId })
    for (;;) {
      const [row] = yield* Effect.retry(store.rows(clientId, [userId]), persistently)
      if (row === undefined) return yield* new NotReplaced({ message: "its row is gone." })
      if (row.state !== "active" || row.sealedSecret === null) return yield* new UserNotHeld({ appUserId })
      const stored = yield* opened(parts, row)
      if (isSame(stored.userSecret, userSecret)) return stored
      if (!isSame(stored.userSecret, used))
        return yield* new NotReplaced({ message: "another one was adopted meanwhile." })
      const replaced = { clientId, userId, from: row.sealedSecret, sealedSecret, endsRotation: true }
      yield* Effect.retry(store.replaceSecret(replaced), persistently)
    }
  })

  // The new secret is in hand, and this is the only copy: it is stored, or handed to the caller in the failure.
  const keep = (row: Attempt, used: Redacted.Redacted, userSecret: typeof UserSecret.Type) => {
    const notStored = (detail: string) =>
      new RotationNotStored({ appUserId: row.appUserId, userId: row.userId, userSecret, detail })
    return replace(row, used, userSecret).pipe(
      Effect.tap(() => count("rotated")),
      Effect.mapError((error) => (error._tag === "UserNotHeld" ? error : notStored(error.message))),
      // A bug of a store or a sealer does not take the only copy with it. What it says may hold a secret.
      Effect.catchDefect((defect) =>
        Effect.fail(
          notStored(`the store or the sealer has a bug (${defect instanceof Error ? defect.name : typeof defect}).`)
        )
      )
    )
  }

  // SnapTrade refused the secret that was used. Either another call has rotated it meanwhile, or nobody knows the new one.
  const refused = Effect.fnUntraced(function* (row: Attempt, used: Redacted.Redacted, detail: string) {
    const { appUserId, clientId, userId } = row
    const [now] = yield* store.rows(clientId, [userId])
    if (now?.state !== "active") return yield* new UserNotHeld({ appUserId })
    const held = yield* opened(parts, now)
    return isSame(held.userSecret, used) ? yield* new RotationUnknown({ appUserId, userId, detail }) : held
  })

  const failed = (
    row: Attempt,
    used: Redacted.Redacted,
    mark: { readonly from: string | null; readonly to: string },
    error: ResetUserSecretError
  ): Effect.Effect<HeldUser, RotateError> => {
    const { appUserId, clientId, userId } = row
    // A network may deliver a request twice: a refusal is no proof that the first was refused too, unless both must be.
    const to = refusesEvery.has(error._tag) ? mark.from : mark.to
    const released = store.markRotation({ clientId, userId, from: mark.to, to, lease: Duration.zero })
    const answer: Effect.Effect<HeldUser, RotateError> =
      error.outcome !== "not-applied"
        ? Effect.fail(new RotationUnknown({ appUserId, userId, detail: error.message }))
        : error._tag === "AccessDenied"
          ? refused(row, used, error.message)
          : Effect.fail(error)
    return Effect.andThen(Effect.ignore(released), answer)
  }

  // Marks the row as this call's to rotate. A mark on it whose lease is over tells of a rotation that did not end here.
  const mark = Effect.fnUntraced(function* (key: Key, row: Attempt, held: HeldUser) {
    const { clientId, token, userId } = row
    if (held.rotationUnknown && !(yield* works(held))) {
      // It is lost, unless another call has begun to rotate it meanwhile.
      const now = yield* store.live(key)
      if (now?.userId === userId && now.token === token)
        return yield* new SecretLost({ appUserId: key.appUserId, userId })
      return undefined
    }
    const marked = { from: token, to: uuidV4Unsafe() }
    return (yield* store.markRotation({ clientId, userId, ...marked, lease })) ? marked : undefined
  })

  // Waits for others: the secret of a rotation that is under way is not lost.
  const take = Effect.fnUntraced(function* (key: Key) {
    for (let reads = 0; ; reads++) {
      const row = yield* store.live(key)
      if (row?.state !== "active") return yield* new UserNotHeld(key)
      if (!row.leaseHolds) {
        const held = yield* opened(parts, row)
        const marked = yield* mark(key, row, held)
        if (marked !== undefined) return { held, marked, row }
      }
      yield* pause(reads)
    }
  })

  return Effect.fn("Vault.rotate")(function* (appUserId: string): Effect.fn.Return<HeldUser, RotateError, SnapTrade> {
    const { held, marked, row } = yield* take(yield* keyOf(parts, "rotate", appUserId))
    const { userId, userSecret: used } = held
    // An interruption while the request is out would lose the reply, and with it the secret: it waits, no longer than the timeout.
    return yield* withTimeout(resetUserSecret({ userId, userSecret: used }), parts.timeout).pipe(
      Effect.matchEffect({
        onSuccess: (user): Effect.Effect<HeldUser, RotateError> => keep(row, used, user.userSecret),
        onFailure: (error) => failed(row, used, marked, error)
      }),
      Effect.uninterruptible
    )
  })
}

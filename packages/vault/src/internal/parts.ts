/**
 * What the vault's operations share.
 */
import { InvalidInput, UserId, UserSecret } from "@effect-snaptrade/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { Attempt, Key } from "../Attempt.ts"
import { HeldUser } from "../HeldUser.ts"
import type { Binding, Sealer } from "../Sealer.ts"
import { SecretUnreadable } from "../VaultError.ts"
import type { VaultStore } from "../VaultStore.ts"

/** What the vault's operations are made of. */
export interface Parts {
  readonly clientId: string
  readonly store: VaultStore["Service"]
  readonly sealer: Sealer["Service"]
  /** For one registration. */
  readonly timeout: Duration.Duration
}

const isUserId = Schema.is(UserId)
const isUserSecret = Schema.is(UserSecret)

/** The key of an app user; an id that no store can keep is refused. */
export const keyOf = ({ clientId }: Parts, operation: string, appUserId: string): Effect.Effect<Key, InvalidInput> =>
  isUserId(appUserId) && !appUserId.includes("\0")
    ? Effect.succeed({ clientId, appUserId })
    : Effect.fail(
        new InvalidInput({
          operation,
          detail:
            "the app's own user id must be a string that is not empty and has no lone surrogate and no NUL character"
        })
      )

/** The user of an active row, its secret opened. */
export const opened = ({ sealer }: Parts, row: Attempt): Effect.Effect<HeldUser, SecretUnreadable> => {
  const { appUserId, userId } = row
  const unreadable = (detail: string) => Effect.fail(new SecretUnreadable({ appUserId, userId, detail }))
  if (row.sealedSecret === null) return unreadable("the row is active and holds none")
  return Effect.flatMap(sealer.open(row.sealedSecret, row), (userSecret) =>
    isUserSecret(userSecret)
      ? Effect.succeed(new HeldUser({ appUserId, userId, userSecret, rotationUnknown: row.token !== null }))
      : unreadable("what was sealed is empty")
  )
}

/** What is in hand and would be lost is not given up at the first failure: about six seconds, then it is. */
export const persistently = { schedule: Schedule.exponential("50 millis"), times: 7 }

/** Seals a secret that is in hand. */
export const seal = ({ sealer }: Parts, secret: Redacted.Redacted, binding: Binding) =>
  Effect.retry(sealer.seal(secret, binding), persistently)

/** How long nobody else takes up what is being registered or rotated: twice the time that its request has. */
export const leaseOf = ({ timeout }: Parts): Duration.Duration => Duration.times(timeout, 2)

/** Before a row is read again that somebody is at: 25 ms, then longer, at most a second; never in step with others. */
export const pause = (reads: number): Effect.Effect<void> =>
  Effect.flatMap(Random.next, (random) => Effect.sleep(Math.min(1000, 25 * 1.6 ** reads) * (1 + random / 4)))

/**
 * The ways in which the vault fails. Each has a `message` for the person who reads it at night; none holds a secret that
 * prints.
 */
import { UserSecret } from "@effect-snaptrade/core"
import * as Schema from "effect/Schema"
import { told } from "./internal/told.ts"

/**
 * The store could not be read or written. Whether a write was carried out is not known; every step of the vault bears
 * being done again.
 */
export class StoreFailed extends told(
  Schema.TaggedError<StoreFailed>()("StoreFailed", {
    /** What the vault asked of the store. */
    step: Schema.String,
    /** What the store said. */
    detail: Schema.String
  })
) {
  override get message(): string {
    return `The vault's store failed at ${this.step}: ${this.detail}. No secret that was handed out is lost; call again once the store works.`
  }
}

/**
 * A stored secret does not open: the row was tampered with, swapped or cut, or its key is not among the vault's keys.
 */
export class SecretUnreadable extends told(
  Schema.TaggedError<SecretUnreadable>()("SecretUnreadable", {
    appUserId: Schema.String,
    userId: Schema.String,
    detail: Schema.String
  })
) {
  override get message(): string {
    return `The secret of ${this.userId} (app user ${this.appUserId}) does not open: ${this.detail}. The row was left as it is. Give the vault the key that sealed it, or restore the row; do not register the user again before you are sure that neither is to be had.`
  }
}

/**
 * A secret could not be sealed, by a key service that fails. The user that was registered is doomed, and nothing was handed out.
 */
export class SealingFailed extends told(
  Schema.TaggedError<SealingFailed>()("SealingFailed", { detail: Schema.String })
) {
  override get message(): string {
    return `A secret could not be sealed: ${this.detail}. It was not stored in clear and not handed out; call again once the sealer works.`
  }
}

/**
 * A call gave up: none of its attempts is known to have registered the user, and it makes no third one, so that an outage
 * during an import does not mint ids without end. What may exist at SnapTrade is doomed, and goes with a sweep.
 */
export class RegistrationUnsettled extends told(
  Schema.TaggedError<RegistrationUnsettled>()("RegistrationUnsettled", {
    appUserId: Schema.String,
    /** The ids that this call used up. */
    userIds: Schema.Array(Schema.String),
    /** What became of the last of them. */
    detail: Schema.String
  })
) {
  override get message(): string {
    return `App user ${this.appUserId} is not registered after ${this.userIds.length} attempts; of the last: ${this.detail} Nothing that worked is lost: call again later. What may exist at SnapTrade under ${this.userIds.join(", ")} has no connections, is not billed, and goes with the next sweep.`
  }
}

/**
 * Only for those who register under their own ids: whether the user exists at SnapTrade is not known, and its secret is
 * not here. A person has to decide; nothing is deleted and nothing registered again until then.
 */
export class RegistrationInDoubt extends told(
  Schema.TaggedError<RegistrationInDoubt>()("RegistrationInDoubt", {
    userId: Schema.String,
    /** Whether SnapTrade has just said that it has a user of this id. */
    exists: Schema.Boolean
  })
) {
  override get message(): string {
    const known = this.exists
      ? `SnapTrade has a user ${this.userId} already`
      : `Whether ${this.userId} is registered at SnapTrade is not known`
    return `${known}, and its secret is not in the vault. Decide: if you have the secret, adopt it. If listUsers does not show the id, register it again with ensureUser(…, { ownId: true, again: true }). If it does, its secret is lost: forget this user, which deletes it at SnapTrade for good, and register it with ensureUser(…) under an id of the vault's; the id itself can never be used again.`
  }
}

/**
 * Only for those who register under their own ids: the id was forgotten, so it is deleted at SnapTrade whenever it appears.
 */
export class OwnIdSpent extends told(Schema.TaggedError<OwnIdSpent>()("OwnIdSpent", { userId: Schema.String })) {
  override get message(): string {
    return `${this.userId} was used before and is deleted at SnapTrade whenever it appears: deletion is queued and goes by id, so it would destroy the new user. Register with ensureUser(…) under an id of the vault's.`
  }
}

/**
 * Only for those who register under their own ids: the vault keeps this id for another app user, for whom it was adopted.
 */
export class OwnIdTaken extends told(
  Schema.TaggedError<OwnIdTaken>()("OwnIdTaken", {
    userId: Schema.String,
    /** Whose it is. */
    appUserId: Schema.String
  })
) {
  override get message(): string {
    return `${this.userId} is the id of app user ${this.appUserId} at SnapTrade. Register with ensureUser(…) under an id of the vault's.`
  }
}

/**
 * The app user was forgotten while this call was registering it. Nothing was handed out.
 */
export class UserForgotten extends told(
  Schema.TaggedError<UserForgotten>()("UserForgotten", { appUserId: Schema.String })
) {
  override get message(): string {
    return `App user ${this.appUserId} was forgotten while it was being registered. Call again if it is to come back.`
  }
}

/**
 * The vault holds no user for this app user.
 */
export class UserNotHeld extends told(Schema.TaggedError<UserNotHeld>()("UserNotHeld", { appUserId: Schema.String })) {
  override get message(): string {
    return `The vault holds no user for app user ${this.appUserId}: register it with ensureUser, or adopt it.`
  }
}

/**
 * A user cannot be adopted: its id has ended or belongs to another app user, or the app user has another id.
 */
export class NotAdoptable extends told(
  Schema.TaggedError<NotAdoptable>()("NotAdoptable", {
    appUserId: Schema.String,
    userId: Schema.String,
    detail: Schema.String
  })
) {
  override get message(): string {
    return `${this.userId} was not adopted for app user ${this.appUserId}: ${this.detail}`
  }
}

/**
 * A rotation's reply was lost: SnapTrade may have replaced the secret, and nobody has the new one. The stored one was kept.
 */
export class RotationUnknown extends told(
  Schema.TaggedError<RotationUnknown>()("RotationUnknown", {
    appUserId: Schema.String,
    userId: Schema.String,
    detail: Schema.String
  })
) {
  override get message(): string {
    return `Whether the secret of ${this.userId} (app user ${this.appUserId}) was rotated is not known: ${this.detail} The stored one was kept and may be dead. Rotate again: that tries the stored one first and says what it finds.`
  }
}

/**
 * SnapTrade refuses the stored secret after a rotation whose end is not known: it was carried out, and the new secret is lost.
 */
export class SecretLost extends told(
  Schema.TaggedError<SecretLost>()("SecretLost", {
    appUserId: Schema.String,
    userId: Schema.String
  })
) {
  override get message(): string {
    return `SnapTrade refuses the stored secret of ${this.userId} (app user ${this.appUserId}) after a rotation whose reply was lost: the new secret is gone. See that other users can log in: SnapTrade refuses an unknown clientId in the same words. Then, if you do not have the new secret elsewhere (then adopt it), forget this user and ensure it anew; its person connects every brokerage again.`
  }
}

/**
 * The secret was rotated and could not be stored. Here it is, the only copy: keep it, and `adopt` it once the store works. Catch it
 * where `rotate` is called: it does not encode, as no userSecret does, so that it crosses no RPC, workflow or log.
 */
export class RotationNotStored extends told(
  Schema.TaggedError<RotationNotStored>()("RotationNotStored", {
    appUserId: Schema.String,
    userId: Schema.String,
    userSecret: UserSecret,
    detail: Schema.String
  })
) {
  override get message(): string {
    return `The secret of ${this.userId} (app user ${this.appUserId}) was rotated, and the new one could not be stored: ${this.detail} The only copy is this error's userSecret: adopt it once the store works.`
  }
}

/**
 * SnapTrade lists ids that this vault's kind made and that have no row here: the store lost rows, as one does that was
 * restored from a backup, or another vault with another store serves the same clientId. Nothing was deleted.
 */
export class StoreBehind extends told(
  Schema.TaggedError<StoreBehind>()("StoreBehind", {
    /** Some of the ids, at most ten. */
    userIds: Schema.Array(Schema.String),
    count: Schema.Int
  })
) {
  override get message(): string {
    return `SnapTrade lists ${this.count} ids of a vault that have no row in this store (${this.userIds.join(", ")}${this.count > this.userIds.length ? ", …" : ""}). Was the store restored from a backup, or does another store serve this clientId? Nothing was deleted. What is doomed here may have worked there: restore the missing rows, or, when you are sure, sweep with { storeWasRestored: true }.`
  }
}

/**
 * What the vault knows of one userId at SnapTrade: the attempt to register it, and what became of it.
 */
import * as Schema from "effect/Schema"

/**
 * Whose user it is: the app, by its clientId, and the app's own id of its user.
 */
export interface Key {
  readonly clientId: string
  readonly appUserId: string
}

/**
 * - `sent`: its registration was, or is about to be, sent; while its lease holds, somebody is at it.
 * - `active`: its secret is kept here.
 * - `doomed`: nobody will ever use it; whatever appears under it at SnapTrade is to be deleted. There is no way out.
 * - `void`: it was certainly not registered. One of the app's own may be registered again; one of the vault's never is.
 */
export const State = Schema.Literals(["sent", "active", "doomed", "void"])

/** The state of one attempt. */
export type State = typeof State.Type

/**
 * Who chose the userId: the vault, a fresh random one for each attempt; the app, which registers under its own id; or
 * somebody before the vault, whose user was adopted.
 */
export const Origin = Schema.Literals(["vault", "app", "adopted"])

/** Who chose the userId. */
export type Origin = typeof Origin.Type

/**
 * Why an attempt ended in `doomed` or `void`.
 *
 * - `unknown`: whether it was registered is not known, and its secret is not here.
 * - `exists`: SnapTrade answered that the id exists.
 * - `interrupted`: the call was interrupted while its request was out.
 * - `lease-over`: whoever was at it did not come back in time.
 * - `superseded`: another user was adopted for the same app user.
 * - `forgotten`: the app asked to forget its user.
 * - `not-applied`: SnapTrade refused it, or it was never sent.
 * - `listed`: SnapTrade lists it although it was refused.
 */
export const Reason = Schema.Literals([
  "unknown",
  "exists",
  "interrupted",
  "lease-over",
  "superseded",
  "forgotten",
  "not-applied",
  "listed"
])

/** Why an attempt ended. */
export type Reason = typeof Reason.Type

/**
 * One userId at SnapTrade. There is at most one that is `sent` or `active` for each key. A row is never removed.
 */
export class Attempt extends Schema.Class<Attempt>("@effect-snaptrade/vault/Attempt")({
  clientId: Schema.String,
  /** The app's own id of its user. */
  appUserId: Schema.String,
  /** The id of the user at SnapTrade. */
  userId: Schema.String,
  origin: Origin,
  state: State,
  /** Whether the lease of the `token` holds, by the store's clock: somebody is at it. */
  leaseHolds: Schema.Boolean,
  reason: Schema.NullOr(Reason),
  /** The sealed secret while it is active. */
  sealedSecret: Schema.NullOr(Schema.String),
  /**
   * Names whoever is at it, or was last: at its registration while it is `sent`, at its rotation while it is `active`. A rotation
   * that is named and whose lease is over has not ended here: the stored secret may be dead.
   */
  token: Schema.NullOr(Schema.String),
  /** Milliseconds since the epoch, by the store's clock. */
  createdAt: Schema.Finite,
  changedAt: Schema.Finite
}) {}

/**
 * Where the vault keeps its attempts.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { Attempt, Key, Origin, Reason, State } from "./Attempt.ts"
import type { StoreFailed } from "./VaultError.ts"

/**
 * What a new attempt is.
 */
export interface NewAttempt extends Key {
  readonly userId: string
  readonly origin: Exclude<Origin, "adopted">
  /** Names the call that is at it. */
  readonly token: string
  /** For how long nobody else may take the key, by the store's clock. */
  readonly lease: Duration.Duration
}

/**
 * Which of an app's attempts, in the order of their userIds, by code points.
 */
export interface Page {
  readonly clientId: string
  readonly state?: State | undefined
  /** Only those behind this userId. */
  readonly after?: string | undefined
  readonly limit: number
}

/**
 * The rows of the vault. Each method is one read, or one conditional write, or a few that are each safe alone: durable once it has succeeded; when it fails,
 * whether it was carried out is not known, and the vault reads again. All time is the store's own.
 *
 * Whoever writes a store runs `storeConformance` of `@effect-snaptrade/vault/conformance` on it.
 */
export class VaultStore extends Context.Service<
  VaultStore,
  {
    /** The attempt of this key that is `sent` or `active`. */
    readonly live: (key: Key) => Effect.Effect<Attempt | undefined, StoreFailed>
    /**
     * Inserts the attempt as `sent`, and is true; or is false where the key has one that is live, or the userId has a row.
     * Before, it dooms a `sent` attempt of the key whose lease is over, unless the app chose its userId.
     */
    readonly claim: (attempt: NewAttempt) => Effect.Effect<boolean, StoreFailed>
    /**
     * Takes the app's own userId again: one that is `sent` and whose lease is over where `inDoubt` is true, else one that is `void`.
     */
    readonly reclaim: (attempt: NewAttempt & { readonly inDoubt: boolean }) => Effect.Effect<boolean, StoreFailed>
    /** `sent` → `active`, with its secret. False, and nothing changed, where it is no longer `sent` with this token. */
    readonly complete: (
      attempt: UserRef & { readonly token: string; readonly sealedSecret: string }
    ) => Effect.Effect<boolean, StoreFailed>
    /**
     * `sent` with this token → `void` or `doomed`; `void`, whose token is null, → `doomed`. False where it is not, or no longer, so.
     */
    readonly end: (
      attempt: UserRef & { readonly token: string | null; readonly state: "void" | "doomed"; readonly reason: Reason }
    ) => Effect.Effect<boolean, StoreFailed>
    /** Ends the lease of the token and leaves it `sent`: for the app's own userIds, which are never doomed unasked. */
    readonly release: (attempt: UserRef & { readonly token: string }) => Effect.Effect<void, StoreFailed>
    /** `sent` or `active` → `doomed`, without its secret. False where it was neither. */
    readonly forget: (attempt: UserRef) => Effect.Effect<boolean, StoreFailed>
    /**
     * Makes a userId `active` with its secret: one without a row, or the key's own that is `sent`, where the key has no other
     * live one; only a `sent` attempt whose userId the app did not choose gives way, and is doomed. Else false.
     */
    readonly adopt: (
      attempt: Key & { readonly userId: string; readonly sealedSecret: string }
    ) => Effect.Effect<boolean, StoreFailed>
    /** Replaces the secret of an active attempt where the stored one is still `from`, and ends its rotation if told. */
    readonly replaceSecret: (
      attempt: UserRef & { readonly from: string; readonly sealedSecret: string; readonly endsRotation: boolean }
    ) => Effect.Effect<boolean, StoreFailed>
    /** Names the rotation of an active attempt, where the token that stands is `from`; the lease is for it. */
    readonly markRotation: (
      attempt: UserRef & {
        readonly from: string | null
        readonly to: string | null
        readonly lease: Duration.Duration
      }
    ) => Effect.Effect<boolean, StoreFailed>
    /** Dooms every `sent` attempt whose lease is over, unless the app chose its userId; answers how many. */
    readonly doomExpired: (clientId: string) => Effect.Effect<number, StoreFailed>
    /** The rows of these userIds, those that there are; at most 500 at once. */
    readonly rows: (
      clientId: string,
      userIds: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<Attempt>, StoreFailed>
    readonly page: (page: Page) => Effect.Effect<ReadonlyArray<Attempt>, StoreFailed>
  }
>()("@effect-snaptrade/vault/VaultStore") {}

/**
 * One userId at SnapTrade, of one app.
 */
export interface UserRef {
  readonly clientId: string
  readonly userId: string
}

/**
 * A SnapTrade of one's own, as a test sees it: who is registered, what came in, and what to do next.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Door } from "./Door.ts"
import { Instruction } from "./Instruction.ts"
import { SignatureExplanation } from "./SignatureExplainer.ts"

/** A user that was registered. */
export const RegisteredUser = Schema.Struct({
  userId: Schema.String,
  userSecret: Schema.RedactedFromValue(Schema.String, { label: "userSecret" }),
  /** Milliseconds since the epoch, by its clock. */
  registeredAt: Schema.Finite,
  /** Whether a deletion of this id is queued. */
  deletionQueued: Schema.Boolean
})

/** A user that was registered. */
export type RegisteredUser = typeof RegisteredUser.Type

/** How a request was answered. */
export const Answered = Schema.Struct({
  /** Milliseconds since the epoch, by its clock. */
  at: Schema.Finite,
  /** How long that took, in milliseconds. */
  duration: Schema.Finite,
  /** A whole reply, bytes as an instruction said, or nothing: the connection was closed, or the client left before. */
  sent: Schema.Literals(["reply", "bytes", "nothing"]),
  /** The status that was answered; where no reply was sent, the one that would have been. Without one nothing was done. */
  status: Schema.optionalKey(Schema.Int),
  /** The code of a failure. */
  code: Schema.optionalKey(Schema.String)
})

/** How a request was answered. */
export type Answered = typeof Answered.Type

/**
 * A request as it arrived, and what came of it. It shows what was sent, signature and userSecret included: it is for tests.
 */
export const SeenRequest = Schema.Struct({
  /** Milliseconds since the epoch, by its clock. */
  at: Schema.Finite,
  method: Schema.String,
  path: Schema.String,
  query: Schema.String,
  headers: Schema.Record(Schema.String, Schema.String),
  body: Schema.String,
  /** What is answered as `X-Request-ID`, unless an instruction says otherwise. */
  requestId: Schema.optionalKey(Schema.String),
  /** The instruction that was used up by it. */
  instruction: Schema.optionalKey(Instruction),
  /** How it was answered; not there as long as it is not. */
  answered: Schema.optionalKey(Answered),
  /** Why it was refused, where signature, timestamp or credentials were. */
  explanation: Schema.optionalKey(SignatureExplanation)
})

/** A request as it arrived, and what came of it. */
export type SeenRequest = typeof SeenRequest.Type

/** One delivery of a webhook, and what came of it. */
export const Delivery = Schema.Struct({
  /** Milliseconds since the epoch, by its clock. */
  at: Schema.Finite,
  /** 1 for the first, up to 4. */
  attempt: Schema.Int,
  /** The status that the receiver answered; 0 where it did not. */
  status: Schema.Int,
  body: Schema.String
})

/** One delivery of a webhook, and what came of it. */
export type Delivery = typeof Delivery.Type

/**
 * The local SnapTrade that a layer runs, in memory or over HTTP, or that runs in another process.
 *
 * @example
 * ```ts
 * import { registerUser } from "@effect-snaptrade/core"
 * import { Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
 * import * as Effect from "effect/Effect"
 *
 * const lostReply = Effect.gen(function* () {
 *   const local = yield* LocalSnapTrade
 *   yield* local.next(Instruction.dropReply)
 *   const error = yield* Effect.flip(registerUser({ userId: "user-123" }))
 *   const users = yield* local.users
 *   return [error.outcome, users.length] as const // ["unknown", 1]
 * }).pipe(Effect.provide(TestSnapTrade.layer()))
 * ```
 */
export class LocalSnapTrade extends Context.Service<
  LocalSnapTrade,
  {
    /** Where it is reached. */
    readonly baseUrl: string
    /** The credentials that it takes. */
    readonly clientId: string
    readonly consumerKey: Redacted.Redacted
    /** Everyone who is registered, in order. */
    readonly users: Effect.Effect<ReadonlyArray<RegisteredUser>>
    /** Every request that arrived, in order. */
    readonly requests: Effect.Effect<ReadonlyArray<SeenRequest>>
    /** Says what to do with the next requests, one instruction each, after those that were given before. */
    readonly next: (...instructions: ReadonlyArray<Instruction>) => Effect.Effect<void>
    /**
     * Says what to do with the next requests that register this user, whatever else comes meanwhile; goes before `next`. An
     * instruction for a request that is not read is not for anybody.
     */
    readonly nextFor: (userId: string, ...instructions: ReadonlyArray<Instruction>) => Effect.Effect<void>
    /**
     * Opens another address of it, with its own way to take a connection, and answers the URL. In memory there are no
     * connections: it is a defect that says so.
     */
    readonly door: (door: Door) => Effect.Effect<string>
    /** Every delivery of a webhook, in order. */
    readonly deliveries: Effect.Effect<ReadonlyArray<Delivery>>
    /** Delivers a webhook with this payload, as any other: signed, and again until it is taken. */
    readonly deliver: (payload: { readonly [field: string]: Schema.Json }) => Effect.Effect<void>
    /**
     * Moves its clock, forwards or by a negative duration backwards. Timestamps are held against it; the rate limit,
     * deletions that are queued, links and redeliveries of webhooks follow it.
     */
    readonly adjustClock: (by: Duration.Input) => Effect.Effect<void>
    /** Says how long every whole reply takes from now on. */
    readonly setLatency: (latency: Duration.Input) => Effect.Effect<void>
    /**
     * Forgets users, requests, deliveries, instructions and the rate limit. Its clock is the machine's again, its latency what
     * it was at the start.
     */
    readonly reset: Effect.Effect<void>
  }
>()("@effect-snaptrade/testing/LocalSnapTrade") {}

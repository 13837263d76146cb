/**
 * What the local SnapTrade does with the next request, in place of or beside answering it. Instructions are data, so that
 * they can be given from another process.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { type Failure, failureBody, type Shape } from "./Failure.ts"

/**
 * One instruction; each is used up by one request.
 *
 * - `Reply` answers with this, and does nothing else.
 * - `Echo` fails with a status, and repeats signature, query and body of the request in the failure's detail.
 * - `Delay` does what was asked, and answers only after a while.
 * - `DropReply` does what was asked, then closes the connection without an answer: the lost reply.
 * - `Refuse` takes no connection: nothing arrives. Over a socket, where it is too late to refuse one, it closes the
 *   connection before the request is looked at.
 */
export const Instruction = Schema.Union([
  Schema.TaggedStruct("Reply", {
    status: Schema.Int,
    headers: Schema.Record(Schema.String, Schema.String),
    body: Schema.Uint8ArrayFromBase64
  }),
  Schema.TaggedStruct("Echo", { status: Schema.Int }),
  Schema.TaggedStruct("Delay", { duration: Schema.DurationFromMillis }),
  Schema.TaggedStruct("DropReply", {}),
  Schema.TaggedStruct("Refuse", {})
])

/** One instruction. */
export type Instruction = typeof Instruction.Type

const utf8 = new TextEncoder()

const bytesOf = (body: Schema.Json | Uint8Array): Uint8Array =>
  body instanceof Uint8Array ? body : utf8.encode(typeof body === "string" ? body : JSON.stringify(body))

/**
 * Answers with a status and a body: bytes and text as they are, anything else as JSON.
 *
 * @example
 * ```ts
 * import { Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
 * import * as Effect from "effect/Effect"
 *
 * const throttleTwice = Effect.gen(function* () {
 *   const local = yield* LocalSnapTrade
 *   const throttled = Instruction.reply(429, {}, { "x-ratelimit-reset": "7" })
 *   yield* local.next(throttled, throttled)
 * })
 * ```
 */
export const reply = (
  status: number,
  body: Schema.Json | Uint8Array,
  headers: Readonly<Record<string, string>> = {}
): Instruction => ({
  _tag: "Reply",
  status,
  headers: { "content-type": typeof body === "string" ? "text/plain" : "application/json", ...headers },
  body: bytesOf(body)
})

/** Answers with one of SnapTrade's failures, in one of its shapes. */
export const fail = (failure: Failure, shape?: Shape): Instruction =>
  reply(
    failure.status,
    failureBody(failure, shape),
    failure.reset === undefined ? {} : { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(failure.reset) }
  )

/** Fails with a status, and repeats what was sent in the failure's detail, as a careless server does. */
export const echo = (status: number): Instruction => ({ _tag: "Echo", status })

/** Does what was asked, and answers only after a while. */
export const delay = (duration: Duration.Input): Instruction => ({
  _tag: "Delay",
  duration: Duration.fromInputUnsafe(duration)
})

/** Does what was asked, then drops the reply: a registered user whose secret is lost. */
export const dropReply: Instruction = { _tag: "DropReply" }

/** Refuses the connection. */
export const refuse: Instruction = { _tag: "Refuse" }

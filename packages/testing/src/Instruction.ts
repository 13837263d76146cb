/**
 * What the local SnapTrade does with the next request, in place of or beside answering it. Instructions are data, so that
 * they can be given from another process. `Fault` has ready-made ones for what goes wrong on a network.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { type Failure, failureBody, type Shape } from "./Failure.ts"

/** How a connection is closed: by FIN, after everything that was written, or by RST, which may overtake it. */
export const Closing = Schema.Literals(["end", "reset"])

/** How a connection is closed. */
export type Closing = typeof Closing.Type

/**
 * Answers with this, and does what was asked only when told to.
 */
export const Reply = Schema.TaggedStruct("Reply", {
  status: Schema.Int,
  headers: Schema.Record(Schema.String, Schema.String),
  body: Schema.Uint8ArrayFromBase64,
  applied: Schema.optionalKey(Schema.Boolean)
})

/** Answers with this. */
export type Reply = typeof Reply.Type

/**
 * Answers byte by byte as it says, over a socket of a Node server only.
 *
 * `parts` are written one after another, as Latin-1. In them `{head}` stands for the status line and the headers, without
 * those that frame the body, of the reply that would have been given; `{body}` for its body, `{length}` and `{size}` for
 * the body's length in decimal and in hexadecimal digits, and `{pad:1000}` for so many letters. Then the connection is
 * closed, or left open without another word: a reply of this kind is the last one on its connection.
 */
export const Wire = Schema.TaggedStruct("Wire", {
  parts: Schema.Array(Schema.String),
  /** Whether what was asked is done. */
  applied: Schema.Boolean,
  /** Answers as soon as the request's head is there; nothing can be applied then. */
  unread: Schema.optionalKey(Schema.Boolean),
  /** Writes no more than so many bytes; of a negative number, all but so many. */
  cutAt: Schema.optionalKey(Schema.Int),
  /** The wait between two parts. */
  pace: Schema.optionalKey(Schema.DurationFromMillis),
  /** Makes a part of each byte. */
  drip: Schema.optionalKey(Schema.Boolean),
  closing: Schema.Union([Closing, Schema.Literal("never")]),
  /** The wait before the connection is closed. */
  after: Schema.optionalKey(Schema.DurationFromMillis)
})

/** Answers byte by byte as it says. */
export type Wire = typeof Wire.Type

/**
 * One instruction; each is used up by one request.
 *
 * - `Reply` answers with this, and does nothing else unless told.
 * - `Echo` fails with a status, and repeats signature, query and body of the request in the failure's detail.
 * - `Delay` does what was asked, and answers only after a while.
 * - `Late` answers nothing; what was asked is done after a while, whether or not anybody still waits for it.
 * - `Twice` is a network that delivers a request twice: what was asked is done, then asked again. One of both is answered.
 * - `Close` closes the connection without an answer: once the request's head has been read (nothing is done), once the
 *   whole request has been read (nothing is done), or once what was asked is done: the lost reply.
 * - `Wire` answers byte by byte, as a broken server or network would.
 * - `Refuse` takes no connection: nothing arrives. Over a socket, where it is too late to refuse one, it closes the
 *   connection before the request is looked at.
 */
export const Instruction = Schema.Union([
  Reply,
  Schema.TaggedStruct("Echo", { status: Schema.Int }),
  Schema.TaggedStruct("Delay", { duration: Schema.DurationFromMillis }),
  Schema.TaggedStruct("Late", { duration: Schema.DurationFromMillis }),
  Schema.TaggedStruct("Twice", { answer: Schema.Literals(["first", "second"]) }),
  Schema.TaggedStruct("Close", { after: Schema.Literals(["head", "request", "applying"]), by: Closing }),
  Wire,
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
): Reply => ({
  _tag: "Reply",
  status,
  headers: { "content-type": typeof body === "string" ? "text/plain" : "application/json", ...headers },
  body: bytesOf(body)
})

/**
 * Does what was asked, then gives this reply in place of its own.
 *
 * @example
 * ```ts
 * import { Instruction } from "@effect-snaptrade/testing"
 *
 * const registeredButBroken = Instruction.applied(Instruction.reply(502, "<html>Bad Gateway</html>"))
 * ```
 */
export const applied = (instead: Reply): Reply => ({ ...instead, applied: true })

/** Answers with one of SnapTrade's failures, in one of its shapes. */
export const fail = (failure: Failure, shape?: Shape): Reply =>
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
export const dropReply: Instruction = { _tag: "Close", after: "applying", by: "end" }

/** Refuses the connection. */
export const refuse: Instruction = { _tag: "Refuse" }

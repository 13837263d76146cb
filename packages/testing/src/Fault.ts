/**
 * What goes wrong on a network, ready-made: instructions for the local SnapTrade. Unless it says otherwise, each lets the
 * user be registered, so that what a client says of it can be held against the truth.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { applied, type Closing, type Instruction, type Reply, reply, type Wire } from "./Instruction.ts"

/** How a reply says where its body ends. */
export type Framing = "content-length" | "chunked" | "close"

const framed: Record<Framing, string> = {
  "content-length": "{head}content-length: {length}\r\n\r\n{body}",
  chunked: "{head}transfer-encoding: chunked\r\n\r\n{size}\r\n{body}\r\n0\r\n\r\n",
  close: "{head}connection: close\r\n\r\n{body}"
}

const wire = (parts: string | ReadonlyArray<string>, how: Partial<Omit<Wire, "_tag" | "parts">> = {}): Wire => ({
  _tag: "Wire",
  parts: typeof parts === "string" ? [parts] : parts,
  applied: true,
  closing: "end",
  ...how
})

interface Cut {
  readonly by?: Closing
  readonly framing?: Framing
}

/**
 * Writes so many bytes of the reply (of a negative number: all but so many), then closes the connection.
 *
 * @example
 * ```ts
 * import { Fault, LocalSnapTrade } from "@effect-snaptrade/testing"
 * import * as Effect from "effect/Effect"
 *
 * const inTheStatusLine = Effect.flatMap(LocalSnapTrade, (local) => local.next(Fault.cutAt(10, { by: "reset" })))
 * ```
 */
export const cutAt = (bytes: number, { by = "end", framing = "content-length" }: Cut = {}): Wire =>
  // What was written may be overtaken by a reset: it gets a head start.
  wire(framed[framing], { cutAt: bytes, closing: by, ...(by === "reset" && { after: Duration.millis(2) }) })

/**
 * Writes so many bytes of the reply (of a negative number: all but so many), then nothing more, and leaves the connection
 * open.
 *
 * @example
 * ```ts
 * import { Fault } from "@effect-snaptrade/testing"
 *
 * const beforeTheLastByte = Fault.stallAt(-1, "chunked")
 * ```
 */
export const stallAt = (bytes: number, framing: Framing = "content-length"): Wire =>
  wire(framed[framing], { cutAt: bytes, closing: "never" })

/**
 * Writes the reply a byte at a time, with this wait between two.
 *
 * @example
 * ```ts
 * import { Fault } from "@effect-snaptrade/testing"
 *
 * const slow = Fault.drip("5 millis")
 * ```
 */
export const drip = (pace: Duration.Input): Wire =>
  wire(framed["content-length"], { drip: true, pace: Duration.fromInputUnsafe(pace) })

/** A whole reply on a connection that is closed a moment later: the next request may be on its way by then. */
export const closeAfter = (wait: Duration.Input, by: Closing = "end"): Wire =>
  wire(framed["content-length"], { closing: by, after: Duration.fromInputUnsafe(wait) })

/** Closes the connection once the head of the request has been read. Nobody is registered. */
export const closeAfterHead = (by: Closing = "end"): Instruction => ({ _tag: "Close", after: "head", by })

/** Closes the connection once the request has been read. Nobody is registered. */
export const closeAfterRequest = (by: Closing = "end"): Instruction => ({ _tag: "Close", after: "request", by })

/** Closes the connection once the user is registered. */
export const closeAfterApplying = (by: Closing = "end"): Instruction => ({ _tag: "Close", after: "applying", by })

/** Registers the user after a while, when the client may have given up; answers nothing. */
export const applyLate = (wait: Duration.Input): Instruction => ({
  _tag: "Late",
  duration: Duration.fromInputUnsafe(wait)
})

/** The network delivers the request twice, and answers with one of both replies. */
export const deliverTwice = (answer: "first" | "second"): Instruction => ({ _tag: "Twice", answer })

/** A body that is shorter than its `Content-Length`, on a connection that is then closed. */
export const lengthTooLong: Wire = wire("{head}content-length: {length}0\r\n\r\n{body}")

/** A body that is longer than its `Content-Length`. */
export const lengthTooShort: Wire = wire("{head}content-length: 9\r\n\r\n{body}")

/** A `Content-Length` that is no number. */
export const lengthNotANumber: Wire = wire("{head}content-length: many\r\n\r\n{body}")

/** Two `Content-Length`s that differ. */
export const twoLengths: Wire = wire("{head}content-length: {length}\r\ncontent-length: 9\r\n\r\n{body}")

/** A chunked body that has a `Content-Length` too. */
export const bothFramings: Wire = wire(
  "{head}content-length: {length}\r\ntransfer-encoding: chunked\r\n\r\n{size}\r\n{body}\r\n0\r\n\r\n"
)

/** A chunk whose size is no number. */
export const badChunkSize: Wire = wire("{head}transfer-encoding: chunked\r\n\r\nzz\r\n{body}\r\n0\r\n\r\n")

/** A chunk that is longer than it says. */
export const chunkTooShort: Wire = wire("{head}transfer-encoding: chunked\r\n\r\n9\r\n{body}\r\n0\r\n\r\n")

/** A chunked body whose last chunk is missing, on a connection that is then closed. */
export const missingLastChunk: Wire = wire("{head}transfer-encoding: chunked\r\n\r\n{size}\r\n{body}\r\n")

/** A reply whose headers are longer than so many bytes. */
export const headersOf = (bytes: number): Wire =>
  wire(`{head}x-padding: {pad:${bytes}}\r\ncontent-length: {length}\r\n\r\n{body}`)

/** A reply whose body is so many bytes longer than it should be. */
export const bodyOf = (bytes: number, framing: "chunked" | "close" = "chunked"): Wire =>
  wire(
    framing === "close"
      ? `{head}connection: close\r\n\r\n{body}{pad:${bytes}}`
      : `{head}transfer-encoding: chunked\r\n\r\n{size}\r\n{body}\r\n${bytes.toString(16)}\r\n{pad:${bytes}}\r\n0\r\n\r\n`
  )

/** An informational reply that nobody asked for, such as 100 or 103, and then, at once or later, the real one. */
export const informational = (status: number, wait: Duration.Input = 0): Wire => {
  const unasked = `HTTP/1.1 ${status} Unasked\r\n\r\n`
  const pace = Duration.fromInputUnsafe(wait)
  return Duration.isZero(pace)
    ? wire(unasked + framed["content-length"])
    : wire([unasked, framed["content-length"]], { pace })
}

/** Something that is not HTTP. */
export const notHttp: Wire = wire("220 local.snaptrade.example ESMTP\r\n")

/** The reply under another status line. */
export const statusLine = (line: string): Wire => wire(`${line}\r\ncontent-length: {length}\r\n\r\n{body}`)

/** A reply without a reason phrase, whose lines end in a line feed alone. */
export const bareLineFeeds: Wire = wire("HTTP/1.1 200 \ncontent-length: {length}\n\n{body}")

/** A line of the headers that has no colon. */
export const badHeader: Wire = wire("{head}this is no header\r\ncontent-length: {length}\r\n\r\n{body}")

/** A failure that is answered before the request's body was read; then the connection is closed. Nobody is registered. */
export const earlyReply = (status: number, by: Closing = "end"): Wire =>
  wire(`HTTP/1.1 ${status} Early\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`, {
    applied: false,
    unread: true,
    closing: by,
    ...(by === "reset" && { after: Duration.millis(2) })
  })

/**
 * A whole reply, and with it or later, on the idle connection, another one that nobody asked for: what a proxy says when it
 * is about to close a connection.
 */
export const strayReply = (status: number, wait: Duration.Input): Wire => {
  const stray = `HTTP/1.1 ${status} Stray\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`
  const pace = Duration.fromInputUnsafe(wait)
  return Duration.isZero(pace)
    ? wire(framed["content-length"] + stray, { closing: "never" })
    : wire([framed["content-length"], stray], { pace, closing: "never" })
}

/** A reply with these `X-Request-ID`s, or none. */
export const requestIds = (...ids: ReadonlyArray<string>): Wire =>
  wire(
    [
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n",
      ...ids.map((id) => `x-request-id: ${id}\r\n`),
      "content-length: {length}\r\n\r\n{body}"
    ].join("")
  )

/** A redirect. Whether anybody follows it can be seen at the location. */
export const redirect = (status: number, location: string): Reply => applied(reply(status, "", { location }))

/**
 * A body of so many bytes that is sent as a thousandth of it.
 *
 * @example
 * ```ts
 * import { Fault, LocalSnapTrade } from "@effect-snaptrade/testing"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const local = yield* LocalSnapTrade
 *   yield* local.next(yield* Fault.gzipBomb(10_000_000))
 * })
 * ```
 */
export const gzipBomb = (bytes: number): Effect.Effect<Reply> =>
  Effect.promise(async () => {
    const piece = new Uint8Array(65_536).fill(32)
    let left = bytes
    const spaces = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => {
        if (left <= 0) controller.close()
        else controller.enqueue(piece.subarray(0, left))
        left -= piece.length
      }
    })
    const zipped = await new Response(spaces.pipeThrough(new CompressionStream("gzip"))).arrayBuffer()
    return applied(reply(200, new Uint8Array(zipped), { "content-encoding": "gzip" }))
  })

/**
 * The faults that every runtime is held against, and how a registration ends in each.
 */
import type { RegisterUserError } from "@effect-snaptrade/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Door } from "./Door.ts"
import * as Failure from "./Failure.ts"
import * as Fault from "./Fault.ts"
import { applied, fail, type Instruction, reply } from "./Instruction.ts"

/** How a registration ends: a failure's tag, with the outcome where the tag leaves it open. */
export type Ending =
  | "success"
  | Exclude<RegisterUserError["_tag"], "UnexpectedReply">
  | "UnexpectedReply, applied"
  | "UnexpectedReply, unknown"

type Endings = Ending | ReadonlyArray<Ending>

/** What carries HTTP on a runtime. They see the same fault differently. */
export type Transport = "undici" | "bun" | "workerd"

/** What an instruction may depend on. */
export interface Scene {
  readonly userId: string
  readonly baseUrl: string
  /** Another origin, which would answer too. */
  readonly elsewhere: string
}

/**
 * A fault, and what becomes of a registration that meets it.
 */
export interface CataloguedFault {
  readonly name: string
  readonly instructions?: (scene: Scene) => ReadonlyArray<Instruction> | Effect.Effect<ReadonlyArray<Instruction>>
  /** Where it is met; at an open door unless told. */
  readonly door?: Door
  /** Whether the user is registered in the end. */
  readonly applied: boolean
  /** More than one where that is a matter of microseconds. */
  readonly ends: Endings | Readonly<Record<Transport, Endings>>
  /** The instructions are for a registration before this one, which succeeds; for so long its connection is idle. */
  readonly afterIdle?: Duration.Input
  /** It never ends by itself: a short time budget ends it. */
  readonly stalls?: boolean
  /** By the default retry policy; without retries unless told. */
  readonly retries?: boolean
  readonly userIdLength?: number
  readonly retryAfter?: Duration.Input
  /** The request id that is told. */
  readonly requestId?: string | undefined
  /** No client can tell this from what it pretends to be, so what is said of it is wrong. */
  readonly deceives?: boolean
}

/** Faults that belong together. */
export interface FaultGroup {
  readonly name: string
  readonly faults: ReadonlyArray<CataloguedFault>
}

const tells = (instruction: Instruction) => () => [instruction]

const connection: ReadonlyArray<CataloguedFault> = [
  {
    name: "nobody listens",
    door: "refusing",
    applied: false,
    ends: { undici: "RequestNotSent", bun: "RequestNotSent", workerd: "ConnectionLost" }
  },
  { name: "closed when it is accepted", door: "closing", applied: false, ends: "ConnectionLost" },
  {
    name: "reset when it is accepted",
    door: "resetting",
    applied: false,
    ends: { undici: ["RequestNotSent", "ConnectionLost"], bun: "ConnectionLost", workerd: "ConnectionLost" }
  },
  { name: "accepted, and never read", door: "silent", applied: false, stalls: true, ends: "RequestTimeout" },
  {
    name: "closed after the request's head",
    instructions: tells(Fault.closeAfterHead()),
    applied: false,
    ends: "ConnectionLost"
  },
  {
    name: "reset after the request's head",
    instructions: tells(Fault.closeAfterHead("reset")),
    applied: false,
    ends: "ConnectionLost"
  },
  {
    name: "closed after the request",
    instructions: tells(Fault.closeAfterRequest()),
    applied: false,
    ends: "ConnectionLost"
  },
  {
    name: "reset after the request",
    instructions: tells(Fault.closeAfterRequest("reset")),
    applied: false,
    ends: "ConnectionLost"
  },
  {
    name: "closed once the user is registered",
    instructions: tells(Fault.closeAfterApplying()),
    applied: true,
    ends: "ConnectionLost"
  },
  {
    name: "reset once the user is registered",
    instructions: tells(Fault.closeAfterApplying("reset")),
    applied: true,
    ends: "ConnectionLost"
  },
  {
    name: "the user is registered after the client has given up",
    instructions: tells(Fault.applyLate("1 second")),
    applied: true,
    stalls: true,
    ends: "RequestTimeout"
  },
  {
    name: "delivered twice, answered with the first reply",
    instructions: tells(Fault.deliverTwice("first")),
    applied: true,
    ends: "success"
  },
  {
    name: "delivered twice, answered with the second reply",
    instructions: tells(Fault.deliverTwice("second")),
    applied: true,
    deceives: true,
    ends: "UserAlreadyExists"
  }
]

const tls: ReadonlyArray<CataloguedFault> = [
  {
    name: "a self-signed certificate",
    door: "self-signed",
    applied: false,
    ends: { undici: "RequestNotSent", bun: "RequestNotSent", workerd: "ConnectionLost" }
  },
  {
    name: "an expired certificate",
    door: "expired",
    applied: false,
    ends: { undici: "RequestNotSent", bun: "RequestNotSent", workerd: "ConnectionLost" }
  },
  {
    name: "a port that speaks no TLS",
    door: "plain",
    applied: false,
    ends: { undici: "RequestNotSent", bun: "ConnectionLost", workerd: "ConnectionLost" }
  },
  {
    name: "closed in the handshake",
    door: "handshake-closing",
    applied: false,
    ends: { undici: "RequestNotSent", bun: "ConnectionLost", workerd: "ConnectionLost" }
  },
  {
    name: "reset in the handshake",
    door: "handshake-resetting",
    applied: false,
    ends: { undici: "RequestNotSent", bun: "ConnectionLost", workerd: "ConnectionLost" }
  },
  {
    name: "silence in the handshake",
    door: "handshake-silent",
    applied: false,
    stalls: true,
    ends: { undici: "RequestNotSent", bun: "RequestTimeout", workerd: "RequestTimeout" }
  }
]

const places: ReadonlyArray<readonly [where: string, bytes: number]> = [
  ["before the status line", 0],
  ["in the status line", 10],
  ["in the headers", 60],
  ["before the body", -75],
  ["in the body", -20],
  ["before the last byte", -1]
]

const cutReplies: ReadonlyArray<CataloguedFault> = [
  ...places.flatMap(([where, bytes]): ReadonlyArray<CataloguedFault> => [
    { name: `closed ${where}`, instructions: tells(Fault.cutAt(bytes)), applied: true, ends: "ConnectionLost" },
    {
      name: `reset ${where}`,
      instructions: tells(Fault.cutAt(bytes, { by: "reset" })),
      applied: true,
      ends: "ConnectionLost"
    },
    {
      name: `silence ${where}`,
      instructions: tells(Fault.stallAt(bytes)),
      applied: true,
      stalls: true,
      ends: "RequestTimeout"
    }
  ]),
  {
    name: "closed in a chunk",
    instructions: tells(Fault.cutAt(-20, { framing: "chunked" })),
    applied: true,
    ends: "ConnectionLost"
  },
  {
    name: "closed before the last chunk's end",
    instructions: tells(Fault.cutAt(-2, { framing: "chunked" })),
    applied: true,
    ends: { undici: "ConnectionLost", bun: "success", workerd: "ConnectionLost" }
  },
  {
    name: "silence before the last chunk",
    instructions: tells(Fault.stallAt(-5, "chunked")),
    applied: true,
    stalls: true,
    ends: "RequestTimeout"
  },
  {
    name: "closed in a body that ends with the connection",
    instructions: tells(Fault.cutAt(-20, { framing: "close" })),
    applied: true,
    ends: "UnexpectedReply, applied"
  },
  {
    name: "reset in a body that ends with the connection",
    instructions: tells(Fault.cutAt(-20, { by: "reset", framing: "close" })),
    applied: true,
    ends: { undici: "UnexpectedReply, applied", bun: "UnexpectedReply, applied", workerd: "ConnectionLost" }
  },
  {
    name: "silence after a body that ends with the connection",
    instructions: tells(Fault.stallAt(1000, "close")),
    applied: true,
    stalls: true,
    ends: "RequestTimeout"
  },
  {
    name: "a byte at a time, in time",
    instructions: tells(Fault.drip("0.1 millis")),
    applied: true,
    ends: "success"
  },
  {
    name: "a byte at a time, too slowly",
    instructions: tells(Fault.drip("50 millis")),
    applied: true,
    stalls: true,
    ends: "RequestTimeout"
  }
]

const framing: ReadonlyArray<CataloguedFault> = [
  {
    name: "a Content-Length that is too long",
    instructions: tells(Fault.lengthTooLong),
    applied: true,
    ends: "ConnectionLost"
  },
  {
    name: "a Content-Length that is too short",
    instructions: tells(Fault.lengthTooShort),
    applied: true,
    ends: "UnexpectedReply, applied"
  },
  {
    name: "a Content-Length that is no number",
    instructions: tells(Fault.lengthNotANumber),
    applied: true,
    ends: "ConnectionLost"
  },
  { name: "two Content-Lengths", instructions: tells(Fault.twoLengths), applied: true, ends: "ConnectionLost" },
  {
    name: "both framings at once",
    instructions: tells(Fault.bothFramings),
    applied: true,
    ends: { undici: "ConnectionLost", bun: "success", workerd: "success" }
  },
  {
    name: "a chunk size that is no number",
    instructions: tells(Fault.badChunkSize),
    applied: true,
    ends: "ConnectionLost"
  },
  {
    name: "a chunk that is longer than it says",
    instructions: tells(Fault.chunkTooShort),
    applied: true,
    ends: "ConnectionLost"
  },
  {
    name: "a missing last chunk",
    instructions: tells(Fault.missingLastChunk),
    applied: true,
    ends: "ConnectionLost"
  },
  {
    name: "100 kB of headers",
    instructions: tells(Fault.headersOf(100_000)),
    applied: true,
    ends: { undici: "ConnectionLost", bun: "success", workerd: "success" }
  },
  {
    name: "a body of 10 MB, chunked",
    instructions: tells(Fault.bodyOf(10_000_000)),
    applied: true,
    ends: "UnexpectedReply, applied"
  },
  {
    name: "a body of 10 MB that ends with the connection",
    instructions: tells(Fault.bodyOf(10_000_000, "close")),
    applied: true,
    ends: "UnexpectedReply, applied"
  },
  {
    name: "20 MB from 20 kB of gzip",
    instructions: () => Effect.map(Fault.gzipBomb(20_000_000), (bomb) => [bomb]),
    applied: true,
    ends: "UnexpectedReply, applied"
  },
  {
    name: "gzip that is none",
    instructions: tells(applied(reply(200, "not gzip", { "content-encoding": "gzip" }))),
    applied: true,
    ends: { undici: "UnexpectedReply, applied", bun: "UnexpectedReply, applied", workerd: "ConnectionLost" }
  },
  {
    name: "a byte in the secret that is not UTF-8",
    instructions: ({ userId }) => [
      applied(reply(200, new Uint8Array([...utf8(`{"userId":"${userId}","userSecret":"a`), 0xff, 0x22, 0x7d])))
    ],
    applied: true,
    ends: "UnexpectedReply, applied"
  },
  { name: "something that is not HTTP", instructions: tells(Fault.notHttp), applied: true, ends: "ConnectionLost" },
  {
    name: "a version of HTTP that there is not",
    instructions: tells(Fault.statusLine("HTTP/7.3 200 OK")),
    applied: true,
    ends: "ConnectionLost"
  },
  {
    name: "lines that end in a line feed",
    instructions: tells(Fault.bareLineFeeds),
    applied: true,
    ends: { undici: "ConnectionLost", bun: "success", workerd: "success" }
  },
  { name: "a header without a colon", instructions: tells(Fault.badHeader), applied: true, ends: "ConnectionLost" }
]

const unasked: ReadonlyArray<CataloguedFault> = [
  {
    name: "an unsolicited 100 with the reply",
    instructions: tells(Fault.informational(100)),
    applied: true,
    ends: { undici: "ConnectionLost", bun: "success", workerd: "success" }
  },
  {
    name: "an unsolicited 100, the reply later",
    instructions: tells(Fault.informational(100, "50 millis")),
    applied: true,
    ends: { undici: "ConnectionLost", bun: "success", workerd: "success" }
  },
  {
    name: "an unsolicited 103 with the reply",
    instructions: tells(Fault.informational(103)),
    applied: true,
    ends: "success"
  },
  {
    name: "an unsolicited 103, the reply later",
    instructions: tells(Fault.informational(103, "50 millis")),
    applied: true,
    ends: "success"
  },
  {
    name: "an unsolicited 101",
    instructions: tells(Fault.informational(101)),
    applied: true,
    ends: { undici: "ConnectionLost", bun: "ConnectionLost", workerd: "UnexpectedReply, unknown" }
  },
  {
    name: "a 400 before the body was read, then closed",
    instructions: tells(Fault.earlyReply(400)),
    applied: false,
    ends: "InvalidRequest"
  },
  {
    name: "a 413 before 8 MB were read, then closed",
    instructions: tells(Fault.earlyReply(413)),
    userIdLength: 8_000_000,
    applied: false,
    ends: "UnexpectedReply, unknown"
  },
  {
    name: "a 413 before 8 MB were read, then reset",
    instructions: tells(Fault.earlyReply(413, "reset")),
    userIdLength: 8_000_000,
    applied: false,
    ends: ["UnexpectedReply, unknown", "ConnectionLost"]
  },
  {
    name: "a stray 408 on the idle connection",
    instructions: tells(Fault.strayReply(408, "20 millis")),
    afterIdle: "50 millis",
    applied: true,
    ends: "success"
  },
  {
    name: "a stray 408 with the reply before",
    instructions: tells(Fault.strayReply(408, 0)),
    afterIdle: 0,
    applied: true,
    ends: "success"
  },
  {
    name: "a stray 408 with the reply before, seen later",
    instructions: tells(Fault.strayReply(408, 0)),
    afterIdle: "50 millis",
    applied: true,
    ends: "success"
  },
  {
    name: "a stray 200 with the reply before",
    instructions: tells(Fault.strayReply(200, 0)),
    afterIdle: 0,
    applied: true,
    ends: "success"
  },
  {
    name: "the idle connection was closed",
    instructions: tells(Fault.closeAfter(0)),
    afterIdle: "50 millis",
    applied: true,
    ends: "success"
  },
  {
    name: "the idle connection was reset",
    instructions: tells(Fault.closeAfter("2 millis", "reset")),
    afterIdle: "50 millis",
    applied: true,
    ends: "success"
  }
]

const utf8 = (text: string) => new TextEncoder().encode(text)

const answers: ReadonlyArray<readonly [what: string, body: Schema.Json]> = [
  ["HTML", "<html><body>Welcome</body></html>"],
  ["nothing", ""],
  ["null", "null"],
  ["a number", "42"],
  ["a string", '"registered"'],
  ["an array", []],
  ["an empty object", {}],
  ["an error in a list", { errors: [{ code: 1010, message: "exists" }] }],
  ["the user in an envelope", { data: { userId: "user-123", userSecret: "secret" } }],
  ["a user without a secret", { userId: "user-123" }],
  ["a secret that is null", { userId: "user-123", userSecret: null }],
  ["an empty secret", { userId: "user-123", userSecret: "" }],
  ["another user", { userId: "user-124", userSecret: "secret" }]
]

const bodies: ReadonlyArray<CataloguedFault> = [
  ...answers.map(([what, body]): CataloguedFault => ({
    name: `a 200 with ${what}`,
    instructions: tells(applied(reply(200, body))),
    applied: true,
    ends: "UnexpectedReply, applied"
  })),
  {
    name: "a 201 with a secret that somebody made up",
    instructions: ({ userId }) => [applied(reply(201, { userId, userSecret: "made up" }))],
    applied: true,
    deceives: true,
    ends: "success"
  },
  {
    name: "a 204",
    instructions: tells(applied(reply(204, ""))),
    applied: true,
    ends: "UnexpectedReply, applied"
  },
  {
    name: "a 500 after the user was registered",
    instructions: tells(applied(fail(Failure.unexpectedException))),
    applied: true,
    ends: "ServerError"
  },
  {
    name: "a 502 of HTML after the user was registered",
    instructions: tells(applied(reply(502, "<html>Bad Gateway</html>"))),
    applied: true,
    ends: "ServerError"
  },
  {
    name: "a 408 after the user was registered",
    instructions: tells(applied(reply(408, ""))),
    applied: true,
    ends: "UnexpectedReply, unknown"
  },
  {
    name: "a 400 after the user was registered",
    instructions: tells(applied(reply(400, { detail: "no", code: "1000" }))),
    applied: true,
    deceives: true,
    ends: "InvalidRequest"
  },
  {
    name: "a 400 with the code as a number",
    instructions: tells(reply(400, { detail: "exists", code: 1010 })),
    applied: false,
    ends: "UserAlreadyExists"
  },
  {
    name: "a 400 with the code as a string",
    instructions: tells(reply(400, { detail: "exists", code: "1010" })),
    applied: false,
    ends: "UserAlreadyExists"
  },
  {
    name: "a 400 with default_code as a number",
    instructions: tells(reply(400, { default_detail: "exists", default_code: 1010 })),
    applied: false,
    ends: "UserAlreadyExists"
  },
  {
    name: "a 400 whose detail is nested",
    instructions: tells(reply(400, { detail: { message: ["no"], code: 1010 }, code: { value: 1010 } })),
    applied: false,
    ends: "InvalidRequest"
  },
  {
    name: "a 400 with an array",
    instructions: tells(reply(400, ["exists"])),
    applied: false,
    ends: "InvalidRequest"
  },
  { name: "a 400 with null", instructions: tells(reply(400, "null")), applied: false, ends: "InvalidRequest" },
  { name: "a 401 with HTML", instructions: tells(reply(401, "<html>")), applied: false, ends: "AccessDenied" },
  { name: "a 403 with nothing", instructions: tells(reply(403, "")), applied: false, ends: "AccessDenied" },
  { name: "a 418", instructions: tells(reply(418, "")), applied: false, ends: "UnexpectedReply, unknown" },
  {
    name: "a status of 999",
    instructions: tells(Fault.statusLine("HTTP/1.1 999 Beyond")),
    applied: true,
    ends: "UnexpectedReply, unknown"
  },
  {
    name: "a status of 42",
    instructions: tells(Fault.statusLine("HTTP/1.1 42 Below")),
    applied: true,
    ends: "ConnectionLost"
  },
  {
    name: "a status that is no number",
    instructions: tells(Fault.statusLine("HTTP/1.1 OK")),
    applied: true,
    ends: "ConnectionLost"
  }
]

const redirects: ReadonlyArray<CataloguedFault> = [300, 301, 302, 303, 304, 305, 307, 308].flatMap(
  (status): ReadonlyArray<CataloguedFault> => [
    {
      name: `a ${status} to the same origin`,
      instructions: ({ baseUrl }) => [Fault.redirect(status, `${baseUrl}/followed`)],
      applied: true,
      ends: "UnexpectedReply, unknown"
    },
    {
      name: `a ${status} to another origin`,
      instructions: ({ elsewhere }) => [Fault.redirect(status, `${elsewhere}/followed`)],
      applied: true,
      ends: "UnexpectedReply, unknown"
    }
  ]
)

const throttled = (
  name: string,
  headers: Readonly<Record<string, string>>,
  retryAfter: Duration.Input,
  detail = "Slow down."
): CataloguedFault => ({
  name,
  instructions: tells(reply(429, { detail }, headers)),
  applied: false,
  retryAfter,
  ends: "RateLimited"
})

const rateLimits: ReadonlyArray<CataloguedFault> = [
  throttled("a reset in seconds", { "x-ratelimit-reset": "7" }, "7 seconds"),
  throttled("a reset in half seconds", { "x-ratelimit-reset": "7.5" }, "7.5 seconds"),
  throttled("no reset", {}, "60 seconds"),
  throttled("a negative reset", { "x-ratelimit-reset": "-7" }, "60 seconds"),
  throttled("a reset that is no number", { "x-ratelimit-reset": "soon" }, "60 seconds"),
  throttled("a reset of Infinity", { "x-ratelimit-reset": "Infinity" }, "60 seconds"),
  throttled("a reset in hexadecimal", { "x-ratelimit-reset": "0x10" }, "60 seconds"),
  throttled("a reset of 400 digits", { "x-ratelimit-reset": "9".repeat(400) }, "60 seconds"),
  throttled("a date in Retry-After", { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }, "60 seconds"),
  throttled("Retry-After before the reset", { "retry-after": "3", "x-ratelimit-reset": "7" }, "3 seconds"),
  throttled("the reset in the sentence only", {}, "7 seconds", "Expected available in 7 seconds."),
  {
    ...throttled("a huge reset, with retries", { "x-ratelimit-reset": "99999999999" }, Duration.seconds(99999999999)),
    retries: true
  },
  {
    name: "a reset that is waited out",
    instructions: tells(reply(429, { detail: "Slow down." }, { "x-ratelimit-reset": "1" })),
    retries: true,
    applied: true,
    ends: "success"
  },
  {
    name: "three in a row, with retries",
    instructions: () => Array.from({ length: 3 }, () => reply(429, {}, { "x-ratelimit-reset": "0" })),
    retries: true,
    applied: false,
    retryAfter: 0,
    ends: "RateLimited"
  }
]

const requestIds: ReadonlyArray<CataloguedFault> = [
  {
    name: "no X-Request-ID",
    instructions: tells(Fault.requestIds()),
    applied: true,
    requestId: undefined,
    ends: "success"
  },
  {
    name: "two X-Request-IDs",
    instructions: tells(Fault.requestIds("first", "second")),
    applied: true,
    requestId: "first, second",
    ends: "success"
  }
]

/** Every fault, in groups. */
export const faultCatalogue: ReadonlyArray<FaultGroup> = [
  { name: "the connection", faults: connection },
  { name: "TLS", faults: tls },
  { name: "a reply that is cut short", faults: cutReplies },
  { name: "framing and size", faults: framing },
  { name: "what nobody asked for", faults: unasked },
  { name: "bodies and statuses", faults: bodies },
  { name: "redirects", faults: redirects },
  { name: "rate limits", faults: rateLimits },
  { name: "request ids", faults: requestIds }
]

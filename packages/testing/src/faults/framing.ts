/**
 * Framing and size.
 */
import * as Effect from "effect/Effect"
import { type CataloguedFault, tells } from "../CataloguedFault.ts"
import * as Fault from "../Fault.ts"
import { applied, reply } from "../Instruction.ts"

const utf8 = (text: string) => new TextEncoder().encode(text)

export const framing: ReadonlyArray<CataloguedFault> = [
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
    ends: { undici: "ConnectionLost", bun: "success", workerd: "success", deno: "success" }
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
    ends: { undici: "ConnectionLost", bun: "success", workerd: "success", deno: "success" }
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
    ends: {
      undici: "UnexpectedReply, applied",
      bun: "UnexpectedReply, applied",
      workerd: "ConnectionLost",
      deno: "ConnectionLost"
    }
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
    ends: { undici: "ConnectionLost", bun: "success", workerd: "success", deno: "success" }
  },
  { name: "a header without a colon", instructions: tells(Fault.badHeader), applied: true, ends: "ConnectionLost" }
]

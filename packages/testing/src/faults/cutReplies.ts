/**
 * A reply that is cut short.
 */
import { type CataloguedFault, tells } from "../CataloguedFault.ts"
import * as Fault from "../Fault.ts"

const places: ReadonlyArray<readonly [where: string, bytes: number]> = [
  ["before the status line", 0],
  ["in the status line", 10],
  ["in the headers", 60],
  ["before the body", -75],
  ["in the body", -20],
  ["before the last byte", -1]
]

export const cutReplies: ReadonlyArray<CataloguedFault> = [
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
    ends: { undici: "ConnectionLost", bun: "success", workerd: "ConnectionLost", deno: "ConnectionLost" }
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
    ends: {
      undici: "UnexpectedReply, applied",
      bun: "UnexpectedReply, applied",
      workerd: "ConnectionLost",
      deno: "ConnectionLost"
    }
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

/**
 * What nobody asked for.
 */
import { type CataloguedFault, tells } from "../CataloguedFault.ts"
import * as Fault from "../Fault.ts"

export const unasked: ReadonlyArray<CataloguedFault> = [
  {
    name: "an unsolicited 100 with the reply",
    instructions: tells(Fault.informational(100)),
    applied: true,
    ends: { undici: "ConnectionLost", bun: "success", workerd: "success", deno: "success" }
  },
  {
    name: "an unsolicited 100, the reply later",
    instructions: tells(Fault.informational(100, "50 millis")),
    applied: true,
    ends: { undici: "ConnectionLost", bun: "success", workerd: "success", deno: "success" }
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
    ends: {
      undici: "ConnectionLost",
      bun: "ConnectionLost",
      workerd: "UnexpectedReply, unknown",
      deno: "UnexpectedReply, unknown"
    }
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

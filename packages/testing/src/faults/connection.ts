/**
 * The connection.
 */
import { type CataloguedFault, tells } from "../CataloguedFault.ts"
import * as Fault from "../Fault.ts"
import { delay, type Instruction } from "../Instruction.ts"

// A connection that served another registration before: some clients send again, by themselves, what is lost on one.
const usedBefore = (name: string, fault: Instruction, applied: boolean): CataloguedFault => ({
  name: `${name}, on a connection that was used before`,
  instructions: () => [delay(0), fault],
  afterIdle: 0,
  applied,
  ends: "ConnectionLost"
})

export const connection: ReadonlyArray<CataloguedFault> = [
  {
    name: "nobody listens",
    door: "refusing",
    applied: false,
    ends: { undici: "RequestNotSent", bun: "RequestNotSent", workerd: "ConnectionLost", deno: "ConnectionLost" }
  },
  { name: "closed when it is accepted", door: "closing", applied: false, ends: "ConnectionLost" },
  {
    name: "reset when it is accepted",
    door: "resetting",
    applied: false,
    ends: {
      undici: ["RequestNotSent", "ConnectionLost"],
      bun: "ConnectionLost",
      workerd: "ConnectionLost",
      deno: "ConnectionLost"
    }
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
  usedBefore("closed after the request", Fault.closeAfterRequest(), false),
  usedBefore("reset after the request", Fault.closeAfterRequest("reset"), false),
  usedBefore("closed once the user is registered", Fault.closeAfterApplying(), true),
  usedBefore("reset once the user is registered", Fault.closeAfterApplying("reset"), true),
  {
    name: "the user is registered after the client has given up",
    instructions: tells(Fault.applyLate("2 seconds")),
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

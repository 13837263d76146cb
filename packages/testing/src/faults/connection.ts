/**
 * The connection.
 */
import { type CataloguedFault, tells } from "../CataloguedFault.ts"
import * as Fault from "../Fault.ts"

export const connection: ReadonlyArray<CataloguedFault> = [
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

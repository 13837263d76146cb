/**
 * Request ids.
 */
import { type CataloguedFault, tells } from "../CataloguedFault.ts"
import * as Fault from "../Fault.ts"

export const requestIds: ReadonlyArray<CataloguedFault> = [
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

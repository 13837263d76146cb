/**
 * Redirects: none is followed.
 */
import type { CataloguedFault } from "../CataloguedFault.ts"
import * as Fault from "../Fault.ts"

export const redirects: ReadonlyArray<CataloguedFault> = [300, 301, 302, 303, 304, 305, 307, 308].flatMap(
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

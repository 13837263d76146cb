/**
 * The faults that every runtime is held against, in groups.
 */
import type { CataloguedFault } from "./CataloguedFault.ts"
import { bodies } from "./faults/bodies.ts"
import { connection } from "./faults/connection.ts"
import { cutReplies } from "./faults/cutReplies.ts"
import { framing } from "./faults/framing.ts"
import { rateLimits } from "./faults/rateLimits.ts"
import { redirects } from "./faults/redirects.ts"
import { requestIds } from "./faults/requestIds.ts"
import { tls } from "./faults/tls.ts"
import { unasked } from "./faults/unasked.ts"

/** Faults that belong together. */
export interface FaultGroup {
  readonly name: string
  readonly faults: ReadonlyArray<CataloguedFault>
}

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

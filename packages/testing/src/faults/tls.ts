/**
 * TLS.
 */
import type { CataloguedFault } from "../CataloguedFault.ts"

export const tls: ReadonlyArray<CataloguedFault> = [
  {
    name: "a self-signed certificate",
    door: "self-signed",
    applied: false,
    ends: { undici: "RequestNotSent", bun: "RequestNotSent", workerd: "ConnectionLost", deno: "ConnectionLost" }
  },
  {
    name: "an expired certificate",
    door: "expired",
    applied: false,
    ends: { undici: "RequestNotSent", bun: "RequestNotSent", workerd: "ConnectionLost", deno: "ConnectionLost" }
  },
  {
    name: "a port that speaks no TLS",
    door: "plain",
    applied: false,
    ends: { undici: "RequestNotSent", bun: "ConnectionLost", workerd: "ConnectionLost", deno: "ConnectionLost" }
  },
  {
    name: "closed in the handshake",
    door: "handshake-closing",
    applied: false,
    ends: { undici: "RequestNotSent", bun: "ConnectionLost", workerd: "ConnectionLost", deno: "ConnectionLost" }
  },
  {
    name: "reset in the handshake",
    door: "handshake-resetting",
    applied: false,
    ends: { undici: "RequestNotSent", bun: "ConnectionLost", workerd: "ConnectionLost", deno: "ConnectionLost" }
  },
  {
    name: "silence in the handshake",
    door: "handshake-silent",
    applied: false,
    stalls: true,
    ends: { undici: "RequestNotSent", bun: "RequestTimeout", workerd: "RequestTimeout", deno: "RequestTimeout" }
  }
]

/**
 * Other addresses of a local SnapTrade, each with its own way to take a connection. What happens before a request is there
 * cannot be said of the next request: it is said of an address.
 */
import * as Schema from "effect/Schema"

/**
 * What stands at an address.
 *
 * - `open`: the local SnapTrade itself, at another origin.
 * - `refusing`: nobody listens.
 * - `closing`, `resetting`: each connection is closed by FIN or RST as soon as it is accepted.
 * - `silent`: connections are accepted; nothing is read, nothing said.
 * - `self-signed`, `expired`: the local SnapTrade over TLS, with a certificate that nobody trusts.
 * - `plain`: an `https` address where no TLS is spoken.
 * - `handshake-closing`, `handshake-resetting`, `handshake-silent`: an `https` address that closes, resets or says nothing
 *   once the client has begun the handshake.
 */
export const Door = Schema.Literals([
  "open",
  "refusing",
  "closing",
  "resetting",
  "silent",
  "self-signed",
  "expired",
  "plain",
  "handshake-closing",
  "handshake-resetting",
  "handshake-silent"
])

/** What stands at an address. */
export type Door = typeof Door.Type

/**
 * Proof, on Bun, that nothing of a POST was sent: it failed while it had no connection.
 *
 * Other methods prove nothing: Bun repeats PUT and DELETE by itself. Nor do other codes: `ECONNRESET` and `EPROTO` come
 * before and after a request was applied (measured on Bun 1.4.5).
 */
import type { HttpClientError } from "effect/http/HttpClientError"

const withoutConnection = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "ENETUNREACH",
  // What certificate verification says; no byte of a request follows it.
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
])

export const neverSent = (error: HttpClientError | undefined): boolean =>
  error?.reason._tag === "TransportError" &&
  error.request.method === "POST" &&
  error.cause instanceof Error &&
  "code" in error.cause &&
  typeof error.cause.code === "string" &&
  withoutConnection.has(error.cause.code)

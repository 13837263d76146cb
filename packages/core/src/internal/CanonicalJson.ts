/**
 * The body of a request as our operations make it.
 */
import * as HttpBody from "effect/http/HttpBody"
import { canonicalJson } from "../Signature.ts"

/**
 * A body in canonical JSON, which keeps its text: signing it needs no reading back, sending it no encoding where the
 * runtime takes text.
 */
export class CanonicalJson extends HttpBody.Uint8Array {
  readonly canonical: string

  constructor(json: Parameters<typeof canonicalJson>[0]) {
    const canonical = canonicalJson(json)
    super(undefined, "application/json", HttpBody.text(canonical).contentLength, canonical)
    this.canonical = canonical
  }

  // A body is as secret as a header: it may hold a userSecret, and printing a request prints it.
  override toJSON(): unknown {
    return "<redacted>"
  }
}

/**
 * The body of a request as our operations make it.
 */
import * as HttpBody from "effect/http/HttpBody"
import { canonicalJson } from "../Signature.ts"

const utf8 = new TextEncoder()

/**
 * A body in canonical JSON, which keeps its text: signing it needs no reading back.
 */
export class CanonicalJson extends HttpBody.Uint8Array {
  readonly canonical: string

  constructor(json: Parameters<typeof canonicalJson>[0]) {
    const canonical = canonicalJson(json)
    const bytes = utf8.encode(canonical)
    super(bytes, "application/json", bytes.length)
    this.canonical = canonical
  }

  // A body is as secret as a header: it may hold a userSecret, and printing a request prints it.
  override toJSON(): unknown {
    return "<redacted>"
  }
}

import { assert, describe, it } from "@effect/vitest"
import { hmacSha256 } from "../../src/internal/hmacSha256.ts"

describe("HMAC-SHA256", () => {
  it("leaves neither key nor message in the memory that small buffers of an application share", () => {
    const key = "canary-consumer-key"
    hmacSha256(key)("canary-message")
    const shared = Buffer.from(Buffer.from("x").buffer).toString("latin1")
    assert.isAbove(shared.length, 1000)
    const padded = (pad: number) => String.fromCharCode(...Array.from(key, (char) => char.charCodeAt(0) ^ pad))
    for (const secret of [key, "canary-message", padded(0x36), padded(0x5c)]) assert.notInclude(shared, secret)
  })
})

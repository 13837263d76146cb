import { canonicalJson, canonicalRequest, registerUser, signatureEquals } from "@effect-snaptrade/core"
import { LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { createHmac } from "node:crypto"
import vectors from "./signature-vectors.json" with { type: "json" }

const base64Hmac = (key: string, message: string) => createHmac("sha256", key).update(message).digest("base64")

/** What goes over the wire when `userId` is registered at a given moment. */
const sent = (options: {
  readonly userId: string
  readonly clientId?: string
  readonly consumerKey?: string
  readonly clockMs: number
  readonly baseUrl?: string | undefined
}) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(options.clockMs)
    yield* registerUser({ userId: options.userId })
    const [request] = yield* (yield* LocalSnapTrade).requests
    if (request === undefined) return yield* Effect.die("nothing was sent")
    return { ...request, signature: request.headers["signature"] }
  }).pipe(
    Effect.provide(
      TestSnapTrade.layer({
        clientId: options.clientId ?? "PASSIVTEST",
        consumerKey: Redacted.make(options.consumerKey ?? "7xY0example0consumer0key0AbCdEf"),
        baseUrl: options.baseUrl
      })
    )
  )

describe("what the official TypeScript SDK sends is what we send, byte for byte", () => {
  const registrations = vectors.filter((vector) => vector.operation === "registerSnapTradeUser")
  for (const vector of registrations.filter(({ name }) => name !== "register/basePath-api-v1")) {
    it.effect(vector.name, () =>
      Effect.gen(function* () {
        const request = yield* sent({ ...vector, userId: vector.args?.userId ?? "" })
        assert.strictEqual(request.method, vector.method)
        assert.strictEqual(request.path, vector.path)
        assert.strictEqual(request.query, vector.query)
        assert.strictEqual(request.body, vector.body)
        assert.strictEqual(request.signature, vector.signature)
        assert.strictEqual(
          canonicalRequest({
            content: yield* Schema.decodeEffect(Schema.fromJsonString(Schema.Json))(request.body),
            path: request.path,
            query: request.query
          }),
          vector.canonical
        )
      })
    )
  }
})

describe("where we depart from the official TypeScript SDK (docs/signing.md)", () => {
  it.effect("a base URL with a path prefix signs the prefix, since that is what is sent", () =>
    Effect.gen(function* () {
      const request = yield* sent({ userId: "u", clockMs: 1715123456000, baseUrl: "https://api.snaptrade.com/api/v1/" })
      assert.strictEqual(request.path, "/api/v1/snapTrade/registerUser")
      assert.strictEqual(
        request.signature,
        base64Hmac(
          "7xY0example0consumer0key0AbCdEf",
          '{"content":{"userId":"u"},"path":"/api/v1/snapTrade/registerUser","query":"clientId=PASSIVTEST&timestamp=1715123456"}'
        )
      )
    })
  )

  it.effect("the timestamp is rounded down to the second, never up", () =>
    Effect.gen(function* () {
      const request = yield* sent({ userId: "u", clockMs: 1715123456999 })
      assert.strictEqual(request.query, "clientId=PASSIVTEST&timestamp=1715123456")
    })
  )

  it.effect("the consumerKey is used as it is, not passed through encodeURI", () =>
    Effect.gen(function* () {
      const consumerKey = "key with spaces, é and %"
      const request = yield* sent({ userId: "u", clockMs: 1715123456000, consumerKey })
      const canonical =
        '{"content":{"userId":"u"},"path":"/snapTrade/registerUser","query":"clientId=PASSIVTEST&timestamp=1715123456"}'
      assert.strictEqual(request.signature, base64Hmac(consumerKey, canonical))
      assert.notStrictEqual(request.signature, base64Hmac(encodeURI(consumerKey), canonical))
    })
  )
})

describe("canonical JSON", () => {
  it("sorts keys at every level and writes no white space", () => {
    assert.strictEqual(
      canonicalJson({ b: { d: 1, c: [{ f: true, e: null }] }, a: "x y" }),
      '{"a":"x y","b":{"c":[{"e":null,"f":true}],"d":1}}'
    )
  })

  it("sorts by code point, where UTF-16 order differs: U+1F600 after U+FFFF", () => {
    assert.strictEqual(canonicalJson({ "\u{1F600}": 1, "\uFFFD": 2, a: 3 }), '{"a":3,"\uFFFD":2,"\u{1F600}":1}')
  })

  it("writes UTF-8, not escapes", () => {
    assert.strictEqual(canonicalJson({ é: "👩‍💻" }), '{"é":"👩‍💻"}')
  })

  it("keeps a key named __proto__", () => {
    assert.strictEqual(canonicalJson(JSON.parse('{"__proto__":1,"a":2}')), '{"__proto__":1,"a":2}')
  })

  it("signs an empty object as null", () => {
    assert.strictEqual(
      canonicalRequest({ content: {}, path: "/snapTrade/login", query: "a=1" }),
      '{"content":null,"path":"/snapTrade/login","query":"a=1"}'
    )
  })

  it.prop("says the same as JSON.parse reads back, whatever the JSON", [Schema.Json], ([json]) => {
    assert.deepStrictEqual(JSON.parse(canonicalJson(json)), JSON.parse(JSON.stringify(json)))
  })
})

describe("comparing signatures", () => {
  it("tells equal from different, and a prefix from the whole", () => {
    assert.isTrue(signatureEquals("abc=", "abc="))
    assert.isFalse(signatureEquals("abc=", "abd="))
    assert.isFalse(signatureEquals("abc=", "abc"))
    assert.isFalse(signatureEquals("", "abc="))
    assert.isFalse(signatureEquals("abc=", ""))
  })
})

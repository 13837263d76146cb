import {
  canonicalJson,
  canonicalRequest,
  deleteUser,
  listUsers,
  loginUser,
  registerUser,
  resetUserSecret,
  signatureEquals,
  type SnapTrade
} from "@effect-snaptrade/core"
import { Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { spawnSync } from "node:child_process"
import { createHmac } from "node:crypto"
import vectors from "./signature-vectors.json" with { type: "json" }

const base64Hmac = (key: string, message: string) => createHmac("sha256", key).update(message).digest("base64")

interface Sending {
  readonly clientId: string
  readonly consumerKey: string
  readonly clockMs: number
  readonly baseUrl?: string
}

const sdkApp = { clientId: "PASSIVTEST", consumerKey: "7xY0example0consumer0key0AbCdEf" }

/** What goes over the wire at a given moment, whatever is answered. */
const sending = <A, E>(operation: Effect.Effect<A, E, SnapTrade>, options: Sending) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(options.clockMs)
    const local = yield* LocalSnapTrade
    yield* local.next(Instruction.reply(404, {}))
    yield* Effect.exit(operation)
    const [request = yield* Effect.die("nothing was sent")] = yield* local.requests
    return { ...request, signature: request.headers["signature"] }
  }).pipe(
    Effect.provide(
      TestSnapTrade.layer({
        clientId: options.clientId,
        consumerKey: Redacted.make(options.consumerKey),
        baseUrl: options.baseUrl
      })
    )
  )

const registering = (options: Omit<Sending, "clientId" | "consumerKey"> & { readonly consumerKey?: string }) =>
  sending(registerUser({ userId: "u" }), { ...sdkApp, ...options })

const operations: Record<
  string,
  (userId: string, userSecret: Redacted.Redacted) => Effect.Effect<unknown, unknown, SnapTrade>
> = {
  registerSnapTradeUser: (userId) => registerUser({ userId }),
  listSnapTradeUsers: () => listUsers(),
  deleteSnapTradeUser: (userId) => deleteUser({ userId }),
  loginSnapTradeUser: (userId, userSecret) => loginUser({ userId, userSecret }),
  resetSnapTradeUserSecret: (userId, userSecret) => resetUserSecret({ userId, userSecret })
}

describe("what the official TypeScript SDK sends is what we send, byte for byte", () => {
  for (const vector of vectors.filter(({ name }) => name !== "register/basePath-api-v1")) {
    it.effect(vector.name, () =>
      Effect.gen(function* () {
        const { userId = "", userSecret = "" } = { userId: undefined, userSecret: undefined, ...vector.args }
        const operation = operations[vector.operation] ?? (() => Effect.die(`no operation for ${vector.name}`))
        const request = yield* sending(operation(userId, Redacted.make(userSecret)), vector)
        assert.strictEqual(request.method, vector.method)
        assert.strictEqual(request.path, vector.path)
        assert.strictEqual(request.query, vector.query)
        assert.strictEqual(request.body, vector.body ?? "")
        assert.strictEqual(request.signature, vector.signature)
        const content =
          request.body === "" ? null : yield* Schema.decodeEffect(Schema.fromJsonString(Schema.Json))(request.body)
        assert.strictEqual(canonicalRequest({ content, path: request.path, query: request.query }), vector.canonical)
      })
    )
  }
})

describe("where we depart from the official TypeScript SDK (docs/signing.md)", () => {
  it.effect("a base URL with a path prefix signs the prefix, since that is what is sent", () =>
    Effect.gen(function* () {
      const request = yield* registering({ clockMs: 1715123456000, baseUrl: "https://api.snaptrade.com/api/v1/" })
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
      const request = yield* registering({ clockMs: 1715123456999 })
      assert.strictEqual(request.query, "clientId=PASSIVTEST&timestamp=1715123456")
    })
  )

  it.effect("the consumerKey is used as it is, not passed through encodeURI", () =>
    Effect.gen(function* () {
      const consumerKey = "key with spaces, é and %"
      const request = yield* registering({ clockMs: 1715123456000, consumerKey })
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
    // V8's JSON.parse can take one key with a backslash for another (nodejs/node#63785).
    if (JSON.stringify(json).includes("\\")) return
    assert.deepStrictEqual(JSON.parse(canonicalJson(json)), JSON.parse(JSON.stringify(json)))
  })
})

type SafeJson = null | boolean | number | string | ReadonlyArray<SafeJson> | { readonly [key: string]: SafeJson }

// Whole numbers: Python writes 1.0 and 1e-07 where JavaScript writes 1 and 1e-7.
const SafeJson: Schema.Codec<SafeJson> = Schema.suspend(() =>
  Schema.Union([
    Schema.Null,
    Schema.Boolean,
    Schema.Int,
    Schema.String,
    Schema.Array(SafeJson),
    Schema.Record(Schema.String, SafeJson)
  ])
)

/** SnapTrade's signature by Python's standard library, for many contents at once; undefined without python3. */
const python = (contents: ReadonlyArray<Schema.Json>) => {
  const program = `
import base64, hashlib, hmac, json, sys
for line in sys.stdin:
    content = json.loads(line)
    signed = {"content": content or None if content in ({}, None) else content, "path": "/p", "query": "a=1&b=%C3%A9"}
    text = json.dumps(signed, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    digest = hmac.new("a key é".encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    print(base64.b64encode(digest).decode())
`
  const input = contents.map((content) => JSON.stringify(content)).join("\n")
  const { status, stderr, stdout } = spawnSync("python3", ["-c", program], { input, encoding: "utf8" })
  if (status !== 0) throw new Error(`python3 failed: ${stderr}`)
  return stdout.trim().split("\n")
}

const pythonIsThere = spawnSync("python3", ["--version"]).status === 0

describe("signing, beside a second implementation", () => {
  it.effect.skipIf(!pythonIsThere)(
    `2,000 arbitrary contents are signed as python3 signs them${pythonIsThere ? "" : " (SKIPPED: no python3 here)"}`,
    () =>
      Effect.gen(function* () {
        const contents = yield* Arbitrary.sampleEffect(Arbitrary.schema(SafeJson), { count: 2000, seed: 1 })
        const keys = ["\u{1F600}", "\uFFFD", "\u0000", "é", '"', "\\", "__proto__", "constructor", "10", "9"]
        const ours = [...contents, Object.fromEntries(keys.map((key, i) => [key, i])), {}, null, [], ""].filter(
          // A lone surrogate has no UTF-8 form, and neither side sends one.
          (content) => !/\\ud[89a-f]/.test(JSON.stringify(content))
        )
        assert.deepStrictEqual(
          ours.map((content) =>
            base64Hmac("a key é", canonicalRequest({ content, path: "/p", query: "a=1&b=%C3%A9" }))
          ),
          python(ours)
        )
        assert.isAbove(ours.length, 1500)
      })
  )
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

import * as Webhook from "@effect-snaptrade/core/webhook"
import { canonicalJson } from "@effect-snaptrade/core"
import { TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { spawnSync } from "node:child_process"
import { createHmac } from "node:crypto"
import { inspect } from "node:util"
import { vi } from "vitest"
import vectors from "./webhook-vectors.json" with { type: "json" }

vi.setConfig({ testTimeout: 30_000 })

const consumerKey = "7xY0example0consumer0key0AbCdEf"
const eventTimestamp = "2026-05-08T18:52:08.123974+00:00"
const sentAt = Date.UTC(2026, 4, 8, 18, 52, 8, 123)

const base64Hmac = (message: string | Uint8Array, key = consumerKey) =>
  createHmac("sha256", key).update(message).digest("base64")

const payload = {
  webhookId: "dbaee13a-1184-4677-9741-b6845e60ee3a",
  clientId: "MY-APP",
  eventTimestamp,
  userId: "user-123",
  eventType: "USER_DELETED"
}
const written = JSON.stringify(payload)
const signed: Webhook.Delivery = { headers: { Signature: base64Hmac(written) }, body: written }

/** Verifies as an app does, `after` the event. */
const verifying = (
  delivery: Webhook.Delivery,
  { after = "1 second", ...options }: Partial<Webhook.Options> & { readonly after?: Duration.Input } = {}
) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(sentAt + Duration.toMillis(after))
    return yield* Webhook.verify(delivery)
  }).pipe(
    Effect.provide(
      Webhook.layer({ consumerKey: Redacted.make(consumerKey), tolerance: "4 hours", ...options }).pipe(
        Layer.provide(TestSnapTrade.layerSigner)
      )
    )
  )

/** The tag of the failure that a delivery is refused with. */
const refusal = (...args: Parameters<typeof verifying>) =>
  Effect.map(Effect.flip(verifying(...args)), (error) => error._tag)

// Any JSON object, but for backslashes: once V8's JSON.parse has met a key with one, it may take an escape in another key
// for that one, see https://github.com/nodejs/node/issues/63785. The vectors have backslashes in values.
const AnyObject = Schema.Record(Schema.String, Schema.Json).check(
  Schema.makeFilter((json) => !JSON.stringify(json).includes(String.raw`\\`))
)

// What SnapTrade documents: the signature is over json.dumps with sorted keys and no white space; the body is json.dumps.
const python = `
import base64, hashlib, hmac, json, sys

def vector(case):
    payload = json.loads(case["json"])
    spelled = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=not case["utf8"])
    digest = hmac.new(case["consumerKey"].encode(), spelled.encode(), hashlib.sha256).digest()
    body = json.dumps(payload, ensure_ascii=not case["utf8"])
    return {**case, "body": body, "signature": base64.b64encode(digest).decode()}

json.dump([vector(case) for case in json.load(sys.stdin)], sys.stdout)
`
const withPython = spawnSync("python3", ["--version"]).status === 0
const skipped = withPython ? "" : " (SKIPPED: there is no python3 on this machine)"
const runPython = (cases: ReadonlyArray<object>): unknown => {
  const options = { input: JSON.stringify(cases), encoding: "utf8", maxBuffer: 2 ** 26 } as const
  return JSON.parse(spawnSync("python3", ["-c", python], options).stdout)
}

describe("a webhook that Python's json.dumps wrote and signed", () => {
  for (const { body, name, signature } of vectors) {
    it.effect(`verifies: ${name}`, () =>
      Effect.gen(function* () {
        const event = yield* verifying({ headers: { Signature: signature }, body })
        assert.strictEqual(event.webhookId, payload.webhookId)
      })
    )
  }

  it.skipIf(!withPython)(`is what the vectors of this test are${skipped}`, () => {
    const cases = vectors.map(({ body: _body, signature: _signature, ...described }) => described)
    assert.deepStrictEqual(runPython(cases), vectors)
  })

  it.effect.skipIf(!withPython)(`verifies whatever the payload${skipped}`, () =>
    Effect.gen(function* () {
      const payloads = yield* Arbitrary.sampleEffect(
        Arbitrary.schema(Schema.Struct({ json: AnyObject, number: Schema.Finite })),
        { count: 200 }
      )
      const cases = payloads.map(({ json, number }) => ({
        consumerKey,
        utf8: false,
        // An integer as a float, which Python writes as 1.0.
        json: JSON.stringify({ ...json, number, ...payload }).replace(/"number":(-?\d+),/, '"number":$1.0,')
      }))
      const made = Schema.decodeUnknownSync(
        Schema.Array(Schema.Struct({ body: Schema.String, signature: Schema.String }))
      )(runPython(cases))
      assert.lengthOf(made, 200)
      for (const { body, signature } of made) yield* verifying({ headers: { Signature: signature }, body })
    })
  )
})

// Python's json.dumps of what JSON.parse reads, where JavaScript spells numbers alike.
const ascii = (json: string) =>
  json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

describe("the signature", () => {
  it.effect.prop(
    "may be over the body as it came or over either canonical spelling, whatever the payload, and with no other key",
    [AnyObject, Schema.NonEmptyString],
    ([json, otherKey]) =>
      Effect.gen(function* () {
        const any: Schema.JsonObject = { ...json, ...payload }
        const body = JSON.stringify(any, undefined, 1)
        for (const spelling of [body, canonicalJson(any), ascii(canonicalJson(any))]) {
          const event = yield* verifying({ headers: { Signature: base64Hmac(spelling) }, body })
          assert.strictEqual(event.webhookId, payload.webhookId)
          const forged = { headers: { Signature: base64Hmac(spelling, `not ${otherKey}`) }, body }
          assert.strictEqual(yield* refusal(forged), "WebhookSignatureRejected")
        }
      })
  )

  it.effect("verifies a body of bytes and one of text", () =>
    Effect.gen(function* () {
      const event = yield* verifying(signed)
      assert.deepStrictEqual(yield* verifying({ ...signed, body: new TextEncoder().encode(written) }), event)
    })
  )

  it.effect("is found in a header of any case, in a record, in Web headers", () =>
    Effect.gen(function* () {
      const signature = base64Hmac(written)
      for (const name of ["Signature", "signature", "SIGNATURE"]) {
        for (const headers of [{ [name]: signature }, { [name]: [signature] }, new Headers({ [name]: signature })]) {
          yield* verifying({ headers, body: written })
        }
      }
    })
  )

  it.effect("verifies with a key that was pasted with white space around it", () =>
    verifying(signed, { consumerKey: Redacted.make(` ${consumerKey}\u200b\n`) })
  )

  it.effect("is missing without the header, or when it is empty", () =>
    Effect.gen(function* () {
      for (const headers of [{}, { Signature: "" }, { Signature: "  " }, { Signature: undefined }, new Headers()]) {
        assert.strictEqual(yield* refusal({ headers, body: written }), "WebhookSignatureMissing")
      }
    })
  )

  const signature = base64Hmac(written)
  const wrong: Record<string, string> = {
    "of another body": base64Hmac(`${written} `),
    "with another key": base64Hmac(written, `${consumerKey}.`),
    "with an empty key": base64Hmac(written, ""),
    "in hexadecimal": Buffer.from(signature, "base64").toString("hex"),
    "in base64url": signature.replace("+", "-").replace("/", "_").replace("=", ""),
    "cut short": signature.slice(0, -4),
    "with something after it": `${signature}AAAA`,
    twice: `${signature}, ${signature}`,
    "that is not base64": "*".repeat(44),
    "that is not ASCII": "é".repeat(44)
  }
  for (const [what, Signature] of Object.entries(wrong)) {
    it.effect(`is rejected ${what}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* refusal({ headers: { Signature }, body: written }), "WebhookSignatureRejected")
      })
    )
  }

  it.effect("is rejected with any bit of the body flipped, whichever spelling was signed", () =>
    Effect.gen(function* () {
      const spaced = new TextEncoder().encode(
        JSON.stringify({ ...payload, number: 1.5 })
          .replaceAll(":", ": ")
          .replaceAll(",", ", ")
      )
      for (const message of [spaced, canonicalJson({ ...payload, number: 1.5 })]) {
        const headers = { Signature: base64Hmac(message) }
        for (const at of spaced.keys()) {
          for (let bit = 0; bit < 8; bit++) {
            const altered = spaced.with(at, (spaced[at] ?? 0) ^ (1 << bit))
            assert.include(
              ["WebhookSignatureRejected", "WebhookMalformed"],
              yield* refusal({ headers, body: altered }),
              `bit ${bit} of byte ${at}`
            )
          }
        }
      }
    })
  )

  it.effect("is rejected when a number is spelled in another way, a key is added or a key is renamed", () =>
    Effect.gen(function* () {
      const headers = { Signature: base64Hmac(canonicalJson({ ...payload, number: 1 })) }
      yield* verifying({ headers, body: JSON.stringify({ ...payload, number: 1 }) })
      const altered = [
        `{"number":1.0,${written.slice(1)}`,
        `{"number":"1",${written.slice(1)}`,
        `{"number":"n1",${written.slice(1)}`,
        `{"number":1,"more":null,${written.slice(1)}`,
        `{"Number":1,${written.slice(1)}`,
        written
      ]
      for (const body of altered) assert.strictEqual(yield* refusal({ headers, body }), "WebhookSignatureRejected")
    })
  )
})

describe("the body", () => {
  const none: Record<string, string | Uint8Array> = {
    empty: "",
    "not JSON": "eventType=USER_DELETED",
    "an array": `[${written}]`,
    "a string": JSON.stringify(written),
    null: "null",
    "JSON with a byte order mark": `\uFEFF${written}`,
    "JSON with the bytes of a byte order mark": Uint8Array.of(0xef, 0xbb, 0xbf, ...Buffer.from(written)),
    "JSON with NaN": `{"number":NaN,${written.slice(1)}`,
    "not UTF-8": Uint8Array.of(...Buffer.from('{"a":"'), 0xe9, ...Buffer.from('"}')),
    "nested beyond measure": `{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
    "without a webhookId": JSON.stringify({ ...payload, webhookId: undefined }),
    "with a webhookId that is no string": JSON.stringify({ ...payload, webhookId: 1 }),
    "with an empty webhookId": JSON.stringify({ ...payload, webhookId: "" }),
    "without an eventTimestamp": JSON.stringify({ ...payload, eventTimestamp: undefined }),
    "with an eventTimestamp that is no time": JSON.stringify({ ...payload, eventTimestamp: "yesterday" })
  }
  for (const [what, body] of Object.entries(none)) {
    it.effect(`is malformed when it is ${what}, though it is signed`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* refusal({ headers: { Signature: base64Hmac(body) }, body }), "WebhookMalformed")
      })
    )
  }

  it.effect("is decoded only when its signature has been verified", () =>
    Effect.gen(function* () {
      const forged = { headers: { Signature: base64Hmac(written, "another key") }, body: '{"webhookId":1}' }
      assert.strictEqual(yield* refusal(forged), "WebhookSignatureRejected")
    })
  )

  it.effect("may be a megabyte of one string", () =>
    Effect.gen(function* () {
      const any = { ...payload, text: '\\" 1.0 é'.repeat(100_000) }
      const spelling = ascii(canonicalJson(any))
      yield* verifying({ headers: { Signature: base64Hmac(spelling) }, body: JSON.stringify(any) })
    })
  )
})

describe("the age", () => {
  const stale = (after: Duration.Input, options: Partial<Webhook.Options> = {}) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(verifying(signed, { after, ...options }))
      assert(error._tag === "WebhookStale")
      assert.strictEqual(error.webhookId, payload.webhookId)
      assert.strictEqual(Duration.toMillis(error.age), Duration.toMillis(after))
      return error.message
    })

  it.effect("may be as much as is tolerated, and no more", () =>
    Effect.gen(function* () {
      yield* verifying(signed, { after: "5 minutes", tolerance: "5 minutes" })
      assert.include(yield* stale("300001 millis", { tolerance: "5 minutes" }), "5m 1ms old")
    })
  )

  it.effect("of a redelivery is more than the 5 minutes of SnapTrade's sample", () =>
    Effect.gen(function* () {
      for (const after of ["30 minutes", "90 minutes", "210 minutes"] as const) {
        yield* stale(after, { tolerance: "5 minutes" })
        yield* verifying(signed, { after, tolerance: "4 hours" })
      }
    })
  )

  it.effect("may be negative by the minute that clocks differ, or what is allowed for it, and no more", () =>
    Effect.gen(function* () {
      yield* verifying(signed, { after: "-1 minutes" })
      assert.include(yield* stale("-60001 millis"), "from the future, by 1m 1ms")
      yield* verifying(signed, { after: "-2 seconds", allowance: "2 seconds" })
      yield* stale("-2001 millis", { allowance: "2 seconds" })
    })
  )
})

describe("the verifier", () => {
  const building = <E>(layer: Layer.Layer<Webhook.Verifier, E, never>) => Effect.scoped(Layer.build(layer))

  it.effect("is not built with an empty key, with which anybody could sign", () =>
    Effect.gen(function* () {
      const options = { consumerKey: Redacted.make(" \n"), tolerance: "4 hours" } as const
      const error = yield* Effect.flip(building(Webhook.layer(options).pipe(Layer.provide(TestSnapTrade.layerSigner))))
      assert.strictEqual(error._tag, "InvalidCredentials")
      assert.strictEqual(error.setting, "consumerKey")
    })
  )

  it.effect("takes its key from SNAPTRADE_CONSUMER_KEY", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(sentAt)
      const live = (env: Record<string, string>) =>
        Webhook.layerConfig({ tolerance: "4 hours" }).pipe(
          Layer.provide(TestSnapTrade.layerSigner),
          Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(env)))
        )
      yield* Effect.provide(Webhook.verify(signed), live({ SNAPTRADE_CONSUMER_KEY: consumerKey }))
      const error = yield* Effect.flip(building(live({})))
      assert.include(error.message, "SNAPTRADE_CONSUMER_KEY")
    })
  )
})

it.effect("no failure shows the payload, the key or a signature", () =>
  Effect.gen(function* () {
    const secret = { ...payload, userId: "whose-user", webhookSecret: "lgCQWztweEFcHvjdLhHc" }
    const body = JSON.stringify(secret)
    const deliveries: ReadonlyArray<Parameters<typeof verifying>> = [
      [{ headers: {}, body }],
      [{ headers: { Signature: "forged-signature" }, body }],
      [{ headers: { Signature: base64Hmac(body) }, body }, { after: "5 hours" }],
      [{ headers: { Signature: base64Hmac(body) }, body }, { after: "-5 hours" }],
      [{ headers: { Signature: "forged-signature" }, body: `${body}.` }],
      [{ headers: { Signature: base64Hmac("{}") }, body: "{}" }]
    ]
    const tags = new Set<string>()
    for (const args of deliveries) {
      const cause = yield* Effect.flip(Effect.sandbox(verifying(...args)))
      const error = Cause.squash(cause)
      assert(error instanceof Error && "_tag" in error)
      tags.add(String(error._tag))
      const shown = [
        String(error),
        error.message,
        JSON.stringify(error),
        inspect(error, { depth: 9 }),
        Cause.pretty(cause)
      ]
      const hidden = ["whose-user", "lgCQWztweEFcHvjdLhHc", consumerKey, "forged-signature", base64Hmac(body)]
      for (const text of shown) for (const word of hidden) assert.notInclude(text, word)
    }
    assert.deepStrictEqual([...tags].toSorted(), [
      "WebhookMalformed",
      "WebhookSignatureMissing",
      "WebhookSignatureRejected",
      "WebhookStale"
    ])
  })
)

it.effect("what is verified is decoded", () =>
  Effect.gen(function* () {
    const event = yield* verifying(signed)
    assert(event.eventType === "USER_DELETED")
    assert.strictEqual(event.userId, "user-123")
    assert.strictEqual(DateTime.toEpochMillis(event.eventTimestamp), sentAt)
  })
)

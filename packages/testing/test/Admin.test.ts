import { LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer } from "@effect-snaptrade/testing/server"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createHmac } from "node:crypto"

const token = "an-admin-token"
const layer = layerServer({ adminToken: Redacted.make(token) })

/** As curl does it. */
const admin = Effect.fnUntraced(function* (path: string, body?: string) {
  const { baseUrl } = yield* LocalSnapTrade
  const response = yield* Effect.promise(() =>
    fetch(`${baseUrl}/_local${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body !== undefined && { body })
    })
  )
  const text = yield* Effect.promise(() => response.text())
  return { status: response.status, text }
})

const register = Effect.fnUntraced(function* (userId: string) {
  const { baseUrl, clientId, consumerKey } = yield* LocalSnapTrade
  const query = `clientId=${clientId}&timestamp=${Math.floor(Date.now() / 1000)}`
  const body = JSON.stringify({ userId })
  const message = `{"content":${body},"path":"/snapTrade/registerUser","query":"${query}"}`
  const signature = createHmac("sha256", Redacted.value(consumerKey)).update(message).digest("base64")
  return yield* Effect.tryPromise(async () => {
    const response = await fetch(`${baseUrl}/snapTrade/registerUser?${query}`, {
      method: "POST",
      headers: { signature },
      body
    })
    return { status: response.status, type: response.headers.get("content-type"), text: await response.text() }
  })
})

const usersOf = Effect.flatMap(LocalSnapTrade, (local) =>
  Effect.map(local.users, (users) => users.map(({ userId }) => userId))
)

describe("in JSON as one writes it by hand", () => {
  it.live("the next registration is committed, and its reply dropped", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* admin("/next", '["dropReply"]')).status, 204)
      yield* Effect.flip(register("1"))
      assert.deepStrictEqual(yield* usersOf, ["1"])
      assert.strictEqual((yield* register("2")).status, 200)
    }).pipe(Effect.provide(layer))
  )

  it.live("one user's registration fails by name, whatever comes meanwhile", () =>
    Effect.gen(function* () {
      yield* admin("/nextFor", '{"userId": "2", "instructions": ["throttled", "badGateway"]}')
      assert.strictEqual((yield* register("1")).status, 200)
      assert.strictEqual((yield* register("2")).status, 429)
      assert.deepInclude(yield* register("2"), { status: 502, type: "text/html" })
      assert.deepStrictEqual(yield* usersOf, ["1", "2"])
    }).pipe(Effect.provide(layer))
  )

  it.live("a reply is text or JSON, a delay a duration", () =>
    Effect.gen(function* () {
      yield* admin(
        "/next",
        '[{"status": 503, "text": "later"}, {"status": 418, "json": {"code": "7"}, "applied": true}, {"delay": "1 millis"}, {"delay": 1}]'
      )
      assert.deepStrictEqual(yield* register("1"), { status: 503, type: "text/plain", text: "later" })
      assert.deepStrictEqual(yield* register("1"), { status: 418, type: "application/json", text: '{"code":"7"}' })
      assert.strictEqual((yield* register("1")).status, 400)
      assert.strictEqual((yield* register("2")).status, 200)
    }).pipe(Effect.provide(layer))
  )

  it.live("clock and latency are moved", () =>
    Effect.gen(function* () {
      yield* admin("/clock", '{"by": "6 minutes"}')
      assert.strictEqual((yield* register("1")).status, 401)
      yield* admin("/clock", '{"by": -360000}')
      yield* admin("/latency", '{"latency": 5}')
      assert.strictEqual((yield* register("1")).status, 200)
      const { text } = yield* admin("/requests")
      const [refused, registered] = JSON.parse(text)
      assert.strictEqual(refused.explanation.mistakes[0].mistake, "timestamp-skewed")
      assert.isAtLeast(registered.answered.duration, 5)
    }).pipe(Effect.provide(layer))
  )
})

describe("the admin interface", () => {
  it.live("describes itself", () =>
    Effect.gen(function* () {
      const { text } = yield* admin("/openapi.json")
      assert.includeMembers(Object.keys(JSON.parse(text).paths), [
        "/_local/next",
        "/_local/clock",
        "/_local/latency",
        "/_local/requests",
        "/_local/deliver"
      ])
    }).pipe(Effect.provide(layer))
  )

  it.live("refuses an instruction that is none with 400, and says which there are", () =>
    Effect.gen(function* () {
      const { status, text } = yield* admin("/next", '["dropRepyl"]')
      assert.strictEqual(status, 400)
      assert.include(text, "dropReply")
      assert.strictEqual((yield* register("1")).status, 200)
    }).pipe(Effect.provide(layer))
  )

  it.live("refuses a time that is none, and a webhook where nobody receives them, and says why", () =>
    Effect.gen(function* () {
      for (const by of ['"soon"', "null", '"Infinity"', "1e300"]) {
        const { status, text } = yield* admin("/clock", `{"by": ${by}}`)
        assert.strictEqual(status, 400, by)
        assert.match(text, /Expected/)
      }
      const { status, text } = yield* admin("/deliver", '{"webhookId": "1"}')
      assert.strictEqual(status, 400)
      assert.include(text, "--webhook-url")
      assert.strictEqual((yield* register("1")).status, 200)
    }).pipe(Effect.provide(layer))
  )

  it.live("is not there unless it was asked for", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* admin("/users")).status, 401)
      assert.include((yield* admin("/users")).text, '"code":"0000"')
    }).pipe(Effect.provide(layerServer()))
  )
})

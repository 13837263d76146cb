import { canonicalRequest, registerUser, Signer } from "@effect-snaptrade/core"
import { Failure, Instruction, LocalSnapTrade, type SeenRequest, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"

const raw = Layer.merge(TestSnapTrade.layerLocal(), TestSnapTrade.layerSigner)

/** A request made by hand, right unless told otherwise. */
const request = Effect.fnUntraced(function* (
  wrong: {
    readonly clientId?: string
    readonly timestamp?: string
    readonly signature?: string
    readonly body?: string
    readonly path?: string
  } = {}
) {
  const local = yield* LocalSnapTrade
  const seconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const path = wrong.path ?? "/snapTrade/registerUser"
  const query = `clientId=${wrong.clientId ?? local.clientId}&timestamp=${wrong.timestamp ?? seconds}`
  const body = wrong.body ?? '{"userId":"user-123"}'
  const sign = (yield* Signer).signWith(local.consumerKey)
  const content = body.startsWith("{") ? JSON.parse(body) : null
  const signature = wrong.signature ?? (yield* sign(canonicalRequest({ content, path, query })))
  const response = yield* HttpClientRequest.post(`https://api.snaptrade.com${path}?${query}`).pipe(
    HttpClientRequest.bodyText(body, "application/json"),
    signature === "" ? (unsigned) => unsigned : HttpClientRequest.setHeader("signature", signature),
    HttpClient.execute
  )
  return { status: response.status, headers: response.headers, body: JSON.parse(yield* response.text) }
})

describe("the local SnapTrade registers", () => {
  it.effect("a user that does not exist, and answers a secret", () =>
    Effect.gen(function* () {
      const { body, headers, status } = yield* request()
      assert.strictEqual(status, 200)
      assert.strictEqual(body.userId, "user-123")
      assert.match(body.userSecret, /^[0-9a-f-]{36}$/)
      assert.strictEqual(headers["x-request-id"], "local-1")
    }).pipe(Effect.provide(raw))
  )

  it.effect("at the old prefix too, which it calls deprecated", () =>
    Effect.gen(function* () {
      const { headers, status } = yield* request({ path: "/api/v1/snapTrade/registerUser" })
      assert.strictEqual(status, 200)
      assert.strictEqual(headers["deprecation"], "true")
    }).pipe(Effect.provide(raw))
  )
})

describe("it refuses", () => {
  const rows: ReadonlyArray<
    readonly [what: string, wrong: Parameters<typeof request>[0], status: number, code: string]
  > = [
    ["a clientId that it does not know", { clientId: "SOMEBODY-ELSE" }, 401, "1083"],
    ["a signature that does not verify", { signature: "AAAA" }, 401, "1076"],
    ["a request without a signature", { signature: "" }, 401, "0000"],
    ["a timestamp in milliseconds", { timestamp: "1715123456000" }, 401, "1076"],
    ["a timestamp that is more than five minutes off", { timestamp: "301" }, 401, "1076"],
    ["a timestamp that is no number", { timestamp: "now" }, 401, "1076"],
    ["a body that is not JSON", { body: "userId=user-123" }, 400, "1076"],
    ["a body without a userId", { body: '{"user":"user-123"}' }, 400, "1012"],
    ["an empty userId", { body: '{"userId":""}' }, 400, "1012"],
    ["a path that it does not have", { path: "/snapTrade/nothing" }, 404, "1011"]
  ]
  for (const [what, wrong, status, code] of rows) {
    it.effect(`${what} with ${status} / ${code}, and registers nobody`, () =>
      Effect.gen(function* () {
        const response = yield* request(wrong)
        assert.strictEqual(response.status, status)
        assert.strictEqual(response.body.code, code)
        assert.strictEqual(response.headers["x-request-id"], "local-1")
        assert.isEmpty(yield* (yield* LocalSnapTrade).users)
      }).pipe(Effect.provide(raw))
    )
  }

  it.effect("a user that exists with 400 / 1010", () =>
    Effect.gen(function* () {
      yield* request()
      const { body, status } = yield* request()
      assert.strictEqual(status, 400)
      assert.strictEqual(body.code, "1010")
    }).pipe(Effect.provide(raw))
  )
})

describe("its rate limit", () => {
  it.effect("counts requests in a rolling 60 seconds, on the Clock", () =>
    Effect.gen(function* () {
      const first = yield* request({ body: '{"userId":"1"}' })
      assert.strictEqual(first.headers["x-ratelimit-limit"], "2")
      assert.strictEqual(first.headers["x-ratelimit-remaining"], "1")
      assert.strictEqual(first.headers["x-ratelimit-reset"], "60")
      yield* TestClock.adjust("40 seconds")
      assert.strictEqual((yield* request({ body: '{"userId":"2"}' })).headers["x-ratelimit-remaining"], "0")
      const refused = yield* request({ body: '{"userId":"3"}' })
      assert.strictEqual(refused.status, 429)
      assert.strictEqual(refused.headers["x-ratelimit-reset"], "20")
      assert.strictEqual(refused.body.detail, "Request was throttled. Expected available in 20 seconds.")
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual((yield* request({ body: '{"userId":"3"}' })).status, 200)
      assert.strictEqual((yield* request({ body: '{"userId":"4"}' })).status, 429)
    }).pipe(Effect.provide(Layer.merge(TestSnapTrade.layerLocal({ requestsPerMinute: 2 }), TestSnapTrade.layerSigner)))
  )

  it.effect("is waited out by registerUser", () =>
    Effect.gen(function* () {
      yield* registerUser({ userId: "1" })
      yield* TestClock.adjust("50 seconds")
      const fiber = yield* Effect.forkChild(registerUser({ userId: "2" }))
      yield* TestClock.adjust("11 seconds")
      assert.strictEqual(fiber.pollUnsafe()?._tag, "Success")
    }).pipe(Effect.provide(TestSnapTrade.layer({ requestsPerMinute: 1 })))
  )
})

describe("of each request it tells", () => {
  const lastOf = (requests: ReadonlyArray<SeenRequest>) => requests.at(-1) ?? assert.fail("nothing came in")
  const seen = Effect.flatMap(LocalSnapTrade, (local) => Effect.map(local.requests, lastOf))

  it.effect("how it was answered, under which id and how long it took", () =>
    Effect.gen(function* () {
      yield* request()
      assert.deepStrictEqual((yield* seen).answered, { at: 0, duration: 0, sent: "reply", status: 200 })
      yield* (yield* LocalSnapTrade).next(Instruction.delay("3 seconds"))
      const fiber = yield* Effect.forkChild(request())
      yield* TestClock.adjust("1 second")
      assert.isUndefined((yield* seen).answered)
      yield* TestClock.adjust("2 seconds")
      const { headers } = yield* Fiber.join(fiber)
      const { answered, requestId } = yield* seen
      assert.deepStrictEqual(answered, { at: 3000, duration: 3000, sent: "reply", status: 400, code: "1010" })
      assert.strictEqual(requestId, headers["x-request-id"])
    }).pipe(Effect.provide(raw))
  )

  it.effect("the instruction that it used up, and that its reply was not sent", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.dropReply)
      yield* Effect.flip(request())
      const { answered, instruction } = yield* seen
      assert.deepStrictEqual(instruction, Instruction.dropReply)
      assert.deepStrictEqual(answered, { at: 0, duration: 0, sent: "nothing", status: 200 })
    }).pipe(Effect.provide(raw))
  )

  it.effect("the code of a failure that an instruction answered", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.fail(Failure.upstreamFailure, "default_detail, default_code"))
      yield* request()
      assert.deepInclude((yield* seen).answered, { status: 503, code: "3002" })
    }).pipe(Effect.provide(raw))
  )

  it.effect("that nothing was answered, where the client left before", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.delay("3 seconds"))
      const fiber = yield* Effect.forkChild(request())
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual((yield* seen).answered, { at: 1000, duration: 1000, sent: "nothing", status: 200 })
    }).pipe(Effect.provide(raw))
  )

  it.effect("why it was refused: the mistake, and expected and received beside each other", () =>
    Effect.gen(function* () {
      const sign = (yield* Signer).signWith((yield* LocalSnapTrade).consumerKey)
      const query = "clientId=LOCAL-SNAPTRADE&timestamp=0"
      const content = { userId: "user-123" }
      const signed = { content, path: "/api/v1/snapTrade/registerUser", query }
      const signature = yield* sign(canonicalRequest(signed))
      const expected = yield* sign(canonicalRequest({ ...signed, path: "/snapTrade/registerUser" }))
      const { body, status } = yield* request({ signature })
      assert.deepStrictEqual({ status, body }, { status: 401, body: Failure.failureBody(Failure.signatureRejected) })
      const { explanation } = yield* seen
      assert.deepStrictEqual(
        explanation?.mistakes.map(({ mistake }) => mistake),
        ["path-with-old-prefix"]
      )
      assert.deepStrictEqual(explanation?.signature, { expected, received: signature })
    }).pipe(Effect.provide(raw))
  )

  it.effect("no explanation where the signature verified", () =>
    Effect.gen(function* () {
      yield* request()
      yield* request()
      assert.isUndefined((yield* seen).explanation)
    }).pipe(Effect.provide(raw))
  )
})

it.effect("it remembers as many requests as it is told, the last ones", () =>
  Effect.gen(function* () {
    for (let i = 0; i < 3; i++) yield* request()
    const remembered = yield* (yield* LocalSnapTrade).requests
    assert.deepStrictEqual(
      remembered.map(({ requestId }) => requestId),
      ["local-2", "local-3"]
    )
  }).pipe(Effect.provide(Layer.merge(TestSnapTrade.layerLocal({ requestsKept: 2 }), TestSnapTrade.layerSigner)))
)

it.effect("whoever observes it is told of a request when it has come and when it is answered", () =>
  Effect.gen(function* () {
    const told: Array<SeenRequest> = []
    const observe = (seen: SeenRequest) => Effect.sync(() => void told.push(seen))
    yield* request().pipe(Effect.provide(Layer.merge(TestSnapTrade.layerLocal({ observe }), TestSnapTrade.layerSigner)))
    assert.deepStrictEqual(
      told.map(({ answered, requestId }) => [requestId, answered?.status]),
      [
        ["local-1", undefined],
        ["local-1", 200]
      ]
    )
  })
)

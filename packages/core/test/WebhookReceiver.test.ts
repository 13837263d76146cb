import * as Webhook from "@effect-snaptrade/core/webhook"
import { TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { createHmac } from "node:crypto"

const consumerKey = "7xY0example0consumer0key0AbCdEf"
const webhookSecret = "lgCQWztweEFcHvjdLhHc"

const base64Hmac = (message: string, key = consumerKey) => createHmac("sha256", key).update(message).digest("base64")

/** A webhook that SnapTrade sends at a time, signed. */
const webhook = (sentAt: number, fields: object = {}) => {
  const body = JSON.stringify({
    webhookId: "dbaee13a-1184-4677-9741-b6845e60ee3a",
    clientId: "MY-APP",
    eventTimestamp: new Date(sentAt).toISOString(),
    userId: "user-123",
    eventType: "USER_DELETED",
    webhookSecret,
    ...fields
  })
  return { headers: { Signature: base64Hmac(body) } as Record<string, string>, body }
}
type Sent = ReturnType<typeof webhook>

const request = ({ body, headers }: { readonly headers: Record<string, string>; readonly body: BodyInit }) => {
  // undici wants duplex for a stream; the types of the Web do not know it.
  const init = { method: "POST", headers, body, duplex: "half" }
  return new Request("https://my.app/webhooks/snaptrade", init)
}

const layerVerifier = Webhook.layer({ consumerKey: Redacted.make(consumerKey), tolerance: "4 hours" }).pipe(
  Layer.provide(TestSnapTrade.layerSigner)
)
const layerTest = Layer.merge(Layer.orDie(layerVerifier), Webhook.layerStoreMemory())

class NoDatabase extends Error {
  readonly _tag = "WebhookReplayed"
}

/** A handler that keeps what it is called with, and fails as often as it is told. */
const recorder = (failures = 0) => {
  const events: Array<Webhook.WebhookEvent> = []
  return {
    events,
    handle: (event: Webhook.WebhookEvent) =>
      Effect.suspend(() => {
        events.push(event)
        return events.length <= failures ? Effect.fail(new NoDatabase("secret-host:5432 is down")) : Effect.void
      })
  }
}

describe("receive", () => {
  it.effect("verifies, decodes and hands over, and answers what the handler answers", () =>
    Effect.gen(function* () {
      const type = yield* Webhook.receive(webhook(0), (event) => Effect.succeed(event.eventType))
      assert.strictEqual(type, "USER_DELETED")
    }).pipe(Effect.provide(layerTest))
  )

  it.effect("hands over nothing that is not verified", () =>
    Effect.gen(function* () {
      const { events, handle } = recorder()
      const { body } = webhook(0)
      const error = yield* Effect.flip(
        Webhook.receive({ headers: { Signature: base64Hmac(body, "other") }, body }, handle)
      )
      assert.strictEqual(error._tag, "WebhookSignatureRejected")
      assert.isEmpty(events)
    }).pipe(Effect.provide(layerTest))
  )

  it.effect("tells a replay, and not for one that failed before", () =>
    Effect.gen(function* () {
      const { events, handle } = recorder(1)
      const failure = yield* Effect.flip(Webhook.receive(webhook(0), handle))
      assert.instanceOf(failure, NoDatabase)
      yield* TestClock.adjust("30 minutes")
      yield* Webhook.receive(webhook(0), handle)
      const replay = yield* Effect.flip(Webhook.receive(webhook(0), handle))
      assert.deepStrictEqual(replay, new Webhook.Replayed({ webhookId: "dbaee13a-1184-4677-9741-b6845e60ee3a" }))
      assert.lengthOf(events, 2)
    }).pipe(Effect.provide(layerTest))
  )

  it.effect("remembers no id of a webhook that was not SnapTrade's", () =>
    Effect.gen(function* () {
      const { handle } = recorder()
      const { body, headers } = webhook(0)
      yield* Effect.flip(Webhook.receive({ headers: { Signature: base64Hmac(body, "other") }, body }, handle))
      yield* Webhook.receive({ headers, body }, handle)
    }).pipe(Effect.provide(layerTest))
  )

  it.effect("takes a notification that goes to two OAuth apps for two", () =>
    Effect.gen(function* () {
      const { events, handle } = recorder()
      const told = { schemaVersion: "oauth_v1", clientId: undefined, connectionId: "c" }
      for (const fields of [
        { ...told, oauthClientId: "one", eventType: "CONNECTION_BROKEN" },
        { ...told, oauthClientId: "two", eventType: "CONNECTION_BROKEN" },
        { ...told, oauthClientId: "one", eventType: "NEW" },
        { ...told, oauthClientId: "two", eventType: "NEW" }
      ]) {
        yield* Effect.exit(Webhook.receive(webhook(0, fields), handle))
      }
      assert.deepStrictEqual(
        events.map(({ eventType }) => eventType),
        ["CONNECTION_BROKEN", "CONNECTION_BROKEN"]
      )
    }).pipe(Effect.provide(layerTest))
  )
})

type Fetch = (sent: { readonly headers: Record<string, string>; readonly body: BodyInit }) => Effect.Effect<{
  readonly status: number
  readonly text: string
}>

const answerOf = (response: Response) =>
  Effect.map(
    Effect.promise(() => response.text()),
    (text) => ({ status: response.status, text })
  )

type Handle = (event: Webhook.WebhookEvent) => Effect.Effect<unknown, unknown>

/** Each of the ways in which an app takes them. */
const ways: Record<string, (handle: Handle, options?: Webhook.HandlerOptions) => Effect.Effect<Fetch>> = {
  "the effect/http handler": (handle, options) =>
    Effect.map(
      Effect.scoped(Layer.build(layerTest)),
      (context): Fetch =>
        (sent) =>
          Webhook.handler(handle, options).pipe(
            Effect.provideService(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromWeb(request(sent))),
            Effect.provideContext(context),
            Effect.flatMap((response) => answerOf(HttpServerResponse.toWeb(response)))
          )
    ),
  "an effect/http route": (handle, options) =>
    Effect.sync(() => {
      const { handler } = HttpRouter.toWebHandler(
        HttpRouter.add("POST", "/webhooks/snaptrade", Webhook.handler(handle, options)).pipe(
          Layer.provideMerge(layerTest),
          Layer.merge(Logger.layer([]))
        ),
        { disableLogger: true }
      )
      return (sent) =>
        Effect.flatMap(
          Effect.promise(() => handler(request(sent))),
          answerOf
        )
    }),
  "the fetch handler": (handle, options) =>
    Effect.sync(() => {
      const handler = Webhook.toWebHandler(handle, Layer.merge(layerTest, Logger.layer([])), options)
      return (sent) =>
        Effect.flatMap(
          Effect.promise(() => handler(request(sent))),
          answerOf
        )
    })
}

for (const [way, open] of Object.entries(ways)) {
  describe(`through ${way}`, () => {
    // The fetch handlers have clocks of their own, which are the machine's.
    const now = () => Date.now()
    const opened = (handle: Handle, options?: Webhook.HandlerOptions) =>
      Effect.tap(open(handle, options), TestClock.setTime(now()))

    it.effect("answers 200 to a webhook that is handled, and hands over its event", () =>
      Effect.gen(function* () {
        const { events, handle } = recorder()
        const fetch = yield* opened(handle)
        assert.deepStrictEqual(yield* fetch(webhook(now())), { status: 200, text: "" })
        assert.deepStrictEqual(
          events.map(({ eventType, webhookId }) => ({ eventType, webhookId })),
          [{ eventType: "USER_DELETED", webhookId: "dbaee13a-1184-4677-9741-b6845e60ee3a" }]
        )
      })
    )

    it.effect("answers 200 to a replay, and does not handle it again", () =>
      Effect.gen(function* () {
        const { events, handle } = recorder()
        const fetch = yield* opened(handle)
        const sent = webhook(now())
        yield* fetch(sent)
        assert.deepStrictEqual(yield* fetch(sent), { status: 200, text: "" })
        assert.lengthOf(events, 1)
      })
    )

    it.effect("answers 500 when the handler fails, does not tell with what, and takes the next delivery", () =>
      Effect.gen(function* () {
        const { events, handle } = recorder(1)
        const fetch = yield* opened(handle)
        const sent = webhook(now())
        const failed = yield* fetch(sent)
        assert.deepStrictEqual(failed, { status: 500, text: '{"error":"The webhook could not be handled."}' })
        assert.strictEqual((yield* fetch(sent)).status, 200)
        assert.strictEqual((yield* fetch(sent)).status, 200)
        assert.lengthOf(events, 2)
      })
    )

    it.effect("answers 500 when the handler throws, or interrupts itself", () =>
      Effect.gen(function* () {
        const throwing = yield* opened(() => {
          throw new NoDatabase("secret-host:5432 is down")
        })
        const { status, text } = yield* throwing(webhook(now()))
        assert.strictEqual(status, 500)
        assert.notInclude(text, "secret-host")
        const interrupting = yield* opened(() => Effect.interrupt)
        assert.strictEqual((yield* interrupting(webhook(now()))).status, 500)
      })
    )

    it.effect("answers 401 without a signature, and with a wrong one", () =>
      Effect.gen(function* () {
        const { events, handle } = recorder()
        const fetch = yield* opened(handle)
        const { body } = webhook(now())
        for (const headers of [{}, { Signature: base64Hmac(body, "other") }, { Signature: "AAAA" }]) {
          const { status, text } = yield* fetch({ headers, body })
          assert.strictEqual(status, 401)
          assert.notInclude(text, base64Hmac(body))
        }
        assert.isEmpty(events)
      })
    )

    it.effect("answers 400 to one that is stale, from the future or malformed", () =>
      Effect.gen(function* () {
        const { events, handle } = recorder()
        const fetch = yield* opened(handle)
        const notJson = { headers: { Signature: base64Hmac("{") }, body: "{" }
        for (const sent of [webhook(now() - 5 * 3_600_000), webhook(now() + 3_600_000), notJson]) {
          const { status, text } = yield* fetch(sent)
          assert.strictEqual(status, 400)
          assert.notInclude(text, webhookSecret)
        }
        assert.isEmpty(events)
      })
    )

    it.effect("answers 400 to an empty body and to a body beyond the limit, told or not", () =>
      Effect.gen(function* () {
        const { events, handle } = recorder()
        const fetch = yield* opened(handle)
        const long = webhook(now(), { text: "x".repeat(1024 * 1024) })
        const streamed = () => new Blob([long.body]).stream()
        for (const sent of [
          { headers: { Signature: base64Hmac("") }, body: "" },
          long,
          { ...long, headers: { ...long.headers, "content-length": String(long.body.length) } },
          { ...long, body: streamed() },
          { ...long, headers: { ...long.headers, "content-length": "1" }, body: streamed() }
        ]) {
          assert.strictEqual((yield* fetch(sent)).status, 400)
        }
        assert.isEmpty(events)
      })
    )

    it.effect("reads a body of up to a megabyte, or what it is told", () =>
      Effect.gen(function* () {
        const { handle } = recorder()
        const fetch = yield* opened(handle)
        assert.strictEqual((yield* fetch(webhook(now(), { text: "x".repeat(1024 * 1024 - 1024) }))).status, 200)
        const strict = yield* opened(handle, { maxBodySize: 100 })
        assert.include((yield* strict(webhook(now()))).text, "longer than 100 bytes")
      })
    )

    it.effect("answers 409 to a second delivery at once, which comes again when the first has failed", () =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void, NoDatabase>()
        const begun = yield* Deferred.make<void>()
        const fetch = yield* opened(() => Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(gate)))
        const sent = webhook(now())
        const first = yield* Effect.forkChild(fetch(sent))
        yield* Deferred.await(begun)
        assert.strictEqual((yield* fetch(sent)).status, 409)
        yield* Deferred.fail(gate, new NoDatabase())
        assert.strictEqual((yield* Fiber.join(first)).status, 500)
        assert.strictEqual((yield* fetch(sent)).status, 500)
      })
    )
  })
}

describe("the log of a handler", () => {
  it.effect("says why a webhook was refused or failed, without the webhook's secret", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.map(Logger.formatLogFmt, (line) => void lines.push(line))
      const answering = (sent: Sent, handle: Handle) =>
        Effect.provideService(
          Webhook.handler(handle),
          HttpServerRequest.HttpServerRequest,
          HttpServerRequest.fromWeb(request(sent))
        )
      const { handle } = recorder(1)
      yield* Effect.gen(function* () {
        yield* answering(webhook(0), handle)
        yield* answering(webhook(0), handle)
        yield* answering(webhook(0), handle)
        yield* answering({ ...webhook(0), headers: {} }, handle)
        yield* answering(webhook(0, { webhookId: "another" }), (event) => Effect.fail(event))
      }).pipe(Effect.provide(Layer.merge(layerTest, Logger.layer([logger]))))
      const log = lines.join("\n")
      for (const said of [
        "secret-host:5432 is down",
        "was handled before",
        "has no Signature header",
        "will deliver it again"
      ]) {
        assert.include(log, said)
      }
      assert.notInclude(log, webhookSecret)
      assert.notInclude(log, consumerKey)
    })
  )
})

describe("the fetch handler's layer", () => {
  it.effect("is built by the first request, once", () =>
    Effect.gen(function* () {
      let built = 0
      const layer = Layer.effectDiscard(Effect.sync(() => built++))
      const handler = Webhook.toWebHandler(recorder().handle, Layer.mergeAll(layerTest, layer, Logger.layer([])))
      assert.strictEqual(built, 0)
      const send = Effect.promise(() => handler(request(webhook(Date.now()))))
      const responses = yield* Effect.all([send, send, send], { concurrency: "unbounded" })
      assert.include(
        responses.map(({ status }) => status),
        200
      )
      assert.strictEqual(built, 1)
    })
  )

  it.effect("that cannot be built yet is built anew by the next request, and once for all that come at once", () =>
    Effect.gen(function* () {
      let built = 0
      const layerReady = Layer.suspend(() => {
        built++
        const fails = Effect.andThen(
          Effect.promise(() => Promise.resolve()),
          Effect.fail("the database is starting")
        )
        return built < 3 ? Layer.effectDiscard(fails) : Layer.empty
      })
      const handler = Webhook.toWebHandler(recorder().handle, Layer.mergeAll(layerTest, layerReady, Logger.layer([])))
      const send = Effect.promise(() => handler(request(webhook(Date.now()))))
      const atOnce = yield* Effect.all([send, send, send], { concurrency: "unbounded" })
      assert.deepStrictEqual(
        atOnce.map(({ status }) => status),
        [500, 500, 500]
      )
      assert.strictEqual(built, 1)
      assert.strictEqual((yield* send).status, 500)
      assert.strictEqual((yield* send).status, 200)
      assert.strictEqual(built, 3)
    })
  )

  it.effect("that cannot be built is answered 500, each time, without a word why", () =>
    Effect.gen(function* () {
      const handler = Webhook.toWebHandler(
        recorder().handle,
        Layer.mergeAll(
          Webhook.layerStoreMemory(),
          Webhook.layer({ consumerKey: Redacted.make(""), tolerance: "4 hours" }).pipe(
            Layer.provide(TestSnapTrade.layerSigner)
          )
        )
      )
      const silenced = console.log
      const logged: Array<unknown> = []
      console.log = (...line: ReadonlyArray<unknown>) => void logged.push(...line)
      yield* Effect.addFinalizer(() => Effect.sync(() => (console.log = silenced)))
      for (let i = 0; i < 2; i++) {
        const response = yield* Effect.promise(() => handler(request(webhook(Date.now()))))
        assert.deepStrictEqual(yield* answerOf(response), {
          status: 500,
          text: '{"error":"The webhook could not be handled."}'
        })
      }
      assert.include(logged.join("\n"), "SNAPTRADE_CONSUMER_KEY")
    })
  )
})

it.effect("a request that is interrupted is not handled, is no failure to be logged, and comes again", () => {
  const logged: Array<unknown> = []
  const logger = Logger.make(({ message }) => void logged.push(message))
  return Effect.gen(function* () {
    const answering = (handle: Handle) =>
      Effect.provideService(
        Webhook.handler(handle),
        HttpServerRequest.HttpServerRequest,
        HttpServerRequest.fromWeb(request(webhook(0)))
      )
    const begun = yield* Deferred.make<void>()
    const fiber = yield* Effect.forkChild(
      answering(() => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
    )
    yield* Deferred.await(begun)
    yield* Fiber.interrupt(fiber)
    assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
    const { events, handle } = recorder()
    assert.strictEqual((yield* answering(handle)).status, 200)
    assert.lengthOf(events, 1)
    assert.isEmpty(logged)
  }).pipe(Effect.provide(Layer.merge(layerTest, Logger.layer([logger]))))
})

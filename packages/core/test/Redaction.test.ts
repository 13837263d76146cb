import { registerUser, type RegisterUserError, SnapTrade } from "@effect-snaptrade/core"
import { Failure, Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"

const consumerKey = "canary-consumer-key"
const userSecret = "canary-user-secret"

/** Whatever a value may be printed by. */
const printed = (value: unknown): string =>
  [
    String(value),
    JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part)),
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    value instanceof Error ? `${value.message}\n${value.stack}\n${inspect(value.cause)}` : ""
  ].join("\n")

/** Everything that an operation leaves behind where people look: its exit, its spans, its logs, its metrics. */
const traces = Effect.fnUntraced(function* (instructions: ReadonlyArray<Instruction.Instruction>) {
  const spans: Array<Tracer.Span> = []
  const logs: Array<string> = []
  const tracer = Tracer.make({
    span(options) {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  const logger = Logger.make(({ cause, message }) => {
    logs.push(inspect(message, { depth: 20 }), Cause.pretty(cause))
  })

  const local = yield* LocalSnapTrade
  yield* local.next(...instructions)
  const logged = registerUser({ userId: "user-123" }).pipe(
    Effect.tapCause((cause) => Effect.logFatal("registering failed", cause)),
    Effect.tap((user) => Effect.logInfo("registered", user)),
    Effect.withSpan("application"),
    Effect.provideService(Tracer.Tracer, tracer),
    // An application that traces all headers and propagates its spans must not make us do so.
    Effect.provideService(HttpClient.TracerHeaderFilter, () => true),
    Effect.provideService(HttpClient.TracerPropagationEnabled, true),
    Effect.provideService(HttpClient.TracerDisabledWhen, () => false),
    Effect.provideService(References.MinimumLogLevel, "All"),
    Effect.provide(Logger.layer([logger])),
    Effect.exit
  )
  const fiber = yield* Effect.forkChild(logged)
  yield* TestClock.adjust("2 minutes")
  const exit = yield* Fiber.join(fiber)
  const requests = yield* local.requests
  return {
    exit,
    spans,
    requests,
    everything: [
      printed(exit),
      Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "",
      ...(Exit.isFailure(exit)
        ? exit.cause.reasons.map((reason) => printed("error" in reason ? reason.error : reason))
        : []),
      ...spans.map((span) => printed([span.name, Array.from(span.attributes), span.status])),
      ...logs,
      yield* Metric.dump,
      printed(yield* SnapTrade),
      printed(yield* Effect.context<SnapTrade>())
    ].join("\n")
  }
})

const echo = (status: number) => Instruction.reply(status, { detail: `you sent ${consumerKey}`, code: consumerKey })

const endings: ReadonlyArray<readonly [ending: string, ...instructions: ReadonlyArray<Instruction.Instruction>]> = [
  ["ok", Instruction.reply(200, { userId: "user-123", userSecret })],
  ["UserAlreadyExists", Instruction.fail(Failure.userAlreadyExists)],
  ["PersonalKeyRefused", Instruction.fail(Failure.personalKey)],
  ["SignatureRejected", Instruction.fail(Failure.signatureRejected)],
  ["ClientIdRejected", Instruction.fail(Failure.clientIdRejected)],
  ["AccessDenied", Instruction.fail(Failure.notPermitted)],
  ["InvalidRequest", echo(400)],
  ["NotFound", Instruction.echo(404)],
  ["RateLimited", ...Array.from({ length: 3 }, () => Instruction.reply(429, {}, { "retry-after": "1" }))],
  ["ServerError", Instruction.echo(503)],
  ["ConnectionLost", Instruction.dropReply],
  ["RequestNotSent", Instruction.refuse, Instruction.refuse, Instruction.refuse],
  ["RequestTimeout", Instruction.delay("1 hour")],
  ["UnexpectedReply", Instruction.reply(200, { userId: "somebody else", userSecret })],
  ["UnexpectedReply", Instruction.reply(307, "", { location: `https://example.com/?key=${consumerKey}` })]
]

describe("no secret shows in exits, errors, spans, logs, metrics or services", () => {
  for (const [ending, ...instructions] of endings) {
    it.effect(`when registering ends in ${ending}`, () =>
      Effect.gen(function* () {
        const { everything, exit, requests } = yield* traces(instructions)
        assert.strictEqual(
          Exit.isSuccess(exit) ? "ok" : exit.cause.reasons.find(Cause.isFailReason)?.error._tag,
          ending as RegisterUserError["_tag"]
        )
        const local = yield* LocalSnapTrade
        const signatures = requests.map(({ headers }) => headers["signature"] ?? "no signature")
        const secrets = (yield* local.users).map((user) => Redacted.value(user.userSecret))
        for (const secret of [consumerKey, userSecret, ...signatures, ...secrets]) {
          for (const spelling of [secret, encodeURIComponent(secret), btoa(secret)]) {
            assert.notInclude(everything, spelling)
          }
        }
        assert.notInclude(everything, "timestamp=")
      }).pipe(Effect.provide(TestSnapTrade.layer({ consumerKey: Redacted.make(consumerKey), clientId: "MY-APP" })))
    )
  }

  it.effect("and what a server spells in hexadecimal, or with lower-case escapes, is taken out", () =>
    Effect.gen(function* () {
      const key = "canary+consumer/key é"
      const hex = Buffer.from(key).toString("hex")
      const lower = "canary%2bconsumer%2fkey%20%c3%a9"
      const form = "canary%2bconsumer%2fkey+%c3%a9"
      yield* (yield* LocalSnapTrade).next(
        Instruction.reply(400, { detail: [hex, hex.toUpperCase(), lower, form, encodeURIComponent(key)].join(" ") })
      )
      const error = yield* Effect.flip(registerUser({ userId: "user-123" }))
      assert.deepInclude(error, { detail: Array.from({ length: 5 }, () => "<redacted>").join(" ") })
    }).pipe(Effect.provide(TestSnapTrade.layer({ consumerKey: Redacted.make("canary+consumer/key é") })))
  )

  it.effect("and what a server echoes of signature and query is taken out", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.echo(400))
      const error = yield* Effect.flip(registerUser({ userId: "user-123" }))
      const [request] = yield* (yield* LocalSnapTrade).requests
      assert.deepInclude(error, {
        _tag: "InvalidRequest",
        detail: '<redacted> <redacted> {"userId":"<redacted>"}'
      })
      assert.notInclude(printed(error), request?.headers["signature"] ?? "no signature")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )
})

describe("what is told about an operation", () => {
  it.effect("is one span with OpenTelemetry's names, inside the application's", () =>
    Effect.gen(function* () {
      const { spans } = yield* traces([Instruction.fail(Failure.userAlreadyExists)])
      assert.deepStrictEqual(
        spans.map((span) => span.name),
        ["application", "SnapTrade.registerUser"]
      )
      const span = spans[1]
      assert.strictEqual(span?.kind, "client")
      assert.deepStrictEqual(Object.fromEntries(span?.attributes ?? []), {
        "http.request.method": "POST",
        "url.template": "/snapTrade/registerUser",
        "url.scheme": "https",
        "server.address": "api.snaptrade.com",
        "server.port": 443,
        "http.response.status_code": 400,
        "error.type": "UserAlreadyExists",
        "snaptrade.code": "1010",
        "snaptrade.outcome": "not-applied",
        "snaptrade.request_id": "local-1"
      })
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("is a count, its requests, and a duration in seconds, by how it ended", () =>
    Effect.gen(function* () {
      yield* traces([Instruction.reply(429, {}, { "retry-after": "2" })])
      const attributes = { "snaptrade.operation": "registerUser", "snaptrade.result": "ok" }
      const snapshots = (yield* Metric.snapshot).filter(({ id }) => id.startsWith("snaptrade."))
      assert.deepStrictEqual(
        snapshots.map((snapshot) => [snapshot.id, snapshot.attributes]),
        [
          ["snaptrade.client.operations", attributes],
          ["snaptrade.client.attempts", attributes],
          ["snaptrade.client.operation.duration", attributes]
        ]
      )
      assert.deepInclude(snapshots[0]?.state, { count: 1 })
      assert.deepInclude(snapshots[1]?.state, { count: 2 })
      const { sum } = { sum: undefined, ...snapshots[2]?.state }
      assert.isAtLeast(Number(sum), 2)
      assert.isBelow(Number(sum), 2.3)
    }).pipe(
      Effect.provideServiceEffect(
        Metric.MetricRegistry,
        Effect.sync(() => new Map())
      ),
      Effect.provide(TestSnapTrade.layer())
    )
  )

  it.effect.each([true, false])("has its name in the stack trace of whatever it ends in, spans made: %s", (enabled) =>
    Effect.gen(function* () {
      yield* registerUser({ userId: "user-123" })
      const failed = yield* Effect.exit(registerUser({ userId: "user-123" }))
      const refused = yield* Effect.exit(registerUser({ userId: "" }))
      const broken = TestSnapTrade.layer({ transformClient: HttpClient.mapRequest(() => assert.fail("broken")) })
      const died = yield* Effect.exit(registerUser({ userId: "user-123" }).pipe(Effect.provide(broken)))
      for (const exit of [failed, refused, died]) {
        assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "at SnapTrade.registerUser")
      }
    }).pipe(Effect.provide(TestSnapTrade.layer()), Effect.provideService(References.TracerEnabled, enabled))
  )

  it.effect("has the spans of a transformed client inside it, and those of that client's own requests", () => {
    const spans: Array<Tracer.Span> = []
    const tracer = Tracer.make({
      span(options) {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    // As one that fetches a proxy's token would.
    const tokens = HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response())))
    const transformClient = HttpClient.mapRequestEffect((request: HttpClientRequest.HttpClientRequest) =>
      Effect.as(Effect.withSpan(Effect.ignore(tokens.get("http://proxy.example.com/")), "token"), request)
    )
    return Effect.gen(function* () {
      yield* registerUser({ userId: "user-123" })
      assert.deepStrictEqual(
        spans.map(({ name, parent }) => [name, Option.getOrUndefined(Option.map(parent, ({ spanId }) => spanId))]),
        [
          ["SnapTrade.registerUser", undefined],
          ["token", spans[0]?.spanId],
          ["GET", spans[1]?.spanId]
        ]
      )
    }).pipe(Effect.provide(TestSnapTrade.layer({ transformClient })), Effect.provideService(Tracer.Tracer, tracer))
  })
})

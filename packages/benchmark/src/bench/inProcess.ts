/**
 * What one call costs in the process, without a network: ours over an `HttpClient` that answers at once. Prints microseconds
 * as JSON. With a file as second argument it writes a CPU profile of the calls there instead.
 */
import { makeSnapTradeOn, registerUser, Signer, SnapTrade } from "@effect-snaptrade/core"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { constFalse, identity } from "effect/Function"
import * as Cookies from "effect/http/Cookies"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { pipeArguments } from "effect/Pipeable"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import process from "node:process"
import type { InProcess } from "../results.ts"
import { median } from "../statistics.ts"
import { profiled } from "./profiled.ts"

const json = '{"userId":"user-123","userSecret":"4d1c8a0e-8a4a-4c5b-9b56-3f5f0c1e7a21"}'
const bytes = new TextEncoder().encode(json)
const headers = Headers.fromRecordUnsafe({
  "content-type": "application/json",
  "content-length": String(bytes.length),
  "x-request-id": "a3f0b1d2c4e5",
  "x-ratelimit-limit": "250",
  "x-ratelimit-remaining": "249",
  "x-ratelimit-reset": "60"
})
const unused = Effect.die("no registration reads this")

// A whole one by `fromWeb` costs more than what is measured.
class Reply extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  constructor(request: HttpClientRequest.HttpClientRequest) {
    super()
    this.request = request
  }
  get url() {
    return this.request.url
  }
  get status() {
    return 200
  }
  get headers() {
    return headers
  }
  get cookies() {
    return Cookies.empty
  }
  get remoteAddress() {
    return Option.none<string>()
  }
  get json() {
    return Effect.sync(() => JSON.parse(json))
  }
  get text() {
    return Effect.succeed(json)
  }
  get arrayBuffer() {
    return Effect.succeed(bytes.buffer)
  }
  get stream() {
    return Stream.succeed(bytes)
  }
  get formData() {
    return unused
  }
  get urlParamsBody() {
    return unused
  }
  get upgrade() {
    return unused
  }
  toJSON() {
    return json
  }
  pipe() {
    return pipeArguments(this, arguments)
  }
}

// undici does not load on Bun.
const layerSigner =
  "bun" in process.versions
    ? (await import("@effect-snaptrade/bun")).BunSnapTrade.layerSigner
    : (await import("@effect-snaptrade/node")).NodeSnapTrade.layerSigner

const stub = HttpClient.makeWith<never, never, HttpClientError, never>(
  Effect.flatMapEager((request) => Effect.succeed(new Reply(request))),
  Effect.succeed
)
const layerStub = Layer.effect(
  SnapTrade,
  Effect.flatMap(Signer, (signer) =>
    makeSnapTradeOn(
      { client: stub, signer, witness: () => ({ context: identity, neverSent: constFalse }) },
      { clientId: "BENCHMARK", consumerKey: Redacted.make("a consumer key") }
    )
  )
).pipe(Layer.provide(layerSigner))

const one = Effect.flatMap(registerUser({ userId: "user-123" }), (user) =>
  Redacted.value(user.userSecret).length === 36 ? Effect.void : Effect.die("no user was registered")
)

const inOwnFiber = Effect.contextWith((context: Context.Context<SnapTrade>) =>
  Effect.promise(() => Effect.runPromiseWith(context)(one))
)
const stubAlone = stub.execute(HttpClientRequest.post("http://127.0.0.1/")).pipe(
  Effect.flatMap((reply) => reply.arrayBuffer),
  Effect.asVoid
)

// Small enough that most batches run between two interruptions by the machine's other work; the median is theirs.
const size = 20

const batchesOf = <E, R>(effect: Effect.Effect<void, E, R>, milliseconds: number) =>
  Effect.gen(function* () {
    const batches: Array<number> = []
    const end = performance.now() + milliseconds
    while (performance.now() < end) {
      const before = performance.now()
      for (let i = 0; i < size; i++) yield* effect
      batches.push(((performance.now() - before) * 1000) / size)
    }
    return batches
  })

const milliseconds = Number(process.argv[2] ?? 1000)
const profileFile = process.argv[3]
const rounds = 4

const program = Effect.gen(function* () {
  const batches = { traced: [], untraced: [], ownFiber: [], stub: [] } as Record<keyof InProcess, Array<number>>
  for (let round = 0; round < rounds; round++) {
    const measured = {
      traced: yield* batchesOf(one, milliseconds / rounds),
      untraced: yield* Effect.provideService(batchesOf(one, milliseconds / rounds), References.TracerEnabled, false),
      ownFiber: yield* batchesOf(inOwnFiber, milliseconds / rounds),
      stub: yield* batchesOf(stubAlone, milliseconds / rounds)
    }
    // In the first round code is still being compiled.
    if (round === 0) continue
    for (const way of Object.keys(measured) as Array<keyof InProcess>) batches[way].push(...measured[way])
  }
  const result: InProcess = {
    traced: median(batches.traced),
    untraced: median(batches.untraced),
    ownFiber: median(batches.ownFiber),
    stub: median(batches.stub)
  }
  process.stdout.write(JSON.stringify(result))
})

const profiling = (file: string) =>
  Effect.contextWith((context: Context.Context<SnapTrade>) => {
    const run = () => Effect.runPromiseWith(context)(batchesOf(one, milliseconds))
    return Effect.promise(() => run().then(() => profiled(file, run)))
  })

await Effect.runPromise(Effect.provide(profileFile === undefined ? program : profiling(profileFile), layerStub))

import {
  defaultRetryPolicy,
  layerSnapTrade,
  listUsers,
  type ListUsersError,
  type SnapTrade
} from "@effect-snaptrade/core"
import { Failure, Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

const exact = { ...defaultRetryPolicy, jitter: 0 }

const listing = (...instructions: ReadonlyArray<Instruction.Instruction>) =>
  Effect.gen(function* () {
    yield* (yield* LocalSnapTrade).next(...instructions)
    const fiber = yield* Effect.forkChild(Effect.result(listUsers()))
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.join(fiber)
  }).pipe(Effect.provide(TestSnapTrade.layer({ retryPolicy: exact })))

/** SnapTrade whose reply is this stream of chunks. */
const answering = (chunks: Stream.Stream<Uint8Array>) =>
  layerSnapTrade({ clientId: "MY-APP", consumerKey: Redacted.make("a key") }).pipe(
    Layer.provide(TestSnapTrade.layerSigner),
    Layer.provide(
      Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make((request) =>
          Effect.map(Stream.toReadableStreamEffect(chunks), (body) =>
            HttpClientResponse.fromWeb(request, new Response(body))
          )
        )
      )
    )
  )

const utf8 = new TextEncoder()

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

describe("listUsers", () => {
  it.effect("answers an array of ids", () =>
    Effect.gen(function* () {
      const result = yield* listing(Instruction.reply(200, ["user-1", "é 👩‍💻", ""]))
      assert.deepStrictEqual(result, Result.succeed(["user-1", "é 👩‍💻", ""]))
    })
  )

  it.effect("answers an empty one when nobody is registered", () =>
    Effect.gen(function* () {
      const result = yield* listing(Instruction.reply(200, []))
      assert.deepStrictEqual(result, Result.succeed([]))
    })
  )

  it.effect("takes lists that are longer than what other replies may be", () =>
    Effect.gen(function* () {
      const ids = Array.from({ length: 10_000 }, (_, i) => `user-${i}`)
      const result = yield* listing(Instruction.reply(200, ids))
      assert.deepStrictEqual(result, Result.succeed(ids))
    })
  )

  const unusable: ReadonlyArray<readonly [what: string, body: string | Uint8Array]> = [
    ["an object", '{"users":[]}'],
    ["null", "null"],
    ["HTML", "<html></html>"],
    ["nothing", ""],
    ["half a list", '["user-1","us'],
    ["a list with something else in it", '["user-1",2]'],
    ["a list with more behind it", '["user-1"]]'],
    ["a byte that is not UTF-8", new Uint8Array([...utf8.encode('["user-'), 0xff, ...utf8.encode('"]')])],
    ["one endless id", JSON.stringify(["x".repeat(70_000)])]
  ]
  for (const [what, body] of unusable) {
    it.effect(`is UnexpectedReply when it is answered ${what}`, () =>
      Effect.gen(function* () {
        const result = yield* listing(Instruction.reply(200, body))
        assert.strictEqual(result._tag === "Failure" ? result.failure._tag : result._tag, "UnexpectedReply")
      })
    )
  }

  for (const [what, instruction] of [
    ["a server error", Instruction.fail(Failure.upstreamFailure)],
    ["a lost reply", Instruction.dropReply],
    ["a refused connection", Instruction.refuse],
    ["a rate limit", Instruction.fail(Failure.throttled(2))]
  ] as const) {
    it.effect(`is asked again after ${what}: it changes nothing`, () =>
      Effect.gen(function* () {
        const result = yield* listing(instruction, Instruction.reply(200, ["user-1"]))
        assert.strictEqual(result._tag, "Success")
      })
    )
  }
})

describe("listUsers.stream", () => {
  it.effect("gives ids as they arrive, wherever the chunks are cut", () =>
    Effect.gen(function* () {
      const ids = yield* Stream.runCollect(listUsers.stream())
      assert.deepStrictEqual(ids, ["é", "👩‍💻", "c"])
    }).pipe(
      Effect.provide(
        answering(Stream.fromIterable(Array.from(utf8.encode('["é","👩‍💻", "c" ]'), (byte) => Uint8Array.of(byte))))
      )
    )
  )

  it.effect("needs no end of the list for its beginning", () =>
    Effect.gen(function* () {
      const first = yield* Stream.runHead(listUsers.stream())
      assert.deepInclude(first, { _tag: "Some", value: "user-1" })
    }).pipe(Effect.provide(answering(Stream.concat(Stream.succeed(utf8.encode('["user-1","us')), Stream.never))))
  )

  it.effect("fails as the table says when the reply is a failure", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.fail(Failure.clientIdRejected))
      const error = yield* Effect.flip(Stream.runDrain(listUsers.stream()))
      assert.strictEqual(error._tag, "ClientIdRejected")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("ends in RequestTimeout when no more comes for as long as the time budget", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.flip(Stream.runDrain(listUsers.stream())))
      while (fiber.pollUnsafe() === undefined) {
        yield* TestClock.withLive(Effect.sleep(1))
        yield* TestClock.adjust("10 seconds")
      }
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "RequestTimeout")
    }).pipe(Effect.provide(answering(Stream.concat(Stream.succeed(utf8.encode('["user-1","us')), Stream.never))))
  )

  it.live("a million ids pass in memory that does not grow with their number", () =>
    Effect.gen(function* () {
      const id = '"9a7b5e3c-0000-4000-8000-000000000000"'
      const thousand = utf8.encode(Array.from({ length: 1000 }, () => id).join(",") + ",")
      const list = Stream.concat(
        Stream.succeed(utf8.encode("[")),
        Stream.concat(
          Stream.map(Stream.range(1, 1000), () => thousand),
          Stream.succeed(utf8.encode(`${id}]`))
        )
      )
      const heaps: Array<number> = []
      const count = yield* listUsers.stream().pipe(
        Stream.zipWithIndex,
        Stream.tap(([, i]) =>
          Effect.sync(() => {
            if (i % 100_000 === 50_000) {
              collectGarbage()
              heaps.push(process.memoryUsage().heapUsed)
            }
          })
        ),
        Stream.runCount,
        Effect.provide(answering(list))
      )
      assert.strictEqual(count, 1_000_001)
      assert.lengthOf(heaps, 10)
      // 39 MB of ids went by.
      assert.isBelow((heaps.at(-1) ?? 0) - (heaps[1] ?? 0), 5_000_000)
    })
  )
})

describe("types", () => {
  it("listUsers lists, fails and streams as it says", () => {
    expectTypeOf(listUsers()).toEqualTypeOf<Effect.Effect<ReadonlyArray<string>, ListUsersError, SnapTrade>>()
    expectTypeOf(listUsers.stream()).toEqualTypeOf<Stream.Stream<string, ListUsersError, SnapTrade>>()
    expectTypeOf<ListUsersError["_tag"]>().toEqualTypeOf<
      | "InvalidInput"
      | "RequestNotSent"
      | "RateLimited"
      | "ClientIdRejected"
      | "SignatureRejected"
      | "AccessDenied"
      | "InvalidRequest"
      | "NotFound"
      | "ServerError"
      | "ConnectionLost"
      | "RequestTimeout"
      | "UnexpectedReply"
    >()
  })
})

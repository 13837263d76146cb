import { Failure, Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer } from "@effect-snaptrade/testing/server"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import { vi } from "vitest"
import { bundle, localBindings, run, until } from "./workerd.ts"

vi.setConfig({ testTimeout: 30_000 })

const script = await bundle(new URL("workers/registering.ts", import.meta.url))

// The first request is the first of an isolate: each test has one that has answered nothing.
const isolates = {
  fifty: {},
  cancelled: {},
  cancelledAmongOthers: {},
  cancelledWhileImporting: { IMPORT_TAKES: "3000" },
  ConnectionLost: {},
  ServerError: {},
  RequestTimeout: { TIMEOUT: "3000" },
  keyless: { SNAPTRADE_CONSUMER_KEY: "" }
}

type Isolate = keyof typeof isolates

const start = Effect.gen(function* () {
  const bindings = yield* localBindings
  const { worker } = yield* run(Record.map(isolates, (more) => ({ script, bindings: { ...bindings, ...more } })))
  const isolate = Effect.fnUntraced(function* (name: Isolate) {
    const { abandon, fetch } = yield* worker(name)
    const answer = Effect.fnUntraced(function* (path: string) {
      const response = yield* fetch(path)
      return yield* Effect.promise((): Promise<unknown> => response.json())
    })
    return {
      register: (userId: string) => answer(`/users/${userId}`),
      /** How many requests began, and how many of them ended. */
      requests: answer("/requests"),
      abandon: (userId: string, when: Effect.Effect<void>) => abandon(`/users/${userId}`, when)
    }
  })
  return { isolate }
})

class Workers extends Context.Service<Workers, Effect.Success<typeof start>>()("test-bundle/Workers") {
  static readonly layer = Layer.effect(Workers, start)
}

/** An isolate that was not used before, and a local SnapTrade that has forgotten what was before. */
const started = Effect.fnUntraced(function* (name: Isolate) {
  const local = yield* LocalSnapTrade
  yield* local.reset
  const { isolate } = yield* Workers
  return { local, worker: yield* isolate(name) }
})

const user = (userId: string) => ({ _tag: "User", userId })

const environment = Workers.layer.pipe(Layer.provideMerge(layerServer()))

layer(environment, { excludeTestServices: true, timeout: "30 seconds" })("The first requests of a Worker", (it) => {
  it.effect("50 at once register 50 users", () =>
    Effect.gen(function* () {
      const { local, worker } = yield* started("fifty")
      const userIds = Array.from({ length: 50 }, (_, index) => `user-${index}`)
      // Every one of them is still waiting for its reply when the last is sent.
      yield* local.next(...userIds.map(() => Instruction.delay("1 second")))
      const answers = yield* Effect.forEach(userIds, worker.register, { concurrency: "unbounded" })
      assert.deepStrictEqual(answers, userIds.map(user))
      const registered = new Set(Array.from(yield* local.users, ({ userId }) => userId))
      assert.deepStrictEqual(registered, new Set(userIds))
    })
  )

  it.effect("one that is cancelled while it waits for its reply holds up none after it", () =>
    Effect.gen(function* () {
      const { local, worker } = yield* started("cancelled")
      // The second ends after the first would have.
      yield* local.nextFor("first", Instruction.delay("2 seconds"))
      yield* local.nextFor("second", Instruction.delay("3 seconds"))
      const sent = until(Effect.map(local.requests, (requests) => requests.length === 1))
      yield* worker.abandon("first", sent)
      assert.deepStrictEqual(yield* worker.register("second"), user("second"))
      assert.deepStrictEqual(yield* worker.requests, { begun: 2, ended: 1 })
      assert.deepStrictEqual(yield* worker.register("third"), user("third"))
    })
  )

  it.effect("one that is cancelled while others wait beside it holds up none of them", () =>
    Effect.gen(function* () {
      const { local, worker } = yield* started("cancelledAmongOthers")
      const userIds = Array.from({ length: 10 }, (_, index) => `user-${index}`)
      yield* local.next(...userIds.map(() => Instruction.delay("2 seconds")))
      yield* local.nextFor("first", Instruction.delay("1 hour"))
      const allSent = until(Effect.map(local.requests, (requests) => requests.length === 11))
      const [, ...answers] = yield* Effect.all([worker.abandon("first", allSent), ...userIds.map(worker.register)], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(answers, userIds.map(user))
      assert.deepStrictEqual(yield* worker.requests, { begun: 11, ended: 10 })
    })
  )

  it.effect("one that is cancelled while the key is imported holds up none after it", () =>
    Effect.gen(function* () {
      const { local, worker } = yield* started("cancelledWhileImporting")
      const begun = until(Effect.map(worker.requests, (requests) => JSON.stringify(requests).includes('"begun":1')))
      yield* worker.abandon("first", begun)
      assert.deepStrictEqual(yield* worker.register("second"), user("second"))
      assert.deepStrictEqual(yield* worker.requests, { begun: 2, ended: 1 })
      assert.lengthOf(yield* local.requests, 1)
    })
  )

  const failures = [
    { what: "whose reply is lost", instruction: Instruction.dropReply, _tag: "ConnectionLost" },
    { what: "that SnapTrade fails", instruction: Instruction.fail(Failure.unexpectedException), _tag: "ServerError" },
    { what: "whose reply is late", instruction: Instruction.delay("1 hour"), _tag: "RequestTimeout" }
  ] as const
  for (const { _tag, instruction, what } of failures) {
    it.effect(`one ${what} is ${_tag}, unknown, and holds up none after it`, () =>
      Effect.gen(function* () {
        const { local, worker } = yield* started(_tag)
        yield* local.next(instruction)
        assert.deepStrictEqual(yield* worker.register("first"), { _tag, outcome: "unknown" })
        assert.deepStrictEqual(yield* worker.register("second"), user("second"))
      })
    )
  }

  it.effect("without a key each of them is told so, at once and later", () =>
    Effect.gen(function* () {
      const { worker } = yield* started("keyless")
      const rejected = {
        _tag: "Rejected",
        message:
          "InvalidCredentials: consumerKey (SNAPTRADE_CONSUMER_KEY) is missing or empty; keys come from the SnapTrade dashboard, https://dashboard.snaptrade.com"
      }
      const first = yield* Effect.forEach(["a", "b", "c"], worker.register, { concurrency: "unbounded" })
      assert.deepStrictEqual(first, [rejected, rejected, rejected])
      assert.deepStrictEqual(yield* worker.register("d"), rejected)
    })
  )
})

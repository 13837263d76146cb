import * as Webhook from "@effect-snaptrade/core/webhook"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"

const once = <A, E, R>(webhookId: string, handle: Effect.Effect<A, E, R>) =>
  Webhook.WebhookStore.use((store) => store.once(webhookId, handle))

/** Whether a delivery of an id is handled, and if not, why. */
const outcome = (webhookId: string) =>
  once(webhookId, Effect.succeed("handled")).pipe(Effect.catch((error) => Effect.succeed(error._tag)))

const inMemory = Webhook.layerStoreMemory()

describe("a store", () => {
  it.effect("handles a webhook once", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* outcome("a"), "handled")
      assert.strictEqual(yield* outcome("a"), "WebhookReplayed")
      assert.strictEqual(yield* outcome("b"), "handled")
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("answers what the handler answers, and names the id that it refuses", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* once("a", Effect.succeed(7)), 7)
      const error = yield* Effect.flip(once("a", Effect.succeed(7)))
      assert.deepStrictEqual(error, new Webhook.Replayed({ webhookId: "a" }))
      assert.strictEqual(error.message, "Webhook a was handled before.")
    }).pipe(Effect.provide(inMemory))
  )

  const failing: Record<string, Effect.Effect<never, string>> = {
    failed: Effect.fail("no database"),
    died: Effect.die("no database"),
    "was interrupted": Effect.interrupt
  }
  for (const [what, handle] of Object.entries(failing)) {
    it.effect(`lets the next delivery through when the first one's handler ${what}`, () =>
      Effect.gen(function* () {
        assert.isTrue(Exit.isFailure(yield* Effect.exit(once("a", handle))))
        assert.strictEqual(yield* outcome("a"), "handled")
        assert.strictEqual(yield* outcome("a"), "WebhookReplayed")
      }).pipe(Effect.provide(inMemory))
    )
  }

  it.effect("refuses a second delivery at once, and lets it through later if the first failed", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void, string>()
      const first = yield* Effect.forkChild(Effect.exit(once("a", Deferred.await(gate))), { startImmediately: true })
      assert.strictEqual(yield* outcome("a"), "WebhookInProgress")
      assert.strictEqual(yield* outcome("b"), "handled")
      yield* Deferred.fail(gate, "no database")
      yield* Fiber.join(first)
      assert.strictEqual(yield* outcome("a"), "handled")
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("refuses a second delivery at once, and calls it a replay later if the first succeeded", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const first = yield* Effect.forkChild(once("a", Deferred.await(gate)), { startImmediately: true })
      assert.strictEqual(yield* outcome("a"), "WebhookInProgress")
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(first)
      assert.strictEqual(yield* outcome("a"), "WebhookReplayed")
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("of 50 deliveries at once handles one", () =>
    Effect.gen(function* () {
      let handled = 0
      const handle = Effect.delay(
        Effect.sync(() => handled++),
        "1 second"
      )
      const all = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 50 }), () => Effect.exit(once("a", handle)), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("1 second")
      const exits = yield* Fiber.join(all)
      assert.strictEqual(handled, 1)
      assert.lengthOf(exits.filter(Exit.isSuccess), 1)
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("gets over a delivery that vanished, before SnapTrade delivers again after 30 minutes", () =>
    Effect.gen(function* () {
      yield* Effect.forkChild(once("a", Effect.never), { startImmediately: true })
      yield* TestClock.adjust("9 minutes")
      assert.strictEqual(yield* outcome("a"), "WebhookInProgress")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* outcome("a"), "handled")
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("keeps to the delivery that took over when the one that vanished ends after all", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void, string>()
      const first = yield* Effect.forkChild(Effect.exit(once("a", Deferred.await(gate))), { startImmediately: true })
      yield* TestClock.adjust("10 minutes")
      yield* Effect.forkChild(once("a", Effect.never), { startImmediately: true })
      yield* Deferred.fail(gate, "too late")
      yield* Fiber.join(first)
      assert.strictEqual(yield* outcome("a"), "WebhookInProgress")
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("records after the handler, and not without its success", () => {
    const happened: Array<string> = []
    const store = Webhook.makeStore({
      isHandled: () => Effect.succeed(false),
      record: (id) => Effect.sync(() => happened.push(`recorded ${id}`))
    })
    return Effect.gen(function* () {
      yield* once(
        "a",
        Effect.sync(() => happened.push("handled a"))
      )
      yield* Effect.flip(once("b", Effect.fail("no database")))
      assert.deepStrictEqual(happened, ["handled a", "recorded a"])
    }).pipe(Effect.provide(Layer.succeed(Webhook.WebhookStore, store)))
  })

  it.effect("records what was handled though the request is interrupted meanwhile", () =>
    Effect.gen(function* () {
      const recording = yield* Deferred.make<void>()
      const recorded = yield* Deferred.make<void>()
      const store = Webhook.makeStore({
        isHandled: () => Effect.succeed(false),
        record: () =>
          Deferred.succeed(recording, undefined).pipe(
            Effect.andThen(Effect.sleep("1 second")),
            Effect.andThen(Deferred.succeed(recorded, undefined))
          )
      })
      const fiber = yield* Effect.forkChild(store.once("a", Effect.void))
      yield* Deferred.await(recording)
      const interruption = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(interruption)
      assert.isTrue(yield* Deferred.isDone(recorded))
    })
  )
})

describe("the store in memory", () => {
  it.effect("forgets an id when its time is up", () =>
    Effect.gen(function* () {
      yield* outcome("a")
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual(yield* outcome("a"), "WebhookReplayed")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* outcome("a"), "handled")
    }).pipe(Effect.provide(Webhook.layerStoreMemory({ timeToLive: "1 hour" })))
  )

  it.effect("remembers for a day unless told", () =>
    Effect.gen(function* () {
      yield* outcome("a")
      yield* TestClock.adjust("86399 seconds")
      assert.strictEqual(yield* outcome("a"), "WebhookReplayed")
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("keeps no more ids than it may, the newest", () =>
    Effect.gen(function* () {
      yield* Effect.forEach(["a", "b", "c", "d"], outcome)
      assert.deepStrictEqual(yield* Effect.forEach(["b", "c", "d"], outcome), [
        "WebhookReplayed",
        "WebhookReplayed",
        "WebhookReplayed"
      ])
      assert.strictEqual(yield* outcome("a"), "handled")
    }).pipe(Effect.provide(Webhook.layerStoreMemory({ capacity: 3 })))
  )

  it.effect("is another one for each time that the layer is built", () =>
    Effect.gen(function* () {
      for (let i = 0; i < 2; i++) {
        const store = Context.get(yield* Layer.build(Layer.fresh(inMemory)), Webhook.WebhookStore)
        assert.strictEqual(yield* store.once("a", Effect.succeed("handled")), "handled")
      }
    })
  )
})

import { LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { layerSealer, layerVault, Vault, VaultStore } from "@effect-snaptrade/vault"
import * as SqliteClient from "@effect-snaptrade/vault/sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Redacted from "effect/Redacted"
import { join } from "node:path"
import { keyOf } from "./support.ts"
import { temporaryDirectory } from "./temporary.ts"

type Step = "complete" | "replaceSecret"

/** A vault on a SQLite file, with a moment that the test has to itself: the caller is about to store a secret. */
const interruptedAt = Effect.fnUntraced(function* (step: Step, when: "before" | "while") {
  const filename = join(yield* temporaryDirectory, "vault.db")
  const another = yield* SqliteClient.make({ filename }).pipe(Effect.provide(Reactivity.layer))
  const atTheStep = yield* Deferred.make<void>()
  const mayGoOn = yield* Deferred.make<void>()
  const mayWrite = yield* Deferred.make<void>()

  // Another program writes, so that the step's own write has to wait.
  const holdsTheFile = Effect.gen(function* () {
    const isHeld = yield* Deferred.make<void>()
    const holder = Effect.andThen(Deferred.succeed(isHeld, undefined), Deferred.await(mayWrite))
    yield* Effect.forkDetach(Effect.orDie(another.withTransaction(holder)))
    yield* Deferred.await(isHeld)
  })

  const layerStore = Layer.effect(
    VaultStore,
    Effect.map(VaultStore, (store) => {
      const arrive = Effect.andThen(holdsTheFile, Deferred.succeed(atTheStep, undefined))
      const atStep = <Input, A, E>(run: (input: Input) => Effect.Effect<A, E>) =>
        when === "before"
          ? (input: Input) => Effect.andThen(arrive, Effect.andThen(Deferred.await(mayGoOn), run(input)))
          : (input: Input) => Effect.andThen(arrive, run(input))
      return { ...store, [step]: step === "complete" ? atStep(store.complete) : atStep(store.replaceSecret) }
    })
  ).pipe(Layer.provide(SqliteClient.layerStoreSqlite({ filename, busyTimeout: "1 minute", timeout: "1 minute" })))

  const interrupt = Effect.fnUntraced(function* (caller: Fiber.Fiber<unknown, unknown>) {
    yield* Deferred.await(atTheStep)
    // Let the write reach the file that another holds.
    if (when === "while") yield* Effect.sleep("20 millis")
    const interrupting = yield* Effect.forkChild(Fiber.interrupt(caller), { startImmediately: true })
    yield* Deferred.succeed(mayGoOn, undefined)
    yield* Effect.sleep("20 millis")
    assert.isUndefined(caller.pollUnsafe())
    yield* Deferred.succeed(mayWrite, undefined)
    yield* Fiber.join(interrupting)
    assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(caller)))
  })

  return { interrupt, layerStore }
})

const secretIsStored = Effect.gen(function* () {
  const user = yield* Effect.flatMap(
    Vault.use((vault) => vault.find("alice")),
    Effect.fromOption
  )
  assert.isFalse(user.rotationUnknown)
  const users = yield* (yield* LocalSnapTrade).users
  assert.deepStrictEqual(
    users.map(({ userId, userSecret }) => [userId, Redacted.value(userSecret)]),
    [[user.userId, Redacted.value(user.userSecret)]]
  )
})

const run = Effect.fnUntraced(function* (step: Step, when: "before" | "while") {
  const { interrupt, layerStore } = yield* interruptedAt(step, when)
  const layerApp = layerVault().pipe(
    Layer.provide(layerStore),
    Layer.provide(layerSealer({ keys: [{ id: "a", key: keyOf(1) }] })),
    Layer.provideMerge(TestSnapTrade.layer())
  )
  yield* Effect.gen(function* () {
    const vault = yield* Vault
    if (step === "replaceSecret") yield* vault.ensureUser("alice")
    const call: Effect.Effect<unknown, unknown> =
      step === "complete" ? vault.ensureUser("alice") : vault.rotate("alice")
    yield* interrupt(yield* Effect.forkChild(call))
    yield* secretIsStored
  }).pipe(Effect.provide(layerApp))
})

describe("A secret that SnapTrade showed is stored in the database, though the caller is interrupted", () => {
  it.live("before the write of a registration begins", () => run("complete", "before"))
  it.live("while a registration is written", () => run("complete", "while"))
  it.live("before the write of a rotation begins", () => run("replaceSecret", "before"))
  it.live("while a rotation is written", () => run("replaceSecret", "while"))
})

import { registerUser, User } from "@effect-snaptrade/core"
import { Failure, Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { Onboarding } from "./Onboarding.ts"
import { signUp } from "./SignUp.ts"
import { UserRecord, UserStore } from "./UserStore.ts"

// The application's own layers over a SnapTrade in memory.
const layerTest = (store: Layer.Layer<UserStore>) =>
  Onboarding.layer.pipe(Layer.provideMerge([TestSnapTrade.layer(), store]))

const inMemory = layerTest(UserStore.layerMemory)

const onboard = (userId: string) => Onboarding.use((onboarding) => onboarding.onboard(userId))
const instruct = (...instructions: ReadonlyArray<Instruction.Instruction>) =>
  LocalSnapTrade.use((local) => local.next(...instructions))
const requestCount = LocalSnapTrade.use((local) => Effect.map(local.requests, (requests) => requests.length))

describe("Onboarding", () => {
  it.effect("keeps the secret of a user that it registers", () =>
    Effect.gen(function* () {
      const user = yield* onboard("ada")
      const [registered] = yield* (yield* LocalSnapTrade).users
      assert(registered !== undefined)
      assert.strictEqual(Redacted.value(user.userSecret), Redacted.value(registered.userSecret))
      const record = yield* (yield* UserStore).find("ada")
      assert.deepStrictEqual(record, Option.some(UserRecord.Registered({ user })))
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("answers a user that it knows without a request", () =>
    Effect.gen(function* () {
      const first = yield* onboard("ada")
      assert.deepStrictEqual(yield* onboard("ada"), first)
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("finds the secret that another process stored in the meantime", () => {
    const other = new User({ userId: "ada", userSecret: Redacted.make("theirs", { label: "userSecret" }) })
    let looked = false
    const store = Layer.succeed(UserStore, {
      find: () =>
        Effect.sync(() => {
          const record = looked ? Option.some(UserRecord.Registered({ user: other })) : Option.none()
          looked = true
          return record
        }),
      save: () => Effect.void
    })
    return Effect.gen(function* () {
      yield* registerUser({ userId: "ada" })
      assert.deepStrictEqual(yield* onboard("ada"), other)
    }).pipe(Effect.provide(layerTest(store)))
  })

  it.effect("says so when a user exists whose secret nobody stored", () =>
    Effect.gen(function* () {
      yield* registerUser({ userId: "ada" })
      const error = yield* Effect.flip(onboard("ada"))
      assert.strictEqual(error._tag, "SecretNotStored")
    }).pipe(Effect.provide(inMemory))
  )

  const lost = {
    "the reply is lost": Instruction.dropReply,
    "the server fails": Instruction.fail(Failure.unexpectedException),
    "the reply comes too late": Instruction.delay("1 hour"),
    "the reply makes no sense": Instruction.reply(200, { userId: "ada" })
  }
  for (const [what, instruction] of Object.entries(lost)) {
    it.effect(`burns the id when ${what}, and does not try it again`, () =>
      Effect.gen(function* () {
        yield* instruct(instruction)
        const fiber = yield* Effect.forkChild(Effect.flip(onboard("ada")))
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual((yield* Fiber.join(fiber))._tag, "UserIdBurnt")
        assert.strictEqual((yield* Effect.flip(onboard("ada")))._tag, "UserIdBurnt")
        assert.strictEqual(yield* requestCount, 1)
      }).pipe(Effect.provide(inMemory))
    )
  }

  it.effect("waits for a rate limit that ends soon", () =>
    Effect.gen(function* () {
      yield* instruct(Instruction.reply(429, {}, { "retry-after": "7" }))
      const fiber = yield* Effect.forkChild(onboard("ada"))
      yield* TestClock.adjust("6 seconds")
      assert.strictEqual(yield* requestCount, 1)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).userId, "ada")
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("says when to try again when a rate limit lasts longer", () =>
    Effect.gen(function* () {
      yield* instruct(Instruction.reply(429, {}, { "retry-after": "600" }))
      const error = yield* Effect.flip(onboard("ada"))
      assert(error._tag === "TryLater")
      assert.strictEqual(Duration.toSeconds(error.after), 600)
      assert.strictEqual((yield* onboard("ada")).userId, "ada")
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("can be tried again when SnapTrade was out of reach", () =>
    Effect.gen(function* () {
      yield* instruct(Instruction.refuse, Instruction.refuse, Instruction.refuse)
      const fiber = yield* Effect.forkChild(Effect.flip(onboard("ada")))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "TryLater")
      assert.strictEqual((yield* onboard("ada")).userId, "ada")
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("is refused where trying again would not help", () =>
    Effect.gen(function* () {
      yield* instruct(Instruction.fail(Failure.personalKey))
      const error = yield* Effect.flip(onboard("ada"))
      assert(error._tag === "OnboardingRefused")
      assert.strictEqual(error.reason, "PersonalKeyRefused")
      assert.deepStrictEqual(yield* (yield* UserStore).find("ada"), Option.none())
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("keeps the secret of a user whose caller has gone", () =>
    Effect.gen(function* () {
      yield* instruct(Instruction.delay("5 seconds"))
      const fiber = yield* Effect.forkChild(onboard("ada"))
      yield* TestClock.adjust("1 second")
      const interruption = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(interruption)
      assert.isTrue(Option.isSome(yield* (yield* UserStore).find("ada")))
    }).pipe(Effect.provide(inMemory))
  )
})

describe("signUp", () => {
  it.effect("registers, stores and answers a link that leads to the Connection Portal", () =>
    Effect.gen(function* () {
      const link = yield* signUp("ada")
      assert.match(Redacted.value(link), /redeemToken\?token=/)
      assert.notInclude(String(link), "token")
      assert.isTrue(Option.isSome(yield* (yield* UserStore).find("ada")))
      const again = yield* signUp("ada")
      assert.notStrictEqual(Redacted.value(again), Redacted.value(link))
      assert.lengthOf(yield* (yield* LocalSnapTrade).users, 1)
    }).pipe(Effect.provide(inMemory))
  )
})

it("main.ts runs without an account", { timeout: 120_000 }, async () => {
  const main = fileURLToPath(new URL("main.ts", import.meta.url))
  const args = ["--conditions=@effect-snaptrade/source", main]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: {}, timeout: 110_000 })
  assert.match(stdout, /Onboarded onboarding-[0-9a-f]{8}, secret <redacted:userSecret>\n/)
  assert.include(stdout, "answered from the store")
  assert.match(stdout, /Send onboarding-[0-9a-f]{8} to <redacted:redirectURI>/)
})

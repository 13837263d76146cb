import { type InvalidInput, loginUser, registerUser } from "@effect-snaptrade/core"
import { Failure, Fault, Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { Vault, VaultStore } from "@effect-snaptrade/vault"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { inTime, registered, run, states } from "./support.ts"

const ensure = (appUserId: string, options?: Parameters<Vault["Service"]["ensureUser"]>[1]) =>
  inTime(Effect.flatMap(Vault, (vault) => vault.ensureUser(appUserId, options)))

const instruct = (...instructions: ReadonlyArray<Instruction.Instruction>) =>
  Effect.flatMap(LocalSnapTrade, (local) => local.next(...instructions))

describe("ensureUser", () => {
  it.effect("registers the user under an id of the vault's, and hands out a secret that works", () =>
    run(() =>
      Effect.gen(function* () {
        const user = yield* ensure("alice")
        assert.match(user.userId, /^vault-[0-9a-f-]{36}$/)
        assert.deepStrictEqual(yield* registered, [user.userId])
        yield* loginUser({ userId: user.userId, userSecret: user.userSecret })
      })
    )
  )

  it.effect("answers the same user from then on, without asking SnapTrade", () =>
    run(() =>
      Effect.gen(function* () {
        const first = yield* ensure("alice")
        const requests = yield* (yield* LocalSnapTrade).requests
        const again = yield* ensure("alice")
        assert.strictEqual(again.userId, first.userId)
        assert.strictEqual(Redacted.value(again.userSecret), Redacted.value(first.userSecret))
        assert.strictEqual((yield* (yield* LocalSnapTrade).requests).length, requests.length)
      })
    )
  )

  it.effect("registers once when fifty ask at the same moment, and hands all of them the same secret", () =>
    run(() =>
      Effect.gen(function* () {
        yield* instruct(Instruction.delay("5 seconds"))
        const vault = yield* Vault
        const users = yield* inTime(
          Effect.forEach(Array(50), () => vault.ensureUser("alice"), { concurrency: "unbounded" })
        )
        assert.strictEqual(new Set(users.map((user) => Redacted.value(user.userSecret))).size, 1)
        assert.strictEqual((yield* registered).length, 1)
      })
    )
  )

  it.effect("tells apart app users whose ids are alike", () =>
    run(() =>
      Effect.gen(function* () {
        const ids = ["alice", "Alice", "alice ", "alicé", "alice\u0301", '["alice"]', "x".repeat(10_000)]
        const users = yield* Effect.forEach(ids, (id) => ensure(id))
        assert.strictEqual(new Set(users.map(({ userId }) => userId)).size, ids.length)
      })
    )
  )

  for (const [what, id] of [
    ["an empty one", ""],
    ["one with a lone surrogate", "\ud800"],
    ["one with a NUL character", "a\0b"]
  ] as const)
    it.effect(`refuses an app user's id that cannot be kept: ${what}`, () =>
      run(() =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(ensure(id))
          assert.strictEqual(error._tag, "InvalidInput")
          assert.include((error as InvalidInput).message, "the app's own user id must be")
          assert.deepStrictEqual(yield* states, [])
        })
      )
    )
})

describe("Whose outcome is not known", () => {
  for (const [what, instruction, reason] of [
    ["a lost reply", Instruction.dropReply, "unknown"],
    ["a request that is carried out minutes later", Fault.applyLate("4 minutes"), "unknown"],
    ["a reply that is no user", Instruction.applied(Instruction.reply(200, "<html>")), "unknown"],
    ["a failure of SnapTrade's", Instruction.applied(Instruction.fail(Failure.unexpectedException)), "unknown"],
    ["an id that SnapTrade says exists", Instruction.fail(Failure.userAlreadyExists), "exists"]
  ] as const)
    it.effect(`${what}: the id is doomed for good, and another one registered`, () =>
      run(() =>
        Effect.gen(function* () {
          yield* instruct(instruction)
          const user = yield* ensure("alice")
          yield* loginUser({ userId: user.userId, userSecret: user.userSecret })
          assert.deepStrictEqual(yield* states, [`doomed: ${reason}`, "active"])
        })
      )
    )

  it.effect("after two ids the call gives up, and says what it left", () =>
    run(() =>
      Effect.gen(function* () {
        yield* instruct(Instruction.dropReply, Instruction.dropReply)
        const error = yield* Effect.flip(ensure("alice"))
        assert.strictEqual(error._tag, "RegistrationUnsettled")
        assert.include(
          error.message,
          "is not registered after 2 attempts; of the last: registerUser: the connection was lost"
        )
        assert.deepStrictEqual(yield* states, ["doomed: unknown", "doomed: unknown"])
        const user = yield* ensure("alice")
        yield* loginUser({ userId: user.userId, userSecret: user.userSecret })
      })
    )
  )

  it.effect(
    "a call that is interrupted while its request is out dooms its id, and the next one registers another",
    () =>
      run(() =>
        Effect.gen(function* () {
          yield* instruct(Instruction.delay("1 minute"))
          const fiber = yield* Effect.forkChild(Effect.flatMap(Vault, (vault) => vault.ensureUser("alice")))
          yield* TestClock.adjust("1 second")
          yield* Fiber.interrupt(fiber)
          assert.deepStrictEqual(yield* states, ["doomed: interrupted"])
          yield* ensure("alice")
          assert.deepStrictEqual(yield* states, ["doomed: interrupted", "active"])
        })
      )
  )
})

describe("What was certainly not registered", () => {
  for (const [what, instruction, tag] of [
    ["a refused signature", Instruction.fail(Failure.signatureRejected), "SignatureRejected"],
    ["a Personal key", Instruction.fail(Failure.personalKey), "PersonalKeyRefused"],
    ["an unknown clientId", Instruction.fail(Failure.clientIdRejected), "ClientIdRejected"],
    ["a rate limit beyond the time budget", Instruction.reply(429, {}, { "x-ratelimit-reset": "50" }), "RateLimited"]
  ] as const)
    it.effect(`${what} is the failure of the call, at once, and its id is void`, () =>
      run(() =>
        Effect.gen(function* () {
          yield* instruct(instruction)
          const error = yield* Effect.flip(ensure("alice"))
          assert.strictEqual(error._tag, tag)
          assert.deepStrictEqual(yield* states, ["void: not-applied"])
          yield* ensure("alice")
          assert.deepStrictEqual(yield* states, ["void: not-applied", "active"])
        })
      )
    )
})

describe("A store that fails", () => {
  it.effect("before the request leaves: nothing is sent", () =>
    run((faults) =>
      Effect.gen(function* () {
        faults.next("claim", "before")
        const error = yield* Effect.flip(ensure("alice"))
        assert.deepInclude(error, { _tag: "StoreFailed", step: "claim" })
        assert.deepStrictEqual(yield* registered, [])
      })
    )
  )

  it.effect("after the claim was carried out: nothing was sent, and the next call registers at once", () =>
    run((faults) =>
      Effect.gen(function* () {
        faults.next("claim", "after")
        yield* Effect.flip(ensure("alice"))
        assert.deepStrictEqual(yield* states, ["void: not-applied"])
        yield* ensure("alice")
        assert.deepStrictEqual(yield* states, ["void: not-applied", "active"])
      })
    )
  )

  it.effect("while the secret is in hand: it is tried again, and the secret handed out once it is stored", () =>
    run((faults) =>
      Effect.gen(function* () {
        for (let i = 0; i < 5; i++) faults.next("complete", "before")
        const user = yield* ensure("alice")
        yield* loginUser({ userId: user.userId, userSecret: user.userSecret })
        assert.deepStrictEqual(yield* registered, [user.userId])
      })
    )
  )

  it.effect("after the secret was stored: it is read again, and no other user registered", () =>
    run((faults) =>
      Effect.gen(function* () {
        faults.next("complete", "after")
        const user = yield* ensure("alice")
        yield* loginUser({ userId: user.userId, userSecret: user.userSecret })
        assert.deepStrictEqual(yield* registered, [user.userId])
      })
    )
  )

  it.effect("for as long as anybody can wait: the secret is dropped, and the next call registers another user", () =>
    run((faults) =>
      Effect.gen(function* () {
        for (let i = 0; i < 8; i++) faults.next("complete", "before")
        const error = yield* Effect.flip(ensure("alice"))
        assert.deepInclude(error, { _tag: "StoreFailed", step: "complete" })
        const user = yield* ensure("alice")
        yield* loginUser({ userId: user.userId, userSecret: user.userSecret })
        assert.deepStrictEqual(yield* states, ["doomed: lease-over", "active"])
      })
    )
  )

  it.effect("where an id should be doomed: its lease dooms it", () =>
    run((faults) =>
      Effect.gen(function* () {
        faults.next("end", "before")
        yield* instruct(Instruction.dropReply)
        yield* ensure("alice")
        assert.deepStrictEqual(yield* states, ["doomed: lease-over", "active"])
      })
    )
  )
})

describe("Others at the same app user", () => {
  it.effect("a process that pauses beyond its lease drops its secret, and answers the user of whoever took over", () =>
    run((faults) =>
      Effect.gen(function* () {
        faults.next("complete", Effect.sleep("10 minutes"))
        const vault = yield* Vault
        const paused = yield* Effect.forkChild(vault.ensureUser("alice"))
        yield* TestClock.adjust("1 second")
        const user = yield* ensure("alice")
        const late = yield* inTime(Fiber.join(paused))
        assert.strictEqual(late.userId, user.userId)
        assert.strictEqual(Redacted.value(late.userSecret), Redacted.value(user.userSecret))
        assert.deepStrictEqual(yield* states, ["doomed: lease-over", "active"])
      })
    )
  )

  it.effect("a user that is forgotten while it is registered is not handed out", () =>
    run((faults) =>
      Effect.gen(function* () {
        const vault = yield* Vault
        faults.next("complete", Effect.asVoid(Effect.orDie(vault.forget("alice"))))
        const error = yield* Effect.flip(ensure("alice"))
        assert.strictEqual(error._tag, "UserForgotten")
        assert.deepStrictEqual(yield* states, ["doomed: forgotten"])
        assert.deepStrictEqual(yield* vault.find("alice"), Option.none())
      })
    )
  )

  it.effect("a user that is forgotten while it is registered is not brought back by a call that waits for it", () =>
    run((faults) =>
      Effect.gen(function* () {
        const vault = yield* Vault
        faults.next("complete", Effect.delay(Effect.asVoid(Effect.orDie(vault.forget("alice"))), "5 seconds"))
        const asked = Effect.flip(vault.ensureUser("alice"))
        const errors = yield* inTime(Effect.all([asked, asked, asked], { concurrency: 3 }))
        assert.deepStrictEqual(
          errors.map(({ _tag }) => _tag),
          ["UserForgotten", "UserForgotten", "UserForgotten"]
        )
        assert.deepStrictEqual(yield* states, ["doomed: forgotten"])
      })
    )
  )

  it.effect("a user that is adopted while another is registered is the one that is answered", () =>
    run((faults) =>
      Effect.gen(function* () {
        const vault = yield* Vault
        const given = { userId: "from-before", userSecret: Redacted.make("its-secret") }
        faults.next("complete", Effect.delay(Effect.orDie(vault.adopt("alice", given)), "1 second"))
        const user = yield* ensure("alice")
        assert.strictEqual(user.userId, "from-before")
        assert.deepStrictEqual(yield* states, ["doomed: superseded", "active"])
      })
    )
  )
})

describe("Under the app's own ids", () => {
  const own = { ownId: true }

  it.effect("registers the id itself", () =>
    run(() =>
      Effect.gen(function* () {
        const user = yield* ensure("alice", own)
        assert.strictEqual(user.userId, "alice")
        yield* loginUser({ userId: user.userId, userSecret: user.userSecret })
      })
    )
  )

  it.effect("stops at the first outcome that is unknown, and says what a person must decide", () =>
    run(() =>
      Effect.gen(function* () {
        yield* instruct(Instruction.dropReply)
        const error = yield* Effect.flip(ensure("alice", own))
        assert.strictEqual(error._tag, "RegistrationInDoubt")
        assert.include(
          error.message,
          "Whether alice is registered at SnapTrade is not known, and its secret is not in the vault. Decide: if"
        )
        const again = yield* Effect.flip(ensure("alice", own))
        assert.strictEqual(again._tag, "RegistrationInDoubt")
        assert.strictEqual((yield* (yield* LocalSnapTrade).requests).length, 1)
      })
    )
  )

  it.effect("says so where SnapTrade has a user of that id: whoever registered it before has its secret", () =>
    run(() =>
      Effect.gen(function* () {
        yield* registerUser({ userId: "alice" })
        const error = yield* Effect.flip(ensure("alice", own))
        assert.strictEqual(error._tag, "RegistrationInDoubt")
        assert.match(
          error.message,
          /^SnapTrade has a user alice already, and its secret is not in the vault\. Decide: if you have the secret, adopt it\./
        )
      })
    )
  )

  it.effect("never deletes such an id unasked", () =>
    run(() =>
      Effect.gen(function* () {
        yield* instruct(Instruction.dropReply)
        yield* Effect.flip(ensure("alice", own))
        const report = yield* Effect.flatMap(Vault, (vault) => vault.sweep({ delete: true }))
        assert.deepStrictEqual(report.orphans, [])
        assert.deepStrictEqual(yield* states, ["sent"])
      })
    )
  )

  it.effect("is not doomed by a call for an id of the vault's either", () =>
    run(() =>
      Effect.gen(function* () {
        yield* instruct(Instruction.dropReply)
        yield* Effect.flip(ensure("alice", own))
        const error = yield* Effect.flip(ensure("alice"))
        assert.strictEqual(error._tag, "RegistrationInDoubt")
      })
    )
  )

  it.effect("registers it again when a person has seen that it is not there", () =>
    run(() =>
      Effect.gen(function* () {
        yield* instruct(Fault.closeAfterRequest())
        yield* Effect.flip(ensure("alice", own))
        const user = yield* ensure("alice", { ownId: true, again: true })
        yield* loginUser({ userId: user.userId, userSecret: user.userSecret })
        assert.deepStrictEqual(yield* states, ["active"])
      })
    )
  )

  it.effect("is in doubt again where it was there after all", () =>
    run(() =>
      Effect.gen(function* () {
        yield* instruct(Instruction.dropReply)
        yield* Effect.flip(ensure("alice", own))
        const error = yield* Effect.flip(ensure("alice", { ownId: true, again: true }))
        assert.strictEqual(error._tag, "RegistrationInDoubt")
      })
    )
  )

  it.effect("takes the secret of a person who has it", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* instruct(Instruction.dropReply)
        yield* Effect.flip(ensure("alice", own))
        const [user] = yield* (yield* LocalSnapTrade).users
        assert(user !== undefined)
        yield* vault.adopt("alice", user)
        assert.strictEqual((yield* ensure("alice", own)).userId, "alice")
      })
    )
  )

  it.effect("never uses an id again that was forgotten", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* ensure("alice", own)
        yield* vault.forget("alice")
        assert.strictEqual((yield* Effect.flip(ensure("alice", own)))._tag, "OwnIdSpent")
        assert.match((yield* ensure("alice")).userId, /^vault-/)
      })
    )
  )

  it.effect("refuses an id that another app user has, instead of waiting for it", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.adopt("bob", { userId: "alice", userSecret: Redacted.make("a secret") })
        const error = yield* Effect.flip(ensure("alice", own))
        assert.strictEqual(error._tag, "OwnIdTaken")
        assert.include(error.message, "alice is the id of app user bob")
      })
    )
  )

  it.effect("uses an id again that was certainly not registered", () =>
    run(() =>
      Effect.gen(function* () {
        yield* instruct(Instruction.fail(Failure.signatureRejected))
        assert.strictEqual((yield* Effect.flip(ensure("alice", own)))._tag, "SignatureRejected")
        assert.strictEqual((yield* ensure("alice", own)).userId, "alice")
      })
    )
  )

  it.effect("a call that was paused, and refused, does not end the registration of whoever took over", () =>
    run((faults) =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* instruct(Instruction.fail(Failure.signatureRejected))
        faults.next("end", Effect.sleep("10 minutes"))
        const paused = yield* Effect.forkChild(Effect.exit(vault.ensureUser("alice", own)))
        yield* TestClock.adjust("2 minutes")
        faults.next("complete", Effect.sleep("20 minutes"))
        const user = yield* ensure("alice", { ownId: true, again: true })
        assert.strictEqual((yield* Fiber.join(paused))._tag, "Failure")
        yield* loginUser({ userId: user.userId, userSecret: user.userSecret })
        assert.deepStrictEqual(yield* states, ["active"])
      })
    )
  )

  it.effect("waits for whoever is registering it", () =>
    run(() =>
      Effect.gen(function* () {
        yield* instruct(Instruction.delay("5 seconds"))
        const vault = yield* Vault
        const users = yield* inTime(
          Effect.all([vault.ensureUser("alice", own), vault.ensureUser("alice", own)], { concurrency: 2 })
        )
        assert.strictEqual(users[0].userId, users[1].userId)
        assert.strictEqual((yield* (yield* LocalSnapTrade).requests).length, 1)
      })
    )
  )
})

describe("The store's rows", () => {
  it.effect("are written before the request leaves", () =>
    run((faults) =>
      Effect.gen(function* () {
        const before: Array<unknown> = []
        const store = yield* VaultStore
        faults.next(
          "complete",
          Effect.orDie(
            Effect.map(store.page({ clientId: "LOCAL-SNAPTRADE", limit: 9 }), (rows) =>
              before.push(...rows.map(({ leaseHolds, state }) => ({ leaseHolds, state })))
            )
          )
        )
        yield* ensure("alice")
        assert.deepStrictEqual(before, [{ state: "sent", leaseHolds: true }])
      })
    )
  )
})

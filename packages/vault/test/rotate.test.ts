import { loginUser } from "@effect-snaptrade/core"
import { Failure, Fault, Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { RotationNotStored, Vault } from "@effect-snaptrade/vault"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { inTime, run } from "./support.ts"

const instruct = (...instructions: ReadonlyArray<Instruction.Instruction>) =>
  Effect.flatMap(LocalSnapTrade, (local) => local.next(...instructions))

const rotate = (appUserId: string) => inTime(Effect.flatMap(Vault, (vault) => vault.rotate(appUserId)))

const held = (appUserId: string) =>
  Effect.flatMap(Vault, (vault) => Effect.flatMap(vault.find(appUserId), Effect.fromOption))

const secretAtSnapTrade = Effect.flatMap(LocalSnapTrade, (local) =>
  Effect.map(local.users, (users) => users.map(({ userSecret }) => Redacted.value(userSecret)))
)

describe("rotate", () => {
  it.effect("replaces the secret: the new one works and is the stored one, the old one is dead", () =>
    run(() =>
      Effect.gen(function* () {
        const before = yield* (yield* Vault).ensureUser("alice")
        const after = yield* rotate("alice")
        assert.notStrictEqual(Redacted.value(after.userSecret), Redacted.value(before.userSecret))
        yield* loginUser({ userId: after.userId, userSecret: after.userSecret })
        assert.strictEqual((yield* Effect.flip(loginUser({ ...before })))._tag, "AccessDenied")
        const stored = yield* held("alice")
        assert.strictEqual(Redacted.value(stored.userSecret), Redacted.value(after.userSecret))
        assert.isFalse(stored.rotationUnknown)
      })
    )
  )

  it.effect("of a user that is not held says so", () =>
    run(() =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(rotate("alice")))._tag, "UserNotHeld")
      })
    )
  )

  it.effect("that was certainly refused leaves everything as it was", () =>
    run(() =>
      Effect.gen(function* () {
        const before = yield* (yield* Vault).ensureUser("alice")
        yield* instruct(Instruction.fail(Failure.signatureRejected))
        assert.strictEqual((yield* Effect.flip(rotate("alice")))._tag, "SignatureRejected")
        const stored = yield* held("alice")
        assert.isFalse(stored.rotationUnknown)
        assert.strictEqual(Redacted.value(stored.userSecret), Redacted.value(before.userSecret))
      })
    )
  )

  it.effect(
    "that a rate limit refused may have been delivered before: the mark stands, and the next one finds out",
    () =>
      run(() =>
        Effect.gen(function* () {
          yield* (yield* Vault).ensureUser("alice")
          yield* instruct(Instruction.fail(Failure.throttled(3600)))
          assert.strictEqual((yield* Effect.flip(rotate("alice")))._tag, "RateLimited")
          assert.isTrue((yield* held("alice")).rotationUnknown)
          assert.isFalse((yield* rotate("alice")).rotationUnknown)
        })
      )
  )

  it.effect("whose reply was lost says that it is unknown, and the stored secret is marked", () =>
    run(() =>
      Effect.gen(function* () {
        yield* (yield* Vault).ensureUser("alice")
        yield* instruct(Instruction.dropReply)
        assert.strictEqual((yield* Effect.flip(rotate("alice")))._tag, "RotationUnknown")
        assert.isTrue((yield* held("alice")).rotationUnknown)
      })
    )
  )

  it.effect("after a lost reply that was carried out says that the secret is lost, and what to do", () =>
    run(() =>
      Effect.gen(function* () {
        yield* (yield* Vault).ensureUser("alice")
        yield* instruct(Instruction.dropReply)
        yield* Effect.flip(rotate("alice"))
        const error = yield* Effect.flip(rotate("alice"))
        assert.strictEqual(error._tag, "SecretLost")
        assert.include(error.message, "forget this user and ensure it anew")
      })
    )
  )

  it.effect("may follow at once on one whose reply was lost", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.ensureUser("alice")
        yield* instruct(Fault.closeAfterRequest())
        yield* Effect.flip(vault.rotate("alice"))
        assert.isFalse((yield* vault.rotate("alice")).rotationUnknown)
      })
    )
  )

  it.effect("that cannot find out, since access is denied for another reason, does not call the secret lost", () =>
    run(() =>
      Effect.gen(function* () {
        yield* (yield* Vault).ensureUser("alice")
        yield* instruct(Fault.closeAfterRequest())
        yield* Effect.flip(rotate("alice"))
        yield* instruct(Instruction.fail(Failure.notPermitted))
        assert.strictEqual((yield* Effect.flip(rotate("alice")))._tag, "AccessDenied")
        assert.isFalse((yield* rotate("alice")).rotationUnknown)
      })
    )
  )

  it.effect("that is interrupted while its request is out ends first, and stores the new secret", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.ensureUser("alice")
        yield* instruct(Instruction.delay("5 seconds"))
        const fiber = yield* Effect.forkChild(vault.rotate("alice"))
        yield* TestClock.adjust("2 seconds")
        yield* inTime(Fiber.interrupt(fiber))
        assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
        const user = yield* held("alice")
        assert.isFalse(user.rotationUnknown)
        assert.deepStrictEqual(yield* secretAtSnapTrade, [Redacted.value(user.userSecret)])
      })
    )
  )

  it.effect("that is interrupted, and never answered, ends when its time is over", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.ensureUser("alice")
        yield* instruct(Instruction.delay("1 day"))
        const fiber = yield* Effect.forkChild(vault.rotate("alice"))
        yield* TestClock.adjust("2 seconds")
        yield* inTime(Fiber.interrupt(fiber))
        assert.isTrue((yield* held("alice")).rotationUnknown)
      })
    )
  )

  it.effect("after one that was not carried out finds the stored secret working, and rotates", () =>
    run(() =>
      Effect.gen(function* () {
        yield* (yield* Vault).ensureUser("alice")
        yield* instruct(Fault.closeAfterRequest())
        assert.strictEqual((yield* Effect.flip(rotate("alice")))._tag, "RotationUnknown")
        const user = yield* rotate("alice")
        assert.isFalse(user.rotationUnknown)
        yield* loginUser({ userId: user.userId, userSecret: user.userSecret })
      })
    )
  )

  it.effect("stores the new secret though the store fails again and again", () =>
    run((faults) =>
      Effect.gen(function* () {
        yield* (yield* Vault).ensureUser("alice")
        for (let i = 0; i < 5; i++) faults.next("replaceSecret", "before")
        const user = yield* rotate("alice")
        yield* loginUser({ userId: user.userId, userSecret: user.userSecret })
      })
    )
  )

  it.effect("stores the new secret where a write that seemed to fail was carried out", () =>
    run((faults) =>
      Effect.gen(function* () {
        yield* (yield* Vault).ensureUser("alice")
        faults.next("replaceSecret", "after")
        const user = yield* rotate("alice")
        assert.deepStrictEqual(yield* secretAtSnapTrade, [Redacted.value(user.userSecret)])
        assert.strictEqual(Redacted.value((yield* held("alice")).userSecret), Redacted.value(user.userSecret))
      })
    )
  )

  it.effect("hands over the only copy where the store fails for good, and adopting it mends the row", () =>
    run((faults) =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.ensureUser("alice")
        for (let i = 0; i < 8; i++) faults.next("replaceSecret", "before")
        const error = yield* Effect.flip(rotate("alice"))
        assert.instanceOf(error, RotationNotStored)
        assert.deepStrictEqual(yield* secretAtSnapTrade, [Redacted.value(error.userSecret)])
        yield* vault.adopt("alice", error)
        const user = yield* held("alice")
        assert.isFalse(user.rotationUnknown)
        yield* loginUser({ userId: user.userId, userSecret: user.userSecret })
      })
    )
  )

  it.effect("hands over the only copy where the store has a bug", () =>
    run((faults) =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.ensureUser("alice")
        faults.next("replaceSecret", Effect.die(new TypeError("a bug")))
        const error = yield* Effect.flip(rotate("alice"))
        assert.instanceOf(error, RotationNotStored)
        assert.include(error.message, "has a bug (TypeError)")
        assert.deepStrictEqual(yield* secretAtSnapTrade, [Redacted.value(error.userSecret)])
      })
    )
  )

  it.effect("of a user that is forgotten meanwhile does not bring it back", () =>
    run((faults) =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.ensureUser("alice")
        faults.next("replaceSecret", Effect.asVoid(Effect.orDie(vault.forget("alice"))))
        assert.strictEqual((yield* Effect.flip(rotate("alice")))._tag, "UserNotHeld")
        assert.isTrue((yield* vault.find("alice"))._tag === "None")
      })
    )
  )

  it.effect("waits for another rotation, and does not call its secret lost", () =>
    run((faults) =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.ensureUser("alice")
        faults.next("replaceSecret", Effect.sleep("3 minutes"))
        const users = yield* inTime(Effect.all([vault.rotate("alice"), vault.rotate("alice")], { concurrency: 2 }))
        assert.notStrictEqual(Redacted.value(users[0].userSecret), Redacted.value(users[1].userSecret))
        assert.deepStrictEqual(yield* secretAtSnapTrade, [Redacted.value((yield* held("alice")).userSecret)])
      })
    )
  )

  it.effect("by twenty calls at once leaves one secret, which is the stored one and works", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.ensureUser("alice")
        yield* inTime(Effect.forEach(Array(20), () => Effect.exit(vault.rotate("alice")), { concurrency: "unbounded" }))
        const user = yield* held("alice")
        assert.deepStrictEqual(yield* secretAtSnapTrade, [Redacted.value(user.userSecret)])
      })
    )
  )

  it.effect("keeps the new secret though all rows are sealed anew meanwhile", () =>
    run((faults) =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.ensureUser("alice")
        let resealed = 0
        faults.next(
          "replaceSecret",
          Effect.suspend(() => {
            faults.keys = ["b", "a"]
            return Effect.asVoid(Effect.orDie(Effect.map(vault.reseal, (report) => (resealed = report.resealed))))
          })
        )
        const user = yield* rotate("alice")
        assert.strictEqual(resealed, 1)
        assert.strictEqual(Redacted.value((yield* held("alice")).userSecret), Redacted.value(user.userSecret))
      })
    )
  )
})

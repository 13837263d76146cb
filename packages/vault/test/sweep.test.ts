import { registerUser } from "@effect-snaptrade/core"
import { Failure, Fault, Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { Vault } from "@effect-snaptrade/vault"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { inTime, registered, run, states } from "./support.ts"

const instruct = (...instructions: ReadonlyArray<Instruction.Instruction>) =>
  Effect.flatMap(LocalSnapTrade, (local) => local.next(...instructions))

const ensure = (appUserId: string) => inTime(Effect.flatMap(Vault, (vault) => vault.ensureUser(appUserId)))

const sweep = (options?: Parameters<Vault["Service"]["sweep"]>[0]) =>
  inTime(Effect.flatMap(Vault, (vault) => vault.sweep(options)))

const orphaned = Effect.andThen(instruct(Instruction.dropReply), ensure("alice"))

describe("sweep", () => {
  it.effect("unless told to delete, says what it would and changes nothing", () =>
    run(() =>
      Effect.gen(function* () {
        const user = yield* orphaned
        const before = yield* registered
        const report = yield* sweep()
        assert.deepStrictEqual(report, {
          listed: 2,
          orphans: before.filter((id) => id !== user.userId),
          deleted: [],
          failed: [],
          unknown: 0
        })
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(yield* registered, before)
      })
    )
  )

  it.effect("leaves exactly the active users", () =>
    run(() =>
      Effect.gen(function* () {
        const user = yield* orphaned
        const report = yield* sweep({ delete: true })
        assert.strictEqual(report.deleted.length, 1)
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(yield* registered, [user.userId])
      })
    )
  )

  it.effect("takes an id that appears long after it was found absent", () =>
    run(() =>
      Effect.gen(function* () {
        yield* instruct(Fault.applyLate("4 minutes"))
        const user = yield* ensure("alice")
        assert.deepStrictEqual((yield* sweep({ delete: true })).orphans, [])
        yield* TestClock.adjust("2 days")
        assert.strictEqual((yield* registered).length, 2)
        assert.strictEqual((yield* sweep({ delete: true })).deleted.length, 1)
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(yield* registered, [user.userId])
      })
    )
  )

  it.effect("never touches an id without a row", () =>
    run(() =>
      Effect.gen(function* () {
        yield* registerUser({ userId: "somebody-else" })
        const report = yield* sweep({ delete: true })
        assert.deepInclude(report, { listed: 1, orphans: [], unknown: 1 })
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(yield* registered, ["somebody-else"])
      })
    )
  )

  it.effect("dooms what a process that died left behind, and deletes it", () =>
    run((faults) =>
      Effect.gen(function* () {
        for (let i = 0; i < 8; i++) faults.next("complete", "before")
        yield* Effect.flip(ensure("alice"))
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual((yield* sweep({ delete: true })).deleted.length, 1)
        assert.deepStrictEqual(yield* states, ["doomed: lease-over"])
      })
    )
  )

  it.effect("leaves alone what somebody is registering", () =>
    run((faults) =>
      Effect.gen(function* () {
        const vault = yield* Vault
        const reports: Array<unknown> = []
        faults.next(
          "complete",
          Effect.orDie(
            Effect.map(vault.sweep({ delete: true }), ({ deleted, listed, orphans }) =>
              reports.push({ deleted, listed, orphans })
            )
          )
        )
        yield* ensure("alice")
        assert.deepStrictEqual(reports, [{ listed: 1, orphans: [], deleted: [] }])
        assert.deepStrictEqual(yield* states, ["active"])
      })
    )
  )

  it.effect("takes an id that SnapTrade said it had not registered, and lists", () =>
    run(() =>
      Effect.gen(function* () {
        yield* instruct(Instruction.applied(Instruction.fail(Failure.signatureRejected)))
        yield* Effect.flip(ensure("alice"))
        assert.strictEqual((yield* sweep({ delete: true })).deleted.length, 1)
        assert.deepStrictEqual(yield* states, ["doomed: listed"])
      })
    )
  )

  it.effect("never touches the app's own id that the vault did not register, whatever SnapTrade refused it for", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* registerUser({ userId: "alice" })
        yield* instruct(Instruction.fail(Failure.signatureRejected))
        yield* Effect.flip(vault.ensureUser("alice", { ownId: true }))
        assert.deepInclude(yield* sweep({ delete: true }), { listed: 1, orphans: [], deleted: [], unknown: 0 })
        assert.isFalse(yield* vault.isOrphan("alice"))
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(yield* registered, ["alice"])
      })
    )
  )

  it.effect("goes on after a deletion that failed, and the next one takes it", () =>
    run(() =>
      Effect.gen(function* () {
        yield* orphaned
        yield* instruct(Instruction.delay(0), Instruction.fail(Failure.unexpectedException))
        const report = yield* sweep({ delete: true })
        assert.deepStrictEqual(
          report.failed.map(({ error }) => error._tag),
          ["ServerError"]
        )
        assert.strictEqual((yield* sweep({ delete: true })).deleted.length, 1)
      })
    )
  )

  it.effect("waits for a rate limit that is used up", () =>
    run(() =>
      Effect.gen(function* () {
        yield* orphaned
        const throttled = Instruction.fail(Failure.throttled(50))
        yield* instruct(Instruction.delay(0), throttled)
        assert.strictEqual((yield* sweep({ delete: true })).deleted.length, 1)
      })
    )
  )

  it.effect("refuses where an id of a vault has no row: the store lost rows", () =>
    run(() =>
      Effect.gen(function* () {
        yield* orphaned
        yield* registerUser({ userId: "vault-0b4e1c1e-2d5f-4f0e-9a3b-5f6d7c8e9a0b" })
        const error = yield* Effect.flip(sweep({ delete: true }))
        assert.strictEqual(error._tag, "StoreBehind")
        assert.include(error.message, "Was the store restored from a backup")
        yield* TestClock.adjust("1 day")
        assert.strictEqual((yield* registered).length, 3)
        const report = yield* sweep({ delete: true, storeWasRestored: true })
        assert.deepInclude(report, { unknown: 1 })
        assert.strictEqual(report.deleted.length, 1)
      })
    )
  )
})

import { loginUser } from "@effect-snaptrade/core"
import { Failure, Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { Vault } from "@effect-snaptrade/vault"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { inTime, registered, run, states } from "./support.ts"

const instruct = (...instructions: ReadonlyArray<Instruction.Instruction>) =>
  Effect.flatMap(LocalSnapTrade, (local) => local.next(...instructions))

const ensure = (appUserId: string) => inTime(Effect.flatMap(Vault, (vault) => vault.ensureUser(appUserId)))

const given = (userId: string, secret = "its-secret") => ({ userId, userSecret: Redacted.make(secret) })

describe("find", () => {
  it.effect("answers the user that is held, or none, and asks nothing of SnapTrade", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        assert.isTrue(Option.isNone(yield* vault.find("alice")))
        const user = yield* ensure("alice")
        const found = Option.getOrThrow(yield* vault.find("alice"))
        assert.strictEqual(found.userId, user.userId)
        assert.strictEqual((yield* (yield* LocalSnapTrade).requests).length, 1)
      })
    )
  )
})

describe("forget", () => {
  it.effect("dooms the user, drops its secret, and deletes it at SnapTrade", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        const user = yield* ensure("alice")
        const forgotten = yield* vault.forget("alice")
        assert.deepStrictEqual(forgotten, Option.some({ userId: user.userId, notDeleted: undefined }))
        assert.deepStrictEqual(yield* states, ["doomed: forgotten"])
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(yield* registered, [])
        assert.deepStrictEqual(
          (yield* Stream.runCollect(vault.list())).map(({ sealedSecret }) => sealedSecret),
          [null]
        )
      })
    )
  )

  it.effect("of nobody answers none", () =>
    run(() =>
      Effect.gen(function* () {
        assert.isTrue(Option.isNone(yield* (yield* Vault).forget("alice")))
      })
    )
  )

  it.effect("where SnapTrade cannot be asked says so, and the next sweep deletes", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* ensure("alice")
        yield* instruct(Instruction.fail(Failure.unexpectedException))
        const forgotten = Option.getOrThrow(yield* vault.forget("alice"))
        assert.strictEqual(forgotten.notDeleted?._tag, "ServerError")
        assert.strictEqual((yield* vault.sweep({ delete: true })).deleted.length, 1)
      })
    )
  )

  it.effect("makes room for another user of the same person, whom the late deletion does not harm", () =>
    run(
      () =>
        Effect.gen(function* () {
          const vault = yield* Vault
          yield* ensure("alice")
          yield* vault.forget("alice")
          const user = yield* ensure("alice")
          yield* TestClock.adjust("2 days")
          yield* loginUser({ userId: user.userId, userSecret: user.userSecret })
          assert.deepStrictEqual(yield* registered, [user.userId])
        }),
      { deletionDelay: "1 day" }
    )
  )
})

describe("adopt", () => {
  for (const [what, userSecret] of [
    ["empty", Redacted.make("")],
    // What a program without types may give.
    ["none", Redacted.make(JSON.parse("null"))]
  ] as const) {
    it.effect(`refuses a secret that is ${what}: what was held is handed out as before`, () =>
      run(() =>
        Effect.gen(function* () {
          const vault = yield* Vault
          yield* vault.adopt("alice", given("from-before"))
          const error = yield* Effect.flip(vault.adopt("alice", { userId: "from-before", userSecret }))
          assert.strictEqual(
            error.message,
            "from-before was not adopted for app user alice: its userSecret is not a redacted string, or empty."
          )
          assert.strictEqual(Redacted.value((yield* ensure("alice")).userSecret), "its-secret")
        })
      )
    )
  }

  it.effect("takes in a user whose secret is known, as if it had been registered here", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.adopt("alice", given("from-before"))
        const user = yield* ensure("alice")
        assert.deepStrictEqual([user.userId, Redacted.value(user.userSecret)], ["from-before", "its-secret"])
        assert.deepStrictEqual(yield* registered, [])
      })
    )
  )

  it.effect("of the same user corrects its secret", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.adopt("alice", given("from-before"))
        yield* vault.adopt("alice", given("from-before", "the-right-one"))
        assert.strictEqual(Redacted.value((yield* ensure("alice")).userSecret), "the-right-one")
      })
    )
  )

  it.effect("never replaces the user that an app user has", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        const user = yield* ensure("alice")
        const error = yield* Effect.flip(vault.adopt("alice", given("from-before")))
        assert.strictEqual(
          error.message,
          `from-before was not adopted for app user alice: the vault holds ${user.userId} for it. Forget that one first.`
        )
        assert.strictEqual((yield* ensure("alice")).userId, user.userId)
      })
    )
  )

  it.effect("never gives one user to two", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.adopt("alice", given("from-before"))
        const error = yield* Effect.flip(vault.adopt("bob", given("from-before")))
        assert.include(error.message, "the vault knows it as app user alice")
      })
    )
  )

  it.effect("never brings back an id that was given up", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        const user = yield* ensure("alice")
        yield* vault.forget("alice")
        const error = yield* Effect.flip(vault.adopt("alice", given(user.userId)))
        assert.include(error.message, "the vault has given this id up for good")
      })
    )
  )
})

describe("For webhooks", () => {
  it.effect("owner finds whose an id of SnapTrade's is", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        const user = yield* ensure("alice")
        assert.deepStrictEqual(yield* vault.owner(user.userId), Option.some("alice"))
        assert.deepStrictEqual(yield* vault.owner("somebody-else"), Option.none())
      })
    )
  )

  it.effect("isOrphan tells the ids that were given up", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* instruct(Instruction.dropReply)
        const user = yield* ensure("alice")
        const [orphan = ""] = (yield* registered).filter((id) => id !== user.userId)
        assert.isTrue(yield* vault.isOrphan(orphan))
        assert.isFalse(yield* vault.isOrphan(user.userId))
        assert.isFalse(yield* vault.isOrphan("somebody-else"))
      })
    )
  )
})

describe("list", () => {
  it.effect("lists every id in order, however many there are", () =>
    run(() =>
      Effect.gen(function* () {
        const vault = yield* Vault
        const ids = Array.from({ length: 1203 }, (_, i) => `user-${i}`)
        yield* Effect.forEach(ids, (id) => vault.adopt(id, given(id)), { concurrency: 50 })
        const listed = yield* Stream.runCollect(vault.list({ state: "active" }))
        assert.deepStrictEqual(
          listed.map(({ userId }) => userId),
          ids.toSorted()
        )
        assert.deepStrictEqual(yield* Stream.runCollect(vault.list({ state: "doomed" })), [])
      })
    )
  )
})

describe("reseal", () => {
  it.effect("seals anew what another key sealed, so that the old key can go", () =>
    run((faults) =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.adopt("alice", given("a"))
        faults.keys = ["b", "a"]
        yield* vault.adopt("bob", given("b"))
        assert.deepStrictEqual(yield* vault.reseal, { resealed: 1, unreadable: [] })
        assert.deepStrictEqual(yield* vault.reseal, { resealed: 0, unreadable: [] })
        faults.keys = ["b"]
        assert.strictEqual(Redacted.value((yield* ensure("alice")).userSecret), "its-secret")
      })
    )
  )

  it.effect("without the old key names the rows that do not open, and changes nothing of them", () =>
    run((faults) =>
      Effect.gen(function* () {
        const vault = yield* Vault
        yield* vault.adopt("alice", given("a"))
        faults.keys = ["b"]
        yield* vault.adopt("bob", given("b"))
        const { resealed, unreadable } = yield* vault.reseal
        assert.deepStrictEqual([resealed, unreadable.map(({ appUserId }) => appUserId)], [0, ["alice"]])
        assert.strictEqual((yield* Effect.flip(ensure("alice")))._tag, "SecretUnreadable")
        faults.keys = ["b", "a"]
        assert.strictEqual(Redacted.value((yield* ensure("alice")).userSecret), "its-secret")
      })
    )
  )
})

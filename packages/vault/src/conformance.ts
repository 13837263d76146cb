/**
 * What every store of the vault has to do, as one suite: given a store, it registers tests with vitest. Ours run it in memory,
 * on SQLite and on PostgreSQL; run it on a store of your own.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { Attempt, Key, State } from "./Attempt.ts"
import { type NewAttempt, VaultStore } from "./VaultStore.ts"

/**
 * The store under test.
 */
export interface StoreUnderTest<Host = never> {
  /** Its name, in the tests' names. */
  readonly name: string
  /**
   * The store, built anew for each case, and what `passLeases` needs. Each case has a clientId of its own: it does not matter
   * whether the rows of others are there.
   */
  readonly layer: Layer.Layer<VaultStore | Host, unknown>
  /** Whether the cases run under `TestClock` or in real time. */
  readonly clock: "test" | "live"
  /**
   * Makes an hour pass for the store, by whose clock the leases are: steps `TestClock`, or writes into the past until when the
   * leases in the database hold.
   */
  readonly passLeases: Effect.Effect<void, unknown, VaultStore | Host>
}

/** One case's own part of the store. */
interface Setting {
  readonly store: VaultStore["Service"]
  readonly clientId: string
  readonly passLeases: Effect.Effect<void, unknown>
}

interface Case {
  readonly title: string
  readonly run: (setting: Setting) => Effect.Effect<void, unknown>
}

const lease = Duration.minutes(1)
const appUserId = "app user"
// Names whoever is at an attempt, unless a case says otherwise.
const token = "the call at it"

type Given = Partial<Pick<NewAttempt, "appUserId" | "origin" | "lease" | "token">>

const attemptOf = ({ clientId }: Setting, userId: string, given: Given = {}): NewAttempt => ({
  clientId,
  userId,
  appUserId: given.appUserId ?? appUserId,
  origin: given.origin ?? "vault",
  lease: given.lease ?? lease,
  token: given.token ?? token
})

/** Makes an attempt and brings it into the state. */
const given = Effect.fnUntraced(function* (setting: Setting, userId: string, state: State, more: Given = {}) {
  const { clientId, store } = setting
  assert.isTrue(yield* store.claim(attemptOf(setting, userId, more)), `${userId} is claimed`)
  if (state === "active")
    assert.isTrue(yield* store.complete({ clientId, userId, token, sealedSecret: `sealed ${userId}` }))
  if (state === "void") assert.isTrue(yield* store.end({ clientId, userId, token, state, reason: "not-applied" }))
  if (state === "doomed") assert.isTrue(yield* store.end({ clientId, userId, token, state, reason: "unknown" }))
})

const rowOf = ({ clientId, store }: Setting, userId: string) =>
  Effect.map(store.rows(clientId, [userId]), (rows) => rows[0])

const has = Effect.fnUntraced(function* (setting: Setting, userId: string, expected: Partial<Attempt>) {
  const row = yield* rowOf(setting, userId)
  assert.isDefined(row, `${userId} has a row`)
  assert.deepInclude({ ...row }, expected)
})

const liveOf = ({ clientId, store }: Setting, of = appUserId) => store.live({ clientId, appUserId: of })

const all = ({ clientId, store }: Setting) => store.page({ clientId, limit: 1000 })

/** Answers what is refused, and holds that it changed no row. */
const refuses = Effect.fnUntraced(function* (setting: Setting, step: Effect.Effect<boolean, unknown>) {
  const before = yield* all(setting)
  assert.isFalse(yield* step)
  assert.deepStrictEqual(yield* all(setting), before)
})

const together = <A, E>(count: number, step: (i: number) => Effect.Effect<A, E>) =>
  Effect.all(
    Array.from({ length: count }, (_, i) => step(i)),
    { concurrency: "unbounded" }
  )

const isOneOf = (answers: ReadonlyArray<boolean>) => assert.lengthOf(answers.filter(Boolean), 1)

const states: ReadonlyArray<State> = ["sent", "active", "doomed", "void"]

const live: ReadonlyArray<Case> = [
  {
    title: "is nothing for an app user without attempts",
    run: (setting) => Effect.map(liveOf(setting), assert.isUndefined)
  },
  {
    title: "is the attempt that was claimed, with everything about it",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "sent", { origin: "app" })
      const attempt = yield* liveOf(setting)
      assert.isDefined(attempt)
      const { changedAt, createdAt, ...rest } = { ...attempt }
      assert.deepStrictEqual(rest, {
        clientId: setting.clientId,
        appUserId,
        userId: "u",
        origin: "app",
        state: "sent",
        leaseHolds: true,
        reason: null,
        sealedSecret: null,
        token
      })
      assert.isAtLeast(changedAt, createdAt)
    })
  },
  {
    title: "is the active attempt, with its secret and no lease",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "active")
      assert.deepInclude(
        { ...(yield* liveOf(setting)) },
        { state: "active", sealedSecret: "sealed u", leaseHolds: false }
      )
    })
  },
  ...(["doomed", "void"] as const).map((state) => ({
    title: `is nothing where the only attempt is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state)
      assert.isUndefined(yield* liveOf(setting))
    })
  }))
]

const claim: ReadonlyArray<Case> = [
  ...(["sent", "active"] as const).map((state) => ({
    title: `is refused where the app user has an attempt that is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state)
      yield* refuses(setting, setting.store.claim(attemptOf(setting, "v")))
    })
  })),
  ...states.map((state) => ({
    title: `is refused where the userId has a row that is ${state}, whoever's`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state)
      yield* refuses(setting, setting.store.claim(attemptOf(setting, "u", { appUserId: "another" })))
      yield* refuses(setting, setting.store.claim(attemptOf(setting, "u")))
    })
  })),
  ...(["doomed", "void"] as const).map((state) => ({
    title: `is granted after an attempt that is ${state}, which stays`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state)
      yield* given(setting, "v", "sent")
      yield* has(setting, "u", { state })
    })
  })),
  {
    title: "dooms an attempt whose lease is over, and takes its place",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "sent")
      yield* setting.passLeases
      yield* has(setting, "u", { state: "sent", leaseHolds: false })
      yield* given(setting, "v", "sent")
      yield* has(setting, "u", { state: "doomed", reason: "lease-over" })
      yield* has(setting, "v", { state: "sent", leaseHolds: true })
    })
  },
  {
    title: "a lease of no time is over at once",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "sent", { lease: Duration.zero })
      yield* given(setting, "v", "sent")
      yield* has(setting, "u", { state: "doomed", reason: "lease-over" })
    })
  },
  {
    title: "is refused by the app's own userId even when its lease is over",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "sent", { origin: "app" })
      yield* setting.passLeases
      yield* refuses(setting, setting.store.claim(attemptOf(setting, "v")))
    })
  },
  {
    title: "is refused by an active attempt however long ago it was made",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "active")
      yield* setting.passLeases
      yield* refuses(setting, setting.store.claim(attemptOf(setting, "v")))
    })
  },
  {
    title: "is refused for a userId with a row, but dooms the app user's attempt whose lease is over",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "taken", "doomed")
      yield* given(setting, "u", "sent", { lease: Duration.zero })
      assert.isFalse(yield* setting.store.claim(attemptOf(setting, "taken")))
      yield* has(setting, "u", { state: "doomed", reason: "lease-over" })
      yield* has(setting, "taken", { state: "doomed", reason: "unknown" })
    })
  }
]

const reclaim: ReadonlyArray<Case> = [
  {
    title: "takes the app's own void userId again, with a lease and without its reason",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "void", { origin: "app" })
      assert.isTrue(yield* setting.store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt: false }))
      yield* has(setting, "u", { state: "sent", leaseHolds: true, reason: null, origin: "app" })
      assert.strictEqual((yield* liveOf(setting))?.userId, "u")
    })
  },
  {
    title: "takes one in doubt again, once its lease is over",
    run: Effect.fnUntraced(function* (setting) {
      const again = setting.store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt: true })
      yield* given(setting, "u", "sent", { origin: "app" })
      yield* refuses(setting, again)
      yield* setting.passLeases
      assert.isTrue(yield* again)
      yield* has(setting, "u", { state: "sent", leaseHolds: true })
    })
  },
  ...(["active", "doomed", "void"] as const).map((state) => ({
    title: `takes none in doubt that is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state, { origin: "app" })
      yield* setting.passLeases
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt: true }))
    })
  })),
  ...(["sent", "active", "doomed"] as const).map((state) => ({
    title: `takes none without doubt that is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state, { origin: "app" })
      yield* setting.passLeases
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt: false }))
    })
  })),
  ...[true, false].map((inDoubt) => ({
    title: `inserts no row, ${inDoubt ? "in" : "without"} doubt`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt }))
    })
  })),
  {
    title: "takes no userId that the vault chose",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "void")
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "u"), inDoubt: false }))
      yield* given(setting, "v", "sent", { lease: Duration.zero })
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "v"), inDoubt: true }))
    })
  },
  {
    title: "takes no other app user's userId",
    run: Effect.fnUntraced(function* (setting) {
      const another = { origin: "app", appUserId: "another" } as const
      yield* given(setting, "u", "void", { origin: "app" })
      yield* given(setting, "v", "sent", { origin: "app", lease: Duration.zero })
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "u", another), inDoubt: false }))
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "v", another), inDoubt: true }))
    })
  },
  ...(["sent", "active"] as const).map((state) => ({
    title: `takes no void userId while another of the app user is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", "void", { origin: "app" })
      yield* given(setting, "v", state)
      yield* refuses(setting, setting.store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt: false }))
    })
  }))
]

const complete: ReadonlyArray<Case> = [
  {
    title: "makes a sent attempt active, even when its lease is over",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "sent")
      yield* setting.passLeases
      assert.isTrue(yield* store.complete({ clientId, userId: "u", token, sealedSecret: "sealed" }))
      yield* has(setting, "u", { state: "active", sealedSecret: "sealed", reason: null, token: null })
    })
  },
  ...(["active", "doomed", "void"] as const).map((state) => ({
    title: `is refused where it is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", state)
      yield* refuses(setting, store.complete({ clientId, userId: "u", token, sealedSecret: "another" }))
    })
  })),
  {
    title: "is refused where another is at it",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "sent")
      yield* refuses(setting, store.complete({ clientId, userId: "u", token: "another", sealedSecret: "sealed" }))
    })
  },
  {
    title: "is refused where there is no row, and inserts none",
    run: (setting) =>
      refuses(
        setting,
        setting.store.complete({ clientId: setting.clientId, userId: "u", token, sealedSecret: "sealed" })
      )
  }
]

const end: ReadonlyArray<Case> = [
  ...(["void", "doomed"] as const).map((state) => ({
    title: `makes a sent attempt ${state}, with the reason`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "sent")
      assert.isTrue(yield* store.end({ clientId, userId: "u", token, state, reason: "interrupted" }))
      yield* has(setting, "u", { state, reason: "interrupted", leaseHolds: false, sealedSecret: null })
    })
  })),
  {
    title: "dooms what was void, with the new reason",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "void")
      assert.isTrue(yield* store.end({ clientId, userId: "u", token: null, state: "doomed", reason: "listed" }))
      yield* has(setting, "u", { state: "doomed", reason: "listed" })
    })
  },
  ...(
    [
      ["active", "void"],
      ["active", "doomed"],
      ["doomed", "void"],
      ["doomed", "doomed"],
      ["void", "void"]
    ] as const
  ).map(([from, state]) => ({
    title: `makes nothing ${state} that is ${from}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", from)
      for (const of of [token, null])
        yield* refuses(setting, store.end({ clientId, userId: "u", token: of, state, reason: "exists" }))
    })
  })),
  ...(["void", "doomed"] as const).map((state) => ({
    title: `makes nothing ${state} that another is at`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "sent")
      for (const of of ["another", null])
        yield* refuses(setting, store.end({ clientId, userId: "u", token: of, state, reason: "exists" }))
    })
  })),
  ...(["void", "doomed"] as const).map((state) => ({
    title: `makes nothing ${state} without a row, and inserts none`,
    run: (setting: Setting) =>
      refuses(setting, setting.store.end({ clientId: setting.clientId, userId: "u", token, state, reason: "exists" }))
  }))
]

const release: ReadonlyArray<Case> = [
  {
    title: "ends the lease and leaves the attempt sent",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "sent", { origin: "app" })
      yield* store.release({ clientId, userId: "u", token })
      yield* has(setting, "u", { state: "sent", leaseHolds: false, reason: null })
      assert.isTrue(yield* store.reclaim({ ...attemptOf(setting, "u", { origin: "app" }), inDoubt: true }))
    })
  },
  ...(["active", "doomed", "void"] as const).map((state) => ({
    title: `does nothing to what is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", state)
      const before = yield* all(setting)
      yield* store.release({ clientId, userId: "u", token })
      assert.deepStrictEqual(yield* all(setting), before)
    })
  })),
  {
    title: "does nothing where another is at it",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "sent", { origin: "app" })
      yield* store.release({ clientId, userId: "u", token: "another" })
      yield* has(setting, "u", { state: "sent", leaseHolds: true })
    })
  },
  {
    title: "does nothing without a row",
    run: Effect.fnUntraced(function* (setting) {
      yield* setting.store.release({ clientId: setting.clientId, userId: "u", token })
      assert.isEmpty(yield* all(setting))
    })
  }
]

const forget: ReadonlyArray<Case> = [
  ...(["sent", "active"] as const).map((state) => ({
    title: `dooms what is ${state}, and drops its secret and token`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", state)
      if (state === "active") yield* store.markRotation({ clientId, userId: "u", from: null, to: "r", lease })
      assert.isTrue(yield* store.forget({ clientId, userId: "u" }))
      yield* has(setting, "u", {
        state: "doomed",
        reason: "forgotten",
        sealedSecret: null,
        token: null,
        leaseHolds: false
      })
      yield* refuses(setting, store.forget({ clientId, userId: "u" }))
    })
  })),
  ...(["doomed", "void"] as const).map((state) => ({
    title: `does nothing to what is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", state)
      yield* refuses(setting, store.forget({ clientId, userId: "u" }))
    })
  })),
  {
    title: "forgets this userId and no other",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      yield* given(setting, "v", "active", { appUserId: "another" })
      yield* store.forget({ clientId, userId: "u" })
      yield* has(setting, "v", { state: "active", sealedSecret: "sealed v" })
    })
  }
]

const adoption = ({ clientId }: Setting, userId: string) => ({ clientId, appUserId, userId, sealedSecret: "adopted" })

const adopt: ReadonlyArray<Case> = [
  {
    title: "makes a userId without a row active",
    run: Effect.fnUntraced(function* (setting) {
      assert.isTrue(yield* setting.store.adopt(adoption(setting, "u")))
      yield* has(setting, "u", {
        appUserId,
        origin: "adopted",
        state: "active",
        sealedSecret: "adopted",
        reason: null,
        token: null,
        leaseHolds: false
      })
    })
  },
  ...(["vault", "app"] as const).flatMap((origin) => [
    {
      title: `takes the app user's own userId that is sent and that the ${origin} chose`,
      run: Effect.fnUntraced(function* (setting: Setting) {
        yield* given(setting, "u", "sent", { origin })
        assert.isTrue(yield* setting.store.adopt(adoption(setting, "u")))
        yield* has(setting, "u", { origin, state: "active", sealedSecret: "adopted", token: null })
      })
    },
    {
      title: `is refused for the app user's own userId that is active and that the ${origin} chose`,
      run: Effect.fnUntraced(function* (setting: Setting) {
        yield* given(setting, "u", "active", { origin })
        yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
      })
    }
  ]),
  {
    title: "dooms another sent attempt, though its lease holds",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "v", "sent")
      assert.isTrue(yield* setting.store.adopt(adoption(setting, "u")))
      yield* has(setting, "v", { state: "doomed", reason: "superseded" })
      assert.strictEqual((yield* liveOf(setting))?.userId, "u")
    })
  },
  {
    title: "is refused by another sent attempt whose userId the app chose",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "v", "sent", { origin: "app" })
      yield* setting.passLeases
      yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
    })
  },
  {
    title: "is refused where another is active",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "v", "active")
      yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
    })
  },
  ...(["doomed", "void"] as const).map((state) => ({
    title: `is refused for a userId that is ${state}, and dooms nothing`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state)
      yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
      yield* given(setting, "v", "sent")
      yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
    })
  })),
  ...states.map((state) => ({
    title: `is refused for another app user's userId that is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      yield* given(setting, "u", state, { appUserId: "another" })
      yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
      yield* given(setting, "v", "sent")
      yield* refuses(setting, setting.store.adopt(adoption(setting, "u")))
    })
  }))
]

const rotation: ReadonlyArray<Case> = [
  {
    title: "replaceSecret replaces the secret that is given and ends the rotation",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      yield* store.markRotation({ clientId, userId: "u", from: null, to: "r", lease })
      assert.isTrue(
        yield* store.replaceSecret({ clientId, userId: "u", from: "sealed u", sealedSecret: "new", endsRotation: true })
      )
      yield* has(setting, "u", { state: "active", sealedSecret: "new", token: null })
    })
  },
  {
    title: "replaceSecret leaves the rotation where it is not told to end it",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      yield* store.markRotation({ clientId, userId: "u", from: null, to: "r", lease })
      const resealed = { clientId, userId: "u", from: "sealed u", sealedSecret: "resealed", endsRotation: false }
      assert.isTrue(yield* store.replaceSecret(resealed))
      yield* has(setting, "u", { state: "active", sealedSecret: "resealed", token: "r", leaseHolds: true })
    })
  },
  {
    title: "markRotation gives a lease, which passes or is renewed",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      assert.isTrue(yield* store.markRotation({ clientId, userId: "u", from: null, to: "r", lease }))
      yield* has(setting, "u", { state: "active", token: "r", leaseHolds: true })
      yield* setting.passLeases
      yield* has(setting, "u", { state: "active", token: "r", leaseHolds: false })
      assert.strictEqual(yield* store.doomExpired(clientId), 0)
      assert.isTrue(yield* store.markRotation({ clientId, userId: "u", from: "r", to: "s", lease }))
      yield* has(setting, "u", { state: "active", token: "s", leaseHolds: true })
    })
  },
  {
    title: "replaceSecret is refused where the secret is another",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      yield* store.markRotation({ clientId, userId: "u", from: null, to: "r", lease })
      yield* refuses(
        setting,
        store.replaceSecret({ clientId, userId: "u", from: "Sealed u", sealedSecret: "new", endsRotation: true })
      )
    })
  },
  ...(["sent", "doomed", "void"] as const).map((state) => ({
    title: `replaceSecret and markRotation are refused where it is ${state}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", state)
      yield* refuses(
        setting,
        store.replaceSecret({ clientId, userId: "u", from: "sealed u", sealedSecret: "new", endsRotation: true })
      )
      yield* refuses(setting, store.markRotation({ clientId, userId: "u", from: null, to: "r", lease }))
    })
  })),
  {
    title: "replaceSecret and markRotation are refused without a row",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* refuses(
        setting,
        store.replaceSecret({ clientId, userId: "u", from: "sealed u", sealedSecret: "new", endsRotation: true })
      )
      yield* refuses(setting, store.markRotation({ clientId, userId: "u", from: null, to: "r", lease }))
    })
  },
  {
    title: "markRotation goes from none to one, to another, to none, and keeps the secret",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      for (const [from, to] of [
        [null, "r"],
        ["r", "s"],
        ["s", null]
      ] as const) {
        assert.isTrue(yield* store.markRotation({ clientId, userId: "u", from, to, lease }))
        yield* has(setting, "u", {
          state: "active",
          sealedSecret: "sealed u",
          token: to,
          leaseHolds: to !== null
        })
      }
    })
  },
  {
    title: "markRotation is refused where the one that stands is another",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      yield* refuses(setting, store.markRotation({ clientId, userId: "u", from: "r", to: "s", lease }))
      assert.isTrue(yield* store.markRotation({ clientId, userId: "u", from: null, to: "r", lease }))
      yield* refuses(setting, store.markRotation({ clientId, userId: "u", from: null, to: "s", lease }))
      yield* refuses(setting, store.markRotation({ clientId, userId: "u", from: "R", to: "s", lease }))
    })
  }
]

const doomExpired: ReadonlyArray<Case> = [
  {
    title: "dooms every sent attempt whose lease is over, and answers how many",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      for (const userId of ["u", "v"]) yield* given(setting, userId, "sent", { appUserId: userId })
      assert.strictEqual(yield* store.doomExpired(clientId), 0)
      yield* setting.passLeases
      yield* given(setting, "held", "sent", { appUserId: "held" })
      assert.strictEqual(yield* store.doomExpired(clientId), 2)
      for (const userId of ["u", "v"]) yield* has(setting, userId, { state: "doomed", reason: "lease-over" })
      yield* has(setting, "held", { state: "sent", leaseHolds: true })
      assert.strictEqual(yield* store.doomExpired(clientId), 0)
    })
  },
  {
    title: "spares the app's own userIds, and what is not sent",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "own", "sent", { appUserId: "own", origin: "app" })
      for (const state of ["active", "doomed", "void"] as const)
        yield* given(setting, state, state, { appUserId: state })
      yield* setting.passLeases
      yield* refuses(
        setting,
        Effect.map(setting.store.doomExpired(setting.clientId), (count) => count > 0)
      )
    })
  }
]

const rows: ReadonlyArray<Case> = [
  {
    title: "are those that there are, in every state",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      for (const state of states) yield* given(setting, state, state, { appUserId: state })
      const found = yield* store.rows(clientId, ["none", ...states, "also none"])
      assert.sameMembers(
        found.map(({ userId }) => userId),
        [...states]
      )
      assert.deepStrictEqual(yield* store.rows(clientId, []), [])
      assert.deepStrictEqual(yield* store.rows(clientId, ["none"]), [])
    })
  },
  {
    title: "are read five hundred at once",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      const userIds = Array.from({ length: 500 }, (_, i) => `${"a long userId ".repeat(5)}${i}`)
      for (const userId of userIds.slice(0, 20)) yield* given(setting, userId, "sent", { appUserId: userId })
      const found = yield* store.rows(clientId, userIds)
      assert.sameMembers(
        found.map(({ userId }) => userId),
        userIds.slice(0, 20)
      )
    })
  },
  {
    title: "are read though SnapTrade lists ids that no database holds",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "active")
      const found = yield* setting.store.rows(setting.clientId, ["nul \0", "surrogate \ud83d", "\udc00", "u"])
      assert.deepStrictEqual(
        found.map(({ userId }) => userId),
        ["u"]
      )
    })
  }
]

// In the order of their code points. The last two are in the other order by UTF-16, most in another one by any language.
const ordered = ["", " ", "10", "9", "A", "B", "Z", "a", "a ", "a-b", "ab", "b", "ä", "é", "ｚ", "😀"]

const page: ReadonlyArray<Case> = [
  {
    title: "is in the order of the code points, whatever the order of insertion",
    run: Effect.fnUntraced(function* (setting) {
      for (const userId of [...ordered].toReversed()) yield* given(setting, userId, "sent", { appUserId: userId })
      assert.deepStrictEqual(
        (yield* all(setting)).map(({ userId }) => userId),
        ordered
      )
    })
  },
  {
    title: "after page, every row comes once, whatever the limit",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      for (const userId of ordered) yield* given(setting, userId, "active", { appUserId: userId })
      for (const limit of [1, 3, ordered.length, 1000]) {
        const seen: Array<string> = []
        let after: string | undefined
        while (true) {
          const part: ReadonlyArray<Attempt> = yield* store.page({ clientId, after, limit })
          assert.isAtMost(part.length, limit)
          seen.push(...part.map(({ userId }) => userId))
          after = part.at(-1)?.userId
          if (after === undefined) break
        }
        assert.deepStrictEqual(seen, ordered)
      }
    })
  },
  {
    title: "holds only those of the state that is asked for",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      for (const state of states) {
        for (const userId of [`1 ${state}`, `2 ${state}`]) yield* given(setting, userId, state, { appUserId: userId })
      }
      for (const state of states) {
        const first = yield* store.page({ clientId, state, limit: 1 })
        assert.deepStrictEqual(
          first.map((attempt) => [attempt.userId, attempt.state]),
          [[`1 ${state}`, state]]
        )
        const rest = yield* store.page({ clientId, state, after: `1 ${state}`, limit: 9 })
        assert.deepStrictEqual(
          rest.map((attempt) => [attempt.userId, attempt.state]),
          [[`2 ${state}`, state]]
        )
      }
    })
  },
  {
    title: "begins behind a userId that has no row",
    run: Effect.fnUntraced(function* (setting) {
      for (const userId of ["a", "c"]) yield* given(setting, userId, "sent", { appUserId: userId })
      const found = yield* setting.store.page({ clientId: setting.clientId, after: "b", limit: 9 })
      assert.deepStrictEqual(
        found.map(({ userId }) => userId),
        ["c"]
      )
    })
  },
  {
    title: "is in order where long userIds differ at their ends only",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      const userIds = ["", "a", "b", "ｚ", "😀"].map((suffix) => `${"ä".repeat(3000)}${suffix}`)
      for (const userId of userIds.toReversed()) yield* given(setting, userId, "sent", { appUserId: userId })
      const seen = yield* Effect.map(all(setting), (found) => found.map(({ userId }) => userId))
      assert.isTrue(seen.every((userId, i) => userId === userIds[i]))
      const behind = yield* store.page({ clientId, after: userIds[1], limit: 9 })
      assert.isTrue(behind.length === 3 && behind.every(({ userId }, i) => userId === userIds[i + 2]))
    })
  }
]

// Letters that no compression shortens.
const noise = (length: number) => {
  let state = 1
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647
    return String.fromCodePoint(33 + (state % 90))
  }).join("")
}

const texts: ReadonlyArray<readonly [what: string, text: string]> = [
  ["quotes", `'"\`; DROP TABLE snaptrade_vault_attempts; --`],
  ["backslashes", "\\ \\\\ \\0 \\x41 \\101 \\u0000 %_"],
  ["placeholders", "$1 ? :a @b {}"],
  ["line ends and controls", "\n\r\t\u0001\u007f\u0085\u2028"],
  ["emoji", "👩‍👩‍👧‍👦 😀 🇩🇪"],
  ["right to left", "\u202eمرحبا\u202c"],
  ["no characters", "\u{10ffff}\ufffe\ufeff"],
  ["a number", "0123456789012345678901234567890"],
  ["JSON", `{"a":[null,"\\u0000"]}`],
  ["nothing", ""],
  ["ten thousand characters", noise(10_000)],
  [
    "ten thousand characters beyond ASCII",
    [...noise(10_000)]
      .map((letter) => `${letter}é😀`)
      .join("")
      .slice(0, 10_000)
  ]
]

const different: ReadonlyArray<readonly [by: string, a: string, b: string]> = [
  ["case", "User", "user"],
  ["case beyond ASCII", "É", "é"],
  ["a trailing space", "user", "user "],
  ["a leading space", "user", " user"],
  ["normalisation", "é", "e\u0301"],
  ["width", "a", "ａ"],
  ["a character without width", "user", "us\u200ber"],
  ["a letter that a language takes for another", "ss", "ß"],
  ["how a number is written", "1", "01"],
  ["how a number of the language is written", "1", "1.0"],
  ["the end of a long text", `${noise(10_000)}a`, `${noise(10_000)}b`]
]

const strings: ReadonlyArray<Case> = [
  ...texts.map(([what, text]) => ({
    title: `come back as they were: ${what}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      yield* given(setting, text, "sent", { appUserId: text, origin: "app" })
      yield* store.release({ clientId, userId: text, token })
      assert.isTrue(
        yield* store.reclaim({
          ...attemptOf(setting, text, { appUserId: text, origin: "app", token: text }),
          inDoubt: true
        })
      )
      assert.isTrue(yield* store.complete({ clientId, userId: text, token: text, sealedSecret: text }))
      assert.isTrue(yield* store.markRotation({ clientId, userId: text, from: null, to: text, lease }))
      assert.isTrue(yield* store.markRotation({ clientId, userId: text, from: text, to: text, lease }))
      const found = [yield* liveOf(setting, text), yield* rowOf(setting, text), (yield* all(setting))[0]]
      for (const row of found) {
        const { appUserId: ofApp, token: mark, sealedSecret, userId } = row ?? {}
        assert.isTrue([userId, ofApp, sealedSecret, mark].every((value) => value === text))
      }
      assert.isTrue(
        yield* store.replaceSecret({ clientId, userId: text, from: text, sealedSecret: "new", endsRotation: true })
      )
      assert.isTrue(yield* store.forget({ clientId, userId: text }))
    })
  })),
  ...different.map(([by, a, b]) => ({
    title: `differ by ${by}`,
    run: Effect.fnUntraced(function* (setting: Setting) {
      const { clientId, store } = setting
      for (const id of [a, b]) {
        assert.isUndefined(yield* rowOf(setting, id))
        yield* given(setting, id, "sent", { appUserId: id })
        assert.isTrue((yield* liveOf(setting, id))?.userId === id)
      }
      assert.lengthOf(yield* store.rows(clientId, [a]), 1)
      assert.isTrue(yield* store.complete({ clientId, userId: a, token, sealedSecret: a }))
      assert.isTrue((yield* rowOf(setting, b))?.state === "sent")
      assert.isFalse(
        yield* store.replaceSecret({ clientId, userId: a, from: b, sealedSecret: "new", endsRotation: true })
      )
      assert.isTrue(yield* store.forget({ clientId, userId: a }))
      assert.isTrue((yield* rowOf(setting, b))?.state === "sent")
    })
  }))
]

const clients: ReadonlyArray<Case> = [
  {
    title: "have the same ids and see nothing of one another",
    run: Effect.fnUntraced(function* (setting) {
      const other = { ...setting, clientId: `${setting.clientId}, another` }
      const { store } = setting
      const key: Key = { clientId: other.clientId, appUserId }
      yield* given(setting, "u", "sent", { lease: Duration.zero })
      assert.isUndefined(yield* liveOf(other))
      assert.isEmpty(yield* all(other))
      assert.isEmpty(yield* store.rows(other.clientId, ["u"]))
      assert.strictEqual(yield* store.doomExpired(other.clientId), 0)
      assert.isFalse(yield* store.forget({ ...key, userId: "u" }))
      assert.isFalse(yield* store.complete({ ...key, userId: "u", token, sealedSecret: "sealed" }))
      assert.isFalse(yield* store.end({ ...key, userId: "u", token, state: "doomed", reason: "unknown" }))
      yield* store.release({ ...key, userId: "u", token })
      yield* given(other, "u", "active")
      yield* has(setting, "u", { state: "sent", sealedSecret: null })
      assert.isFalse(
        yield* store.replaceSecret({
          ...setting,
          userId: "u",
          from: "sealed u",
          sealedSecret: "new",
          endsRotation: true
        })
      )
      assert.isFalse(yield* store.markRotation({ ...setting, userId: "u", from: null, to: "r", lease }))
      assert.isTrue(yield* store.adopt(adoption(setting, "adopted")))
      yield* has(other, "u", { state: "active", sealedSecret: "sealed u" })
      assert.lengthOf(yield* all(other), 1)
    })
  }
]

const races: ReadonlyArray<Case> = [
  {
    title: "of 32 claims of an app user, one wins",
    run: Effect.fnUntraced(function* (setting) {
      isOneOf(yield* together(32, (i) => setting.store.claim(attemptOf(setting, `u${i}`))))
      assert.lengthOf(yield* all(setting), 1)
      assert.isDefined(yield* liveOf(setting))
    })
  },
  {
    title: "of 32 claims of an app user whose attempt's lease is over, one wins",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "old", "sent", { lease: Duration.zero })
      isOneOf(yield* together(32, (i) => setting.store.claim(attemptOf(setting, `u${i}`))))
      yield* has(setting, "old", { state: "doomed", reason: "lease-over" })
      assert.lengthOf(yield* all(setting), 2)
    })
  },
  {
    title: "of 32 claims of a userId, one wins",
    run: Effect.fnUntraced(function* (setting) {
      isOneOf(yield* together(32, (i) => setting.store.claim(attemptOf(setting, "u", { appUserId: `app user ${i}` }))))
      assert.lengthOf(yield* all(setting), 1)
    })
  },
  {
    title: "of four claims of each of 25 app users, one wins each",
    run: Effect.fnUntraced(function* (setting) {
      const answers = yield* together(100, (i) =>
        setting.store.claim(attemptOf(setting, `u${i}`, { appUserId: `app user ${i % 25}` }))
      )
      for (let user = 0; user < 25; user++) isOneOf(answers.filter((_, i) => i % 25 === user))
      assert.lengthOf(yield* all(setting), 25)
    })
  },
  {
    title: "of 16 that reclaim, one wins",
    run: Effect.fnUntraced(function* (setting) {
      yield* given(setting, "u", "void", { origin: "app" })
      const again = { ...attemptOf(setting, "u", { origin: "app" }), inDoubt: false }
      isOneOf(yield* together(16, (i) => setting.store.reclaim({ ...again, token: `${i}` })))
      yield* setting.passLeases
      isOneOf(yield* together(16, () => setting.store.reclaim({ ...again, inDoubt: true })))
    })
  },
  {
    title: "of those that claim and those that reclaim, one wins",
    run: Effect.fnUntraced(function* (setting) {
      for (const userId of ["u0", "u1", "u2"]) yield* given(setting, userId, "void", { origin: "app" })
      isOneOf(
        yield* together(18, (i) =>
          i % 2 === 0
            ? setting.store.claim(attemptOf(setting, `v${i}`))
            : setting.store.reclaim({ ...attemptOf(setting, `u${i % 3}`, { origin: "app" }), inDoubt: false })
        )
      )
    })
  },
  {
    title: "of those that complete and those that end a sent attempt, one wins",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      for (let round = 0; round < 8; round++) {
        const userId = `u${round}`
        yield* given(setting, userId, "sent", { appUserId: userId })
        const answers = yield* together(12, (i) =>
          i % 2 === round % 2
            ? store.complete({ clientId, userId, token, sealedSecret: `sealed ${i}` })
            : store.end({ clientId, userId, token, state: "doomed", reason: "unknown" })
        )
        isOneOf(answers)
        const winner = answers.indexOf(true)
        yield* has(
          setting,
          userId,
          winner % 2 === round % 2
            ? { state: "active", sealedSecret: `sealed ${winner}` }
            : { state: "doomed", sealedSecret: null }
        )
      }
    })
  },
  {
    title: "what is forgotten while it completes is doomed and holds no secret",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      for (let round = 0; round < 8; round++) {
        const userId = `u${round}`
        yield* given(setting, userId, "sent", { appUserId: userId })
        const forgotten = store.forget({ clientId, userId })
        const completed = store.complete({ clientId, userId, token, sealedSecret: "sealed" })
        const answers = yield* together(12, (i) => (i % 2 === round % 2 ? completed : forgotten))
        isOneOf(answers.filter((_, i) => i % 2 !== round % 2))
        yield* has(setting, userId, { state: "doomed", reason: "forgotten", sealedSecret: null })
      }
    })
  },
  {
    title: "an adoption wins against every claim",
    run: Effect.fnUntraced(function* (setting) {
      for (let round = 0; round < 8; round++) {
        const of = `app user ${round}`
        const answers = yield* together(12, (i) =>
          i === round
            ? setting.store.adopt({ ...adoption(setting, `adopted ${round}`), appUserId: of })
            : setting.store.claim(attemptOf(setting, `u${round} ${i}`, { appUserId: of }))
        )
        assert.isTrue(answers[round])
        assert.deepInclude({ ...(yield* liveOf(setting, of)) }, { userId: `adopted ${round}`, state: "active" })
      }
      const doomed = (yield* all(setting)).filter(({ origin }) => origin === "vault")
      for (const { reason, state } of doomed) assert.deepStrictEqual([state, reason], ["doomed", "superseded"])
    })
  },
  {
    title: "of 16 adoptions of different userIds, one wins",
    run: Effect.fnUntraced(function* (setting) {
      isOneOf(yield* together(16, (i) => setting.store.adopt(adoption(setting, `u${i}`))))
      assert.lengthOf(yield* all(setting), 1)
    })
  },
  {
    title: "of 16 that replace a secret, one wins",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      const answers = yield* together(16, (i) =>
        store.replaceSecret({ clientId, userId: "u", from: "sealed u", sealedSecret: `new ${i}`, endsRotation: true })
      )
      isOneOf(answers)
      yield* has(setting, "u", { sealedSecret: `new ${answers.indexOf(true)}` })
    })
  },
  {
    title: "of 16 that begin a rotation, one wins",
    run: Effect.fnUntraced(function* (setting) {
      const { clientId, store } = setting
      yield* given(setting, "u", "active")
      const answers = yield* together(16, (i) =>
        store.markRotation({ clientId, userId: "u", from: null, to: `r${i}`, lease })
      )
      isOneOf(answers)
      yield* has(setting, "u", { token: `r${answers.indexOf(true)}` })
    })
  },
  {
    title: "what is over is doomed once",
    run: Effect.fnUntraced(function* (setting) {
      yield* together(40, (i) => given(setting, `u${i}`, "sent", { appUserId: `${i}`, lease: Duration.zero }))
      const counts = yield* together(8, () => setting.store.doomExpired(setting.clientId))
      assert.strictEqual(
        counts.reduce((sum, count) => sum + count, 0),
        40
      )
    })
  }
]

const groups = {
  live,
  claim,
  reclaim,
  complete,
  end,
  release,
  forget,
  adopt,
  rotation,
  doomExpired,
  rows,
  page,
  strings,
  clients,
  races
}

/**
 * Registers the suite's tests for the store.
 *
 * @example
 * ```ts
 * import { layerStoreMemory } from "@effect-snaptrade/vault"
 * import { storeConformance } from "@effect-snaptrade/vault/conformance"
 * import * as TestClock from "effect/testing/TestClock"
 *
 * storeConformance({
 *   name: "memory",
 *   layer: layerStoreMemory,
 *   clock: "test",
 *   passLeases: TestClock.adjust("1 hour")
 * })
 * ```
 */
export const storeConformance = <Host = never>(under: StoreUnderTest<Host>): void => {
  const test = under.clock === "test" ? it.effect : it.live
  describe(`a vault's store: ${under.name}`, () => {
    for (const [group, cases] of Object.entries(groups)) {
      describe(`${group}`, () => {
        for (const { run, title } of cases) {
          test(title, () =>
            Effect.gen(function* () {
              const context = yield* Effect.context<VaultStore | Host>()
              yield* run({
                store: yield* VaultStore,
                clientId: crypto.randomUUID(),
                passLeases: Effect.provideContext(under.passLeases, context)
              })
            }).pipe(Effect.provide(under.layer))
          )
        }
      })
    }
  })
}

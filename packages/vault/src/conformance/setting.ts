/**
 * What the cases are written in: one case's own part of the store, and the steps that bring it into a state.
 */
import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Attempt, State } from "../Attempt.ts"
import type { NewAttempt, VaultStore } from "../VaultStore.ts"

/** One case's own part of the store. */
export interface Setting {
  readonly store: VaultStore["Service"]
  readonly clientId: string
  readonly passLeases: Effect.Effect<void, unknown>
}

export interface Case {
  readonly title: string
  readonly run: (setting: Setting) => Effect.Effect<void, unknown>
}

export const lease = Duration.minutes(1)
export const appUserId = "app user"
// Names whoever is at an attempt, unless a case says otherwise.
export const token = "the call at it"

type Given = Partial<Pick<NewAttempt, "appUserId" | "origin" | "lease" | "token">>

export const attemptOf = ({ clientId }: Setting, userId: string, given: Given = {}): NewAttempt => ({
  clientId,
  userId,
  appUserId: given.appUserId ?? appUserId,
  origin: given.origin ?? "vault",
  lease: given.lease ?? lease,
  token: given.token ?? token
})

/** Makes an attempt and brings it into the state. */
export const given = Effect.fnUntraced(function* (setting: Setting, userId: string, state: State, more: Given = {}) {
  const { clientId, store } = setting
  assert.isTrue(yield* store.claim(attemptOf(setting, userId, more)), `${userId} is claimed`)
  if (state === "active")
    assert.isTrue(yield* store.complete({ clientId, userId, token, sealedSecret: `sealed ${userId}` }))
  if (state === "void") assert.isTrue(yield* store.end({ clientId, userId, token, state, reason: "not-applied" }))
  if (state === "doomed") assert.isTrue(yield* store.end({ clientId, userId, token, state, reason: "unknown" }))
})

export const rowOf = ({ clientId, store }: Setting, userId: string) =>
  Effect.map(store.rows(clientId, [userId]), (rows) => rows[0])

export const has = Effect.fnUntraced(function* (setting: Setting, userId: string, expected: Partial<Attempt>) {
  const row = yield* rowOf(setting, userId)
  assert.isDefined(row, `${userId} has a row`)
  assert.deepInclude({ ...row }, expected)
})

export const liveOf = ({ clientId, store }: Setting, of = appUserId) => store.live({ clientId, appUserId: of })

export const all = ({ clientId, store }: Setting) => store.page({ clientId, limit: 1000 })

/** Answers what is refused, and holds that it changed no row. */
export const refuses = Effect.fnUntraced(function* (setting: Setting, step: Effect.Effect<boolean, unknown>) {
  const before = yield* all(setting)
  assert.isFalse(yield* step)
  assert.deepStrictEqual(yield* all(setting), before)
})

export const together = <A, E>(count: number, step: (i: number) => Effect.Effect<A, E>) =>
  Effect.all(
    Array.from({ length: count }, (_, i) => step(i)),
    { concurrency: "unbounded" }
  )

export const isOneOf = (answers: ReadonlyArray<boolean>) => assert.lengthOf(answers.filter(Boolean), 1)

export const states: ReadonlyArray<State> = ["sent", "active", "doomed", "void"]

export const adoption = ({ clientId }: Setting, userId: string) => ({
  clientId,
  appUserId,
  userId,
  sealedSecret: "adopted"
})

/**
 * After the last kill, with the network quiet: what the vault, SnapTrade and the journal say of each user is held against
 * one another.
 */
import { loginUser } from "@effect-snaptrade/core"
import { LocalSnapTrade } from "@effect-snaptrade/testing"
import { type Attempt, type HeldUser, Vault } from "@effect-snaptrade/vault"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { fingerprint, of, read } from "./journal.ts"
import { deletionsTake } from "./local.ts"
import { steps } from "./steps.ts"

/** What was found. */
export interface Findings {
  readonly hits: ReadonlyMap<string, number>
  readonly appUsers: number
  readonly registrations: number
  readonly givenUp: number
  readonly orphansBefore: number
  readonly orphansAfter: number
  readonly handedOut: number
  /** App users of whom a secret that was handed out is gone without being forgotten or rotated, or does not work. */
  readonly lost: number
  readonly rotations: number
  readonly rotationsUnfinished: number
  readonly secretsDead: number
  /** What is not as it should be. */
  readonly faults: ReadonlyArray<string>
}

const concurrency = 20

const countBy = (names: ReadonlyArray<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

const isOf = (kind: string) => (app: string) => app.startsWith(`${kind}-`)
const isKept = (app: string) => isOf("kept")(app) || isOf("leaving")(app)
const isForgotten = isOf("forgotten")
const isRotated = (app: string) => app.startsWith("rotated-")

/** The secrets with which rotations were asked for at SnapTrade, hashed. */
const rotatedAway = (requests: ReadonlyArray<{ readonly path: string; readonly body: string }>) =>
  new Set(
    requests
      .filter(({ path }) => path.endsWith("/snapTrade/resetUserSecret"))
      .map(({ body }) => fingerprint(Redacted.make(String((JSON.parse(body) as { userSecret: string }).userSecret))))
  )

export const check = Effect.fnUntraced(function* (journal: string) {
  const vault = yield* Vault
  const local = yield* LocalSnapTrade
  const lines = read(journal)
  const faults: Array<string> = []
  const must = (holds: boolean, otherwise: string) => void (holds || faults.push(otherwise))
  const lost = new Set<string>()
  const mustKeep = (app: string, holds: boolean, otherwise: string) => {
    must(holds, `${app}: ${otherwise}`)
    if (!holds) lost.add(app)
  }

  const hits = countBy(of(lines, "Died").map(({ step }) => step))
  for (const step of steps) must(hits.has(step), `nobody died at "${step}"`)
  for (const { what } of of(lines, "Wrong")) faults.push(what)
  for (const { app, userId } of of(lines, "Refused"))
    mustKeep(app, !isKept(app), `the secret of ${userId} was handed out and refused`)

  const rows = Effect.map(Stream.runCollect(vault.list()), (all) => Array.from(all))
  const before = yield* rows
  const requests = yield* local.requests
  const rotatedFrom = rotatedAway(requests)
  const handed = [...of(lines, "Handed"), ...of(lines, "Rotated")]
  const apps = [...new Set([...before.map(({ appUserId }) => appUserId), ...handed.map(({ app }) => app)])]

  // Every app user asks again, twice, and logs in.
  const dead = new Map<string, HeldUser>()
  const held = new Map<string, HeldUser>()
  const ask = Effect.fnUntraced(function* (app: string) {
    const user = yield* Effect.result(vault.ensureUser(app))
    if (Result.isFailure(user)) return void faults.push(`${app}: ${user.failure.message}`)
    held.set(app, user.success)
    const again = yield* Effect.result(vault.ensureUser(app))
    const isSame =
      Result.isSuccess(again) && fingerprint(again.success.userSecret) === fingerprint(user.success.userSecret)
    mustKeep(app, isSame, "asked twice, another secret")
    const login = yield* Effect.result(loginUser(user.success))
    if (Result.isSuccess(login)) return
    if (login.failure._tag === "AccessDenied") dead.set(app, user.success)
    else faults.push(`${app}: ${login.failure.message}`)
  })
  yield* Effect.forEach(apps, ask, { concurrency, discard: true })

  // Only a rotation that was not finished kills a secret, and then the vault says so.
  const rotateFails = of(lines, "NotRotated")
  for (const [app, user] of dead) {
    const mayDie = isRotated(app) && user.rotationUnknown && rotatedFrom.has(fingerprint(user.userSecret))
    mustKeep(app, mayDie, `the secret of ${user.userId} does not work`)
    const said = yield* Effect.flip(vault.rotate(app))
    must(said._tag === "SecretLost", `${app}: its secret is dead, and rotate says ${said._tag}`)
  }
  for (const { app, error, userId } of rotateFails) {
    const isLie = error === "SecretLost" && dead.get(app)?.userId !== userId
    must(!isLie, `${app}: rotate said SecretLost of ${userId}, whose secret works`)
    must(error !== "UserNotHeld", `${app}: rotate said UserNotHeld after ensureUser`)
  }

  // What was handed out is what is held, unless it was forgotten or rotated.
  const attempts = new Map<string, Attempt>((yield* rows).map((row) => [row.userId, row]))
  const forgets = new Set(of(lines, "Forgetting").map(({ app }) => app))
  const secretsOf = new Map<string, Set<string>>()
  for (const { app, secret, userId } of handed) {
    const now = held.get(app)
    secretsOf.set(userId, (secretsOf.get(userId) ?? new Set()).add(secret))
    if (now?.userId === userId && fingerprint(now.userSecret) === secret) continue
    const wasForgotten = isForgotten(app) && forgets.has(app) && attempts.get(userId)?.reason === "forgotten"
    const wasRotated = isRotated(app) && now?.userId === userId && rotatedFrom.has(secret)
    mustKeep(app, wasForgotten || wasRotated, `a secret of ${userId} was handed out and is not held`)
  }
  for (const [userId, secrets] of secretsOf)
    must(secrets.size === 1 || isRotated(attempts.get(userId)?.appUserId ?? ""), `${userId}: two secrets handed out`)

  // SnapTrade has the users that are held, and beside them what is doomed.
  const users = yield* local.users
  const live = new Map(Array.from(held.values(), (user) => [user.userId, user]))
  const others = users.filter(({ userId }) => !live.has(userId))
  for (const { userId } of others) {
    const row = attempts.get(userId)
    must(row?.state === "doomed", `SnapTrade has ${userId}, whose row is ${row?.state ?? "missing"}`)
  }
  const at = new Map(users.map((user) => [user.userId, user]))
  const deadIds = new Set(Array.from(dead.values(), ({ userId }) => userId))
  for (const user of live.values()) {
    const there = at.get(user.userId)
    mustKeep(user.appUserId, there !== undefined, `SnapTrade does not have ${user.userId}`)
    if (there === undefined) continue
    mustKeep(user.appUserId, !there.deletionQueued, `${user.userId} is about to be deleted`)
    const isSame = fingerprint(there.userSecret) === fingerprint(user.userSecret)
    mustKeep(user.appUserId, isSame || deadIds.has(user.userId), `SnapTrade has another secret of ${user.userId}`)
  }

  // A sweep leaves those that are held, and nobody else.
  const report = yield* vault.sweep({ delete: true })
  must(report.failed.length === 0, `the sweep failed at ${report.failed.length} ids`)
  must(report.unknown === 0, `SnapTrade has ${report.unknown} ids without a row`)
  yield* Effect.sleep(Duration.times(deletionsTake, 2))
  const left = (yield* local.users).filter(({ userId }) => !live.has(userId))
  must(left.length === 0, `${left.length} orphans are left after the sweep`)
  must((yield* local.users).length === live.size, `SnapTrade has not the ${live.size} users that are held`)
  const stillWorks = Effect.fnUntraced(function* (app: string) {
    const found = yield* vault.find(app)
    const works = Option.isSome(found) && Result.isSuccess(yield* Effect.result(loginUser(found.value)))
    mustKeep(app, works || dead.has(app), "does not work after the sweep")
  })
  yield* Effect.forEach(apps, stillWorks, { concurrency, discard: true })

  // The way out that SecretLost names.
  for (const app of dead.keys()) {
    yield* vault.forget(app)
    const login = yield* Effect.result(Effect.flatMap(vault.ensureUser(app), (user) => loginUser(user)))
    mustKeep(app, Result.isSuccess(login), "does not work after its secret was lost and it was registered anew")
  }

  const findings: Findings = {
    hits,
    appUsers: apps.length,
    registrations: requests.filter(({ path }) => path.endsWith("/snapTrade/registerUser")).length,
    givenUp: [...attempts.values()].filter(({ state }) => state === "doomed").length,
    orphansBefore: others.length,
    orphansAfter: left.length,
    handedOut: new Set(handed.map(({ secret }) => secret)).size,
    lost: lost.size,
    rotations: of(lines, "Rotated").length,
    rotationsUnfinished: of(lines, "Rotating").length - of(lines, "Rotated").length,
    secretsDead: dead.size,
    faults
  }
  return findings
})

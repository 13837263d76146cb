/**
 * A process that uses the vault as an app does, until it is killed.
 */
import { loginUser } from "@effect-snaptrade/core"
import { Failure, Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerRemote } from "@effect-snaptrade/testing/remote"
import { type HeldUser, Vault } from "@effect-snaptrade/vault"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { fingerprint, open, type Write } from "./journal.ts"
import { Settings } from "./settings.ts"
import {
  type Between,
  CurrentOperation,
  layerSnapTrade,
  layerStore,
  type Operation,
  operationOf,
  type Step
} from "./steps.ts"
import * as UnreliableStore from "./unreliableStore.ts"
import * as CrashVault from "./vault.ts"

const settings = Schema.decodeUnknownSync(Schema.fromJsonString(Settings))(process.argv[2])
const write: Write = open(settings.journal)

const die = (step: Step) => {
  write({ _tag: "Died", step })
  process.kill(process.pid, "SIGKILL")
}

const dieAt = (step: Step) =>
  Effect.andThen(
    Effect.sync(() => die(step)),
    Effect.never
  )

// Its own end is the parent's, however that comes.
process.stdin.resume().once("close", () => process.exit(1))

const target = settings.task._tag === "Live" ? settings.task.die : undefined

const makeBetween = Effect.gen(function* () {
  const local = yield* LocalSnapTrade
  let left = target?.nth ?? 0

  // The reply is held back while the local SnapTrade is asked whether the request was carried out.
  const carriedOut = (userId: string, secretBefore: string | undefined) =>
    local.users.pipe(
      Effect.map((users) => users.find((user) => user.userId === userId)),
      Effect.repeat({
        until: (user) => user !== undefined && Redacted.value(user.userSecret) !== secretBefore
      })
    )

  const holdBack = Instruction.delay("10 seconds")

  const between: Between = {
    at: (step) =>
      Effect.sync(() => {
        if (step === target?.step && --left <= 0) die(step)
      }),
    around: (input, request) => {
      const { userId, userSecret } = input as { readonly userId: string; readonly userSecret?: Redacted.Redacted }
      const isRegistration = userSecret === undefined
      switch (target?.step) {
        case "ensureUser: before dooming":
        case "ensureUser: doomed":
          return isRegistration ? Effect.andThen(local.nextFor(userId, Instruction.dropReply), request) : request
        case "ensureUser: before voiding":
        case "ensureUser: voided":
          return isRegistration
            ? Effect.andThen(local.nextFor(userId, Instruction.fail(Failure.signatureRejected)), request)
            : request
        case "ensureUser: the request left and was carried out, no reply yet":
          if (!isRegistration || --left > 0) return request
          return Effect.andThen(
            local.nextFor(userId, holdBack),
            Effect.raceFirst(request, Effect.andThen(carriedOut(userId, undefined), dieAt(target.step)))
          )
        case "rotate: the request left and was carried out, no reply yet":
          if (isRegistration || --left > 0) return request
          return Effect.andThen(
            local.next(holdBack),
            Effect.raceFirst(
              request,
              Effect.andThen(carriedOut(userId, Redacted.value(userSecret)), dieAt(target.step))
            )
          )
        default:
          return request
      }
    }
  }
  return between
})

const handed = (app: string, user: HeldUser) =>
  Effect.sync(() => write({ _tag: "Handed", app, userId: user.userId, secret: fingerprint(user.userSecret) }))

const wrong = (what: string) => Effect.sync(() => write({ _tag: "Wrong", what }))

// What must not happen, whatever crashed.
const never = new Set([
  "SecretUnreadable",
  "StoreBehind",
  "InvalidInput",
  "RegistrationInDoubt",
  "OwnIdSpent",
  "NotAdoptable"
])

const expected = <A, E extends { readonly _tag: string; readonly message: string }, R>(use: Effect.Effect<A, E, R>) =>
  use.pipe(Effect.catch((error) => (never.has(error._tag) ? wrong(error.message) : Effect.void)))

const use = <A, E, R>(operation: Operation, vault: Effect.Effect<A, E, R>) =>
  Effect.provideService(vault, CurrentOperation, operation)

const live = Effect.fnUntraced(function* (task: { readonly from: number }) {
  const vault = yield* Vault
  let once = 0

  const among = (kind: string, count: number) =>
    Effect.map(Random.nextIntBetween(0, count - 1), (i) => `${kind}-${task.from + i}`)

  const ensure = (app: string) =>
    use(
      "ensureUser",
      Effect.tap(vault.ensureUser(app), (user) => handed(app, user))
    )

  // App users that are never forgotten and never rotated: what was handed out works for ever.
  const kept = Effect.gen(function* () {
    const app = yield* among("kept", 12)
    const random = yield* Random.next
    // Some callers do not wait.
    const asked = yield* Effect.timeoutOption(ensure(app), random < 0.15 ? random * 1000 : Infinity)
    if (Option.isSome(asked) && random < 0.3) {
      const user = asked.value
      yield* Effect.catchTag(loginUser(user), "AccessDenied", () =>
        Effect.sync(() => write({ _tag: "Refused", app, userId: user.userId }))
      )
    }
  })

  // App users that ask once, and do not come back after a crash.
  const leaving = Effect.suspend(() => ensure(`leaving-${settings.worker}-${once++ % 15}`))

  const forgotten = Effect.gen(function* () {
    const app = yield* among("forgotten", 4)
    if (yield* Random.nextBoolean) yield* ensure(app)
    else {
      write({ _tag: "Forgetting", app })
      yield* use("forget", vault.forget(app))
    }
  })

  const rotated = Effect.gen(function* () {
    const isAlone = target?.step === "rotate: the request left and was carried out, no reply yet"
    const app = isAlone
      ? `rotated-by-${settings.worker}-${yield* Random.nextIntBetween(1, 8)}`
      : yield* among("rotated", 20)
    yield* ensure(app)
    write({ _tag: "Rotating", app })
    yield* use("rotate", vault.rotate(app)).pipe(
      Effect.tap((user) =>
        Effect.sync(() => write({ _tag: "Rotated", app, userId: user.userId, secret: fingerprint(user.userSecret) }))
      ),
      Effect.tapError((error) =>
        Effect.sync(() =>
          write({ _tag: "NotRotated", app, error: error._tag, ...("userId" in error && { userId: error.userId }) })
        )
      ),
      Effect.catchTag("RotationNotStored", ({ userId, userSecret }) => vault.adopt(app, { userId, userSecret }))
    )
  })

  const swept = use("sweep", vault.sweep({ delete: true }))

  const shares: Record<Operation, number> = { ensureUser: 12, forget: 4, rotate: 4, sweep: 0.3 }
  if (target !== undefined) shares[operationOf(target.step)] += 20
  const sum = shares.ensureUser + shares.forget + shares.rotate + shares.sweep

  const one = Effect.gen(function* () {
    const random = (yield* Random.next) * sum
    if (random < shares.sweep) return yield* expected(swept)
    if (random < shares.sweep + shares.rotate) return yield* expected(rotated)
    if (random < shares.sweep + shares.rotate + shares.forget) return yield* expected(forgotten)
    return (yield* Random.nextBoolean) ? yield* expected(kept) : yield* expected(leaving)
  })

  const fiber = (i: number) =>
    Effect.flatMap(Random.next, (random) => Effect.andThen(one, Effect.sleep(random * 80))).pipe(
      Effect.catchCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : wrong(Cause.pretty(cause)))),
      Effect.forever,
      Random.withSeed(`${settings.seed}, fiber ${i}`)
    )
  yield* Effect.forEach(
    Array.from({ length: 8 }, (_, i) => i),
    fiber,
    { concurrency: "unbounded", discard: true }
  )
})

const askForAll = Effect.fnUntraced(function* ({ count }: { readonly count: number }) {
  const vault = yield* Vault
  yield* Effect.forEach(
    Array.from({ length: count }, (_, i) => `asked-${i}`),
    (app) => Effect.tap(vault.ensureUser(app), (user) => handed(app, user)),
    { concurrency: 25, discard: true }
  )
  process.exit(0)
})

const { task } = settings

const remote = layerRemote({ baseUrl: settings.baseUrl, token: Redacted.make(settings.adminToken) }).pipe(
  Layer.provide(FetchHttpClient.layer)
)

const parts = CrashVault.layerParts(settings, settings.timeout)

const layer =
  task._tag === "AskForAll"
    ? CrashVault.layer(settings).pipe(Layer.provideMerge(parts))
    : Layer.unwrap(
        Effect.map(makeBetween, (between) =>
          CrashVault.layer(settings).pipe(
            Layer.provideMerge(
              Layer.mergeAll(UnreliableStore.layer.pipe(Layer.provide(layerStore(between))), layerSnapTrade(between))
            ),
            Layer.provideMerge(parts)
          )
        )
      ).pipe(Layer.provide(remote))

Effect.runFork(
  Effect.andThen(
    Effect.sync(() => process.stdout.write("ready\n")),
    task._tag === "Live" ? live(task) : askForAll(task)
  ).pipe(
    Effect.provide(Layer.merge(layer, Logger.layer([]))),
    Effect.catchCause((cause) =>
      Effect.sync(() => {
        process.stderr.write(Cause.pretty(cause))
        process.exit(1)
      })
    )
  )
)

import { Failure, Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { Vault, VaultStore } from "@effect-snaptrade/vault"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import { type Faults, inTime, keyOf, run } from "./support.ts"

const spellings = (secret: string): ReadonlyArray<string> => {
  const bytes = Buffer.from(secret)
  return [secret, encodeURIComponent(secret), bytes.toString("hex"), bytes.toString("base64").replace(/=+$/, "")]
}

/** Whatever a value may be printed by. */
const printed = (value: unknown): string =>
  [
    String(value),
    JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part)),
    inspect(value, { depth: 20, showHidden: true, getters: true })
  ].join("\n")

const secretsNow = Effect.flatMap(LocalSnapTrade, (local) =>
  Effect.map(local.users, (users) => users.map(({ userSecret }) => Redacted.value(userSecret)))
)

const fail = (faults: Faults, step: keyof VaultStore["Service"], times: number) => {
  for (let i = 0; i < times; i++) faults.next(step, "before")
}

/** A day in the life of a vault, with everything that goes wrong; each line is printed, whatever it comes to. */
const day = (faults: Faults) =>
  Effect.gen(function* () {
    const vault = yield* Vault
    const local = yield* LocalSnapTrade
    return {
      registered: vault.ensureUser("alice"),
      "registered after a lost reply": Effect.andThen(local.next(Instruction.dropReply), vault.ensureUser("bob")),
      unsettled: Effect.andThen(local.next(Instruction.dropReply, Instruction.dropReply), vault.ensureUser("carol")),
      "a careless server": Effect.andThen(local.next(Instruction.echo(400)), vault.ensureUser("carol")),
      "a user that cannot be stored": Effect.andThen(
        Effect.sync(() => fail(faults, "complete", 8)),
        vault.ensureUser("dave")
      ),
      rotated: vault.rotate("alice"),
      "a rotation that cannot be stored": Effect.andThen(
        Effect.sync(() => fail(faults, "replaceSecret", 8)),
        vault.rotate("alice")
      ),
      "a secret that was lost": vault.rotate("alice"),
      "a secret that does not open": Effect.suspend(() => {
        faults.keys = ["z"]
        return Effect.ensuring(
          vault.find("bob"),
          Effect.sync(() => (faults.keys = ["a"]))
        )
      }),
      adopted: vault.adopt("erin", { userId: "from-before", userSecret: Redacted.make("canary-adopted") }),
      "adopted twice": vault.adopt("erin", { userId: "another", userSecret: Redacted.make("canary-adopted") }),
      forgotten: Effect.andThen(local.next(Instruction.fail(Failure.unexpectedException)), vault.forget("bob")),
      swept: vault.sweep({ delete: true }),
      listed: Stream.runCollect(vault.list())
    }
  })

describe("No secret shows", () => {
  it.effect("in anything that the vault answers, fails with, logs, traces, counts or stores", () =>
    run((faults) =>
      Effect.gen(function* () {
        const everything: Array<string> = []
        const secrets = new Set(["canary-adopted", Redacted.value(keyOf("a".charCodeAt(0)))])
        const tracer = Tracer.make({
          span(options) {
            const span = new Tracer.NativeSpan(options)
            everything.push(span.name)
            spans.push(span)
            return span
          }
        })
        const spans: Array<Tracer.Span> = []
        const logger = Logger.make(({ cause, message }) => {
          everything.push(printed(message), Cause.pretty(cause))
        })
        const endings: Array<string> = []
        for (const [name, step] of Object.entries(yield* day(faults))) {
          const exit = yield* inTime<unknown, unknown, never>(step).pipe(
            Effect.tapCause((cause) => Effect.logFatal(name, cause)),
            Effect.tap((value) => Effect.logTrace(name, value)),
            Effect.provideService(Tracer.Tracer, tracer),
            Effect.provideService(References.MinimumLogLevel, "All"),
            Effect.provide(Logger.layer([logger])),
            Effect.exit
          )
          endings.push(`${name}: ${exit._tag}`)
          everything.push(printed(exit))
          if (exit._tag === "Failure") {
            everything.push(Cause.pretty(exit.cause))
            for (const reason of exit.cause.reasons) everything.push(printed("error" in reason ? reason.error : reason))
          }
          for (const secret of yield* secretsNow) secrets.add(secret)
        }
        everything.push(...spans.map(printed), printed(yield* Metric.snapshot))
        everything.push(printed(yield* Vault))
        const store = yield* VaultStore
        const rows = yield* store.page({ clientId: "LOCAL-SNAPTRADE", limit: 500 })
        everything.push(printed(rows))

        assert.deepStrictEqual(
          endings.filter((ending) => ending.endsWith("Success")).map((ending) => ending.split(":")[0]),
          ["registered", "registered after a lost reply", "rotated", "adopted", "forgotten", "swept", "listed"]
        )
        assert.isAtLeast(secrets.size, 6)
        assert.isTrue(rows.some(({ sealedSecret }) => sealedSecret !== null))
        const haystack = everything.join("\n")
        assert.include(haystack, "Vault.ensureUser")
        assert.include(haystack, "snaptrade.vault.users")
        for (const secret of secrets) {
          for (const spelling of spellings(secret)) {
            const at = haystack.indexOf(spelling)
            assert.strictEqual(at, -1, `${spelling} shows in ${haystack.slice(Math.max(0, at - 200), at + 200)}`)
          }
        }
      })
    )
  )
})

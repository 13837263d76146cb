import { Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer } from "@effect-snaptrade/testing/server"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { vi } from "vitest"
import { bundle, localBindings, run, until } from "./workerd.ts"

vi.setConfig({ testTimeout: 30_000 })

const root = new URL("../../../", import.meta.url)
const directory = new URL("examples/vault/", root)

const wrangler = Schema.decodeSync(
  Schema.fromJsonString(
    Schema.Struct({
      main: Schema.String,
      compatibility_date: Schema.String,
      compatibility_flags: Schema.optionalKey(Schema.Array(Schema.String)),
      d1_databases: Schema.Tuple([Schema.Struct({ binding: Schema.String, migrations_dir: Schema.String })])
    })
  )
)(readFileSync(new URL("wrangler.jsonc", directory), "utf8").replaceAll(/^ *\/\/.*$/gm, ""))

const [{ binding: database, migrations_dir: migrations }] = wrangler.d1_databases
const inWorkspace = migrations.replace("node_modules/@effect-snaptrade/", "packages/")
const statements = readFileSync(new URL(`${inWorkspace}/0001_snaptrade_vault.sql`, root), "utf8")
  .split(";\n")
  .filter((statement) => statement.trim() !== "")

const script = await bundle(new URL(wrangler.main, directory))

/** The example as its wrangler.jsonc says, at the local SnapTrade, and in two situations that its tests need. */
const start = Effect.gen(function* () {
  const bindings = {
    ...(yield* localBindings),
    SNAPTRADE_VAULT_KEYS: `test:${randomBytes(32).toString("base64")}`
  }
  const deployed = {
    script,
    bindings,
    d1Databases: { [database]: "migrated" },
    compatibilityDate: wrangler.compatibility_date
  }
  const { printed, worker } = yield* run({
    deployed,
    withoutTable: { ...deployed, d1Databases: { [database]: "empty" } },
    withoutKeys: { ...deployed, bindings: { ...bindings, SNAPTRADE_VAULT_KEYS: "" } }
  })
  const example = Effect.fnUntraced(function* (name: Parameters<typeof worker>[0]) {
    const { abandon, fetch, migrate, schedule } = yield* worker(name)
    const headers = (appUser: string) => ({ "x-app-user": appUser })
    return {
      migrate: migrate(database, statements),
      night: schedule,
      portal: Effect.fnUntraced(function* (appUser: string) {
        const response = yield* fetch("/portal", { method: "POST", headers: headers(appUser) })
        return { status: response.status, answer: yield* Effect.promise(() => response.text()) }
      }),
      abandon: (appUser: string, when: Effect.Effect<void>) => abandon("/portal", when, "", headers(appUser))
    }
  })
  const worked = yield* example("deployed")
  yield* worked.migrate
  return {
    deployed: worked,
    withoutTable: yield* example("withoutTable"),
    withoutKeys: yield* example("withoutKeys"),
    printed
  }
})

/** Started once for all tests. */
class Example extends Context.Service<Example, Effect.Success<typeof start>>()("test-bundle/VaultExample") {
  static readonly layer = Layer.effect(Example, start)
}

const environment = Example.layer.pipe(Layer.provideMerge(layerServer()))

/** The Worker, and a local SnapTrade that has forgotten what was before. */
const started = Effect.gen(function* () {
  const local = yield* LocalSnapTrade
  yield* local.reset
  return { local, worker: (yield* Example).deployed }
})

const link = /^\{"redirectURI":"https?:[^"]+"\}$/

layer(environment, { excludeTestServices: true, timeout: "30 seconds" })("The example of a vault in D1", (it) => {
  it.effect("asks for no compatibility flag", () =>
    Effect.sync(() => assert.notProperty(wrangler, "compatibility_flags"))
  )

  it.effect("answers a link to the portal, and signs nobody up twice", () =>
    Effect.gen(function* () {
      const { local, worker } = yield* started
      for (const _ of [1, 2]) {
        const { answer, status } = yield* worker.portal("ada")
        assert.strictEqual(status, 200)
        assert.match(answer, link)
      }
      assert.lengthOf(yield* local.users, 1)
    })
  )

  it.effect("registers one user where 20 requests of one person come at once", () =>
    Effect.gen(function* () {
      const { local, worker } = yield* started
      yield* local.next(Instruction.delay("1 second"))
      const twenty = Array.from({ length: 20 }, () => worker.portal("mary"))
      const answers = yield* Effect.all(twenty, { concurrency: "unbounded" })
      assert.deepStrictEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
      assert.lengthOf(yield* local.users, 1)
    })
  )

  it.effect("signs up though a reply is lost, and deletes at night what that left", () =>
    Effect.gen(function* () {
      const { local, worker } = yield* started
      yield* local.next(Instruction.dropReply)
      assert.strictEqual((yield* worker.portal("grace")).status, 200)
      assert.lengthOf(yield* local.users, 2)
      yield* worker.night
      const left = (yield* local.users).filter(({ deletionQueued }) => !deletionQueued)
      assert.lengthOf(left, 1)
      assert.strictEqual((yield* worker.portal("grace")).status, 200)
    })
  )

  it.effect("keeps the secret of a person whose client goes away amid the registration", () =>
    Effect.gen(function* () {
      const { local, worker } = yield* started
      yield* local.next(Instruction.delay("2 seconds"))
      yield* worker.abandon("joan", until(Effect.map(local.users, (users) => users.length === 1)))
      assert.strictEqual((yield* worker.portal("joan")).status, 200)
      assert.lengthOf(yield* local.users, 1)
    })
  )

  it.effect("answers 503 without its table, registers nobody, and logs what to do", () =>
    Effect.gen(function* () {
      const { local } = yield* started
      const { printed, withoutTable: worker } = yield* Example
      assert.strictEqual((yield* worker.portal("ada")).status, 503)
      assert.isEmpty(yield* local.users)
      yield* until(Effect.sync(() => printed().includes("run the migrations")))
      yield* worker.migrate
      assert.strictEqual((yield* worker.portal("ada")).status, 200)
    })
  )

  it.effect("answers 500 each time without keys, and logs how to make one", () =>
    Effect.gen(function* () {
      const { printed, withoutKeys: worker } = yield* Example
      assert.strictEqual((yield* worker.portal("ada")).status, 500)
      assert.strictEqual((yield* worker.portal("ada")).status, 500)
      yield* until(Effect.sync(() => printed().includes("openssl rand -base64 32")))
    })
  )
})

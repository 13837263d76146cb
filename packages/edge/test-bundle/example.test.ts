import { Failure, Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer } from "@effect-snaptrade/testing/server"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { vi } from "vitest"
import { bundle, localBindings, run, until } from "./workerd.ts"

vi.setConfig({ testTimeout: 30_000 })

const directory = new URL("../../../examples/cloudflare-worker/", import.meta.url)

const wrangler = Schema.decodeSync(
  Schema.fromJsonString(
    Schema.Struct({
      main: Schema.String,
      compatibility_date: Schema.String,
      compatibility_flags: Schema.optionalKey(Schema.Array(Schema.String)),
      kv_namespaces: Schema.Array(Schema.Struct({ binding: Schema.String }))
    })
  )
)(readFileSync(new URL("wrangler.jsonc", directory), "utf8"))

const script = await bundle(new URL(wrangler.main, directory))

/** The example as its wrangler.jsonc says, at the local SnapTrade, and in three situations that its tests need. */
const start = Effect.gen(function* () {
  const bindings = yield* localBindings
  const deployed = {
    script,
    bindings,
    kvNamespaces: wrangler.kv_namespaces.map(({ binding }) => binding),
    compatibilityDate: wrangler.compatibility_date
  }
  const { printed, worker } = yield* run({
    deployed,
    withoutStore: { ...deployed, kvNamespaces: [], bindings: { ...bindings, SECRETS: "no namespace" } },
    withoutKey: { ...deployed, bindings: { ...bindings, SNAPTRADE_CONSUMER_KEY: "" } },
    withAnotherClientId: { ...deployed, bindings: { ...bindings, SNAPTRADE_CLIENT_ID: "SOMEBODY-ELSE" } }
  })
  const example = Effect.fnUntraced(function* (name: Parameters<typeof worker>[0]) {
    const { abandon, fetch, stored } = yield* worker(name)
    const post = Effect.fnUntraced(function* (body: string) {
      const response = yield* fetch("/users", { method: "POST", body })
      const answer = yield* Effect.promise(() => response.text())
      return { status: response.status, retryAfter: response.headers.get("retry-after"), answer }
    })
    return {
      post,
      register: (userId: string) => post(JSON.stringify({ userId })),
      abandon: (userId: string, when: Effect.Effect<void>) => abandon("/users", when, JSON.stringify({ userId })),
      secretOf: (userId: string) => stored("SECRETS", `user:${userId}`)
    }
  })
  return {
    deployed: yield* example("deployed"),
    withoutStore: yield* example("withoutStore"),
    withoutKey: yield* example("withoutKey"),
    withAnotherClientId: yield* example("withAnotherClientId"),
    printed
  }
})

/** Started once for all tests: each has userIds of its own. */
class Example extends Context.Service<Example, Effect.Success<typeof start>>()("test-bundle/Example") {
  static readonly layer = Layer.effect(Example, start)
}

/** The secret that SnapTrade gave a user. */
const givenTo = Effect.fnUntraced(function* (userId: string) {
  const users = yield* (yield* LocalSnapTrade).users
  const registered = users.find((user) => user.userId === userId)
  return Redacted.value((registered ?? (yield* Effect.die(`${userId} is not registered`))).userSecret)
})

const burnt = '{"error":"The user may be registered, with a lost secret: this userId is burnt. Register another one."}'

const environment = Example.layer.pipe(Layer.provideMerge(layerServer()))

layer(environment, { excludeTestServices: true, timeout: "30 seconds" })("The example of a Worker", (it) => {
  it.effect("asks for no compatibility flag", () =>
    Effect.sync(() => assert.notProperty(wrangler, "compatibility_flags"))
  )

  it.effect("registers a user, stores the secret, and answers 201 without it", () =>
    Effect.gen(function* () {
      const { deployed: worker } = yield* Example
      const { answer, status } = yield* worker.register("new")
      assert.strictEqual(status, 201)
      assert.strictEqual(answer, '{"userId":"new"}')
      assert.strictEqual(yield* worker.secretOf("new"), yield* givenTo("new"))
    })
  )

  it.effect("answers 409 for a user that exists, and leaves the secret that is stored", () =>
    Effect.gen(function* () {
      const { deployed: worker } = yield* Example
      yield* worker.register("twice")
      assert.strictEqual((yield* worker.register("twice")).status, 409)
      assert.strictEqual(yield* worker.secretOf("twice"), yield* givenTo("twice"))
    })
  )

  it.effect("answers 429 with Retry-After for a rate limit that lasts, and registers after it", () =>
    Effect.gen(function* () {
      const { deployed: worker } = yield* Example
      yield* (yield* LocalSnapTrade).next(Instruction.fail(Failure.throttled(600)))
      const { retryAfter, status } = yield* worker.register("throttled")
      assert.strictEqual(status, 429)
      assert.strictEqual(retryAfter, "600")
      assert.strictEqual((yield* worker.register("throttled")).status, 201)
    })
  )

  const burning = {
    "is lost": Instruction.dropReply,
    "is a server error": Instruction.fail(Failure.upstreamFailure),
    "makes no sense": Instruction.reply(200, { hello: "world" })
  }
  for (const [what, instruction] of Object.entries(burning)) {
    it.effect(`answers 502 and says that the id is burnt when SnapTrade's reply ${what}`, () =>
      Effect.gen(function* () {
        const { deployed: worker } = yield* Example
        yield* (yield* LocalSnapTrade).next(instruction)
        const { answer, status } = yield* worker.register(`a reply that ${what}`)
        assert.strictEqual(status, 502)
        assert.strictEqual(answer, burnt)
      })
    )
  }

  it.effect("answers 502 and says that the id is burnt when the secret cannot be stored", () =>
    Effect.gen(function* () {
      const { withoutStore: worker } = yield* Example
      const { answer, status } = yield* worker.register("not stored")
      assert.strictEqual(status, 502)
      assert.strictEqual(answer, burnt)
    })
  )

  it.effect("answers 500 when SnapTrade refuses the keys, and logs why", () =>
    Effect.gen(function* () {
      const { printed, withAnotherClientId: worker } = yield* Example
      const { answer, status } = yield* worker.register("of somebody else")
      assert.strictEqual(status, 500)
      assert.strictEqual(answer, '{"error":"Nothing was registered."}')
      yield* until(Effect.sync(() => printed().includes("Check SNAPTRADE_CLIENT_ID")))
    })
  )

  it.effect("answers 500 each time when a key is missing, and logs which", () =>
    Effect.gen(function* () {
      const { printed, withoutKey: worker } = yield* Example
      assert.strictEqual((yield* worker.register("without a key")).status, 500)
      assert.strictEqual((yield* worker.register("without a key")).status, 500)
      yield* until(Effect.sync(() => printed().includes("(SNAPTRADE_CONSUMER_KEY) is missing")))
    })
  )

  it.effect("answers 400 to what is no userId that can be stored, and sends nothing", () =>
    Effect.gen(function* () {
      const { deployed: worker } = yield* Example
      const local = yield* LocalSnapTrade
      const before = (yield* local.requests).length
      for (const body of ["", "null", "{}", '{"userId":""}', '{"userId":1}', `{"userId":"${"x".repeat(101)}"}`]) {
        assert.strictEqual((yield* worker.post(body)).status, 400, body)
      }
      assert.lengthOf(yield* local.requests, before)
    })
  )

  it.effect("stores the secret of a user whose client has gone", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      const { deployed: worker } = yield* Example
      yield* local.next(Instruction.delay("2 seconds"))
      const sent = until(Effect.map(local.users, (users) => users.some(({ userId }) => userId === "abandoned")))
      yield* worker.abandon("abandoned", sent)
      yield* until(Effect.map(worker.secretOf("abandoned"), (secret) => secret !== undefined))
      assert.strictEqual(yield* worker.secretOf("abandoned"), yield* givenTo("abandoned"))
    })
  )

  it.effect("shows no secret in any answer or log", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      const { deployed: worker, printed } = yield* Example
      yield* local.next(Instruction.echo(500), Instruction.echo(401), Instruction.dropReply)
      const answers = yield* Effect.forEach(["a", "b", "c", "d", "d"], worker.register)
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [502, 500, 502, 201, 409]
      )
      // What was logged last comes last.
      yield* until(Effect.sync(() => printed().includes("code 1010")))
      const shown = JSON.stringify(answers) + printed()
      const secrets = [
        Redacted.value(local.consumerKey),
        yield* givenTo("c"),
        yield* givenTo("d"),
        ...Array.from(yield* local.requests, ({ headers }) => headers["signature"] ?? "unsigned")
      ]
      for (const secret of secrets) assert.notInclude(shown, secret)
    })
  )
})

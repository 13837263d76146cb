import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { build } from "esbuild"
import { spawn } from "node:child_process"
import { createHmac } from "node:crypto"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Readable } from "node:stream"
import { fileURLToPath } from "node:url"

const consumerKey = "7xY0example0consumer0key0AbCdEf"

/** A receiver that runs. */
class Receiver extends Context.Service<
  Receiver,
  {
    readonly url: string
    /** All that it has printed. */
    readonly printed: () => string
  }
>()("webhook-receiver/Receiver") {}

/** As a user starts it, with no variable of this process' environment but the PATH. */
const onNode = Layer.effect(
  Receiver,
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const args = ["--conditions=@effect-snaptrade/source", fileURLToPath(new URL("node.ts", import.meta.url))]
        const env = { PATH: process.env["PATH"], NO_COLOR: "1", PORT: "0", SNAPTRADE_CONSUMER_KEY: consumerKey }
        return spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] })
      }),
      (started) => Effect.sync(() => started.kill("SIGKILL"))
    )
    let printed = ""
    const port = yield* Effect.promise(
      () =>
        new Promise<string>((resolve, reject) => {
          for (const output of [child.stdout, child.stderr]) {
            output.setEncoding("utf8").on("data", (chunk) => {
              printed += chunk
              const told = /Listening on \S+:(\d+)/.exec(printed)?.[1]
              if (told !== undefined) resolve(told)
            })
          }
          child.once("close", () => reject(new Error(`the server ended: ${printed}`)))
        })
    )
    return { url: `http://127.0.0.1:${port}`, printed: () => printed }
  })
)

interface Miniflare {
  readonly ready: Promise<URL>
  readonly dispose: () => Promise<void>
}

// The edge package has it, for its own tests.
const fromEdge = createRequire(new URL("../../packages/edge/package.json", import.meta.url))

const wrangler = Schema.decodeSync(
  Schema.fromJsonString(
    Schema.Struct({
      main: Schema.String,
      compatibility_date: Schema.String,
      compatibility_flags: Schema.optionalKey(Schema.Array(Schema.String)),
      kv_namespaces: Schema.Array(Schema.Struct({ binding: Schema.String }))
    })
  )
)(readFileSync(new URL("wrangler.jsonc", import.meta.url), "utf8"))

/** As wrangler bundles and runs it: without nodejs_compat, importing a module of Node's fails here. */
const asAWorker = Layer.effect(
  Receiver,
  Effect.gen(function* () {
    const { outputFiles } = yield* Effect.promise(() =>
      build({
        entryPoints: [fileURLToPath(new URL(wrangler.main, import.meta.url))],
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        target: "es2022",
        platform: "browser",
        conditions: ["workerd", "worker", "browser", "@effect-snaptrade/source"]
      })
    )
    let printed = ""
    const miniflare = yield* Effect.acquireRelease(
      Effect.sync(() => {
        // What a require answers has no type; this is what is used of it.
        const { Miniflare } = fromEdge("miniflare") as { readonly Miniflare: new (options: object) => Miniflare }
        return new Miniflare({
          modules: true,
          script: outputFiles.map((file) => file.text).join(""),
          bindings: { SNAPTRADE_CONSUMER_KEY: consumerKey },
          kvNamespaces: wrangler.kv_namespaces.map(({ binding }) => binding),
          compatibilityDate: wrangler.compatibility_date,
          cf: false,
          handleRuntimeStdio: (...outputs: ReadonlyArray<Readable>) => {
            for (const output of outputs) output.on("data", (chunk) => (printed += String(chunk)))
          }
        })
      }),
      (started) => Effect.promise(() => started.dispose())
    )
    const address = yield* Effect.promise(() => miniflare.ready)
    return { url: address.origin, printed: () => printed }
  })
)

const base64Hmac = (message: string, key = consumerKey) => createHmac("sha256", key).update(message).digest("base64")

const webhook = (fields: object) => ({
  webhookId: crypto.randomUUID(),
  clientId: "MY-APP",
  eventTimestamp: new Date().toISOString(),
  userId: "user-123",
  webhookSecret: "lgCQWztweEFcHvjdLhHc",
  ...fields
})

const send = Effect.fnUntraced(function* (payload: object, signature?: string) {
  const { url } = yield* Receiver
  const body = JSON.stringify(payload)
  const response = yield* Effect.promise(() =>
    fetch(`${url}/webhooks/snaptrade`, {
      method: "POST",
      headers: { "content-type": "application/json", Signature: signature ?? base64Hmac(body) },
      body
    })
  )
  yield* Effect.promise(() => response.text())
  return response.status
})

const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.delay(until(condition), "5 millis")))

const countOf = (text: string, all: string) => all.split(text).length - 1

for (const [runtime, receiver] of Object.entries({ "on Node": onNode, "as a Worker": asAWorker })) {
  describe(`webhook-receiver ${runtime}`, { timeout: 120_000 }, () => {
    it.live("hands on each event once, whoever sends what else", () =>
      Effect.gen(function* () {
        const { printed } = yield* Receiver
        const broken = webhook({ eventType: "CONNECTION_BROKEN", brokerageAuthorizationId: "the-connection" })
        assert.strictEqual(yield* send(broken), 200)
        yield* until(() => printed().includes("user-123 has to reconnect the-connection"))
        assert.strictEqual(yield* send(broken), 200)

        assert.strictEqual(yield* send(webhook({ eventType: "USER_DELETED", userId: "forged" }), "AAAA"), 401)
        const stale = new Date(Date.now() - 5 * 3_600_000).toISOString()
        assert.strictEqual(
          yield* send(webhook({ eventType: "USER_DELETED", userId: "stale", eventTimestamp: stale })),
          400
        )

        // It answers without reading all of it, and closes: that can overtake the answer.
        const long = webhook({ eventType: "USER_DELETED", userId: "long", text: "x".repeat(3_000_000) })
        const tooLong = yield* Effect.exit(send(long))
        if (Exit.isSuccess(tooLong)) assert.strictEqual(tooLong.value, 400)

        assert.strictEqual(yield* send(webhook({ eventType: "MARGIN_CALLED" })), 200)
        yield* until(() => printed().includes("MARGIN_CALLED is new"))
        assert.strictEqual(countOf("has to reconnect", printed()), 1)
        for (const hidden of ["forged is gone", "stale is gone", "long is gone", "lgCQWztweEFcHvjdLhHc", consumerKey]) {
          assert.notInclude(printed(), hidden)
        }
      }).pipe(Effect.provide(receiver))
    )
  })
}

it("wrangler.jsonc asks for no compatibility flag", () => {
  assert.notProperty(wrangler, "compatibility_flags")
})

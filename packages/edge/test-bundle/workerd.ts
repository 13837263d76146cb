/**
 * Workers as they are deployed: bundled as wrangler bundles, and run in workerd without `nodejs_compat`.
 */
import { LocalSnapTrade } from "@effect-snaptrade/testing"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { build } from "esbuild"
import { Miniflare } from "miniflare"
import { once } from "node:events"
import { request as httpRequest } from "node:http"
import type { Readable } from "node:stream"
import { fileURLToPath } from "node:url"

interface KVNamespace {
  get(key: string): Promise<string | null>
}

/**
 * Bundles a Worker. The platform knows no module of Node's: importing one fails here.
 */
export const bundle = async (entry: URL): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "browser",
    // The first three are wrangler's; with the last nothing of ours has to be built before.
    conditions: ["workerd", "worker", "browser", "@effect-snaptrade/source"]
  })
  return outputFiles.map((file) => file.text).join("")
}

/**
 * A Worker that is to run.
 */
export interface Settings {
  readonly script: string
  readonly bindings?: Readonly<Record<string, string>>
  readonly kvNamespaces?: ReadonlyArray<string>
  /** The databases' ids by their bindings. */
  readonly d1Databases?: Readonly<Record<string, string>>
  readonly compatibilityDate?: string
}

/**
 * Runs Workers until the scope ends, each in an isolate of its own that is reached without a Worker before it.
 */
export const run = Effect.fnUntraced(function* <Name extends string>(workers: Readonly<Record<Name, Settings>>) {
  let printed = ""
  const miniflare = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new Miniflare({
          workers: Object.entries<Settings>(workers).map(([name, settings]) => ({
            name,
            modules: true,
            script: settings.script,
            bindings: { ...settings.bindings },
            kvNamespaces: [...(settings.kvNamespaces ?? [])],
            d1Databases: { ...settings.d1Databases },
            compatibilityDate: settings.compatibilityDate ?? "2026-07-01",
            unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }]
          })),
          cf: false,
          handleRuntimeStdio: (...outputs: ReadonlyArray<Readable>) => {
            for (const output of outputs) output.on("data", (chunk) => (printed += String(chunk)))
          }
        })
    ),
    (started) => Effect.promise(() => started.dispose())
  )

  const worker = Effect.fnUntraced(function* (name: Name) {
    const address = yield* Effect.promise(() => miniflare.unsafeGetDirectURL(name))
    return {
      /** Asks the Worker over HTTP. */
      fetch: (path: string, init?: RequestInit) => Effect.promise(() => fetch(new URL(path, address), init)),

      /** Has its cron come. */
      schedule: Effect.promise(async () => (await miniflare.getWorker(name)).scheduled()),

      /** Runs statements in a D1 database, one after the other. */
      migrate: (database: string, statements: ReadonlyArray<string>) =>
        Effect.promise(async () => {
          const d1 = await miniflare.getD1Database(database, name)
          for (const statement of statements) await d1.prepare(statement).run()
        }),

      /** Asks the Worker, and goes away when the second effect is done, upon which workerd cancels the request. */
      abandon: Effect.fnUntraced(function* (
        path: string,
        when: Effect.Effect<void>,
        body?: string,
        headers: Readonly<Record<string, string>> = {}
      ) {
        const method = body === undefined ? "GET" : "POST"
        const request = httpRequest(new URL(path, address), { method, headers, agent: false })
        const gone = once(request, "error")
        request.end(body)
        yield* when
        // workerd takes a connection that is only closed for one that still listens.
        request.socket?.resetAndDestroy()
        yield* Effect.promise(() => gone)
      }),

      /** What the Worker has stored in a KV namespace. */
      stored: (namespace: string, key: string) =>
        Effect.promise(async () => {
          const { [namespace]: stored } = await miniflare.getBindings<Record<string, KVNamespace>>(name)
          return (await stored?.get(key)) ?? undefined
        })
    }
  })

  return { worker, printed: () => printed }
})

/**
 * The local SnapTrade, as a Worker's `env` names it.
 */
export const localBindings = Effect.map(LocalSnapTrade, ({ baseUrl, clientId, consumerKey }) => ({
  SNAPTRADE_BASE_URL: baseUrl,
  SNAPTRADE_CLIENT_ID: clientId,
  SNAPTRADE_CONSUMER_KEY: Redacted.value(consumerKey)
}))

/**
 * Waits until a condition holds.
 */
export const until = <E, R>(condition: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.flatMap(condition, (holds) =>
    holds
      ? Effect.void
      : Effect.delay(
          Effect.suspend(() => until(condition)),
          "5 millis"
        )
  )

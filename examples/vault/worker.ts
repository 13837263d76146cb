/**
 * The same as a Cloudflare Worker, with the vault in D1: `POST /portal` of a person who is logged in answers the link to
 * SnapTrade's Connection Portal. See README.md.
 */
import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import { layerSealerConfig, layerVault } from "@effect-snaptrade/vault"
import * as SqlVaultStore from "@effect-snaptrade/vault/sql"
import * as D1Client from "@effect/sql-d1/D1Client"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import { sweep } from "./Housekeeping.ts"
import { signUp } from "./SignUp.ts"

/** See wrangler.jsonc; SNAPTRADE_CONSUMER_KEY and SNAPTRADE_VAULT_KEYS are secrets. */
interface Env {
  readonly SNAPTRADE_CLIENT_ID: string
  readonly SNAPTRADE_CONSUMER_KEY: string
  readonly SNAPTRADE_VAULT_KEYS: string
  readonly VAULT: D1Client.D1ClientConfig["db"]
}

interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void
}

const layerApp = (env: Env) =>
  // A sign-up registers twice at most: both fit into the 30 seconds for which waitUntil keeps a request whose client has gone.
  layerVault({ timeout: "10 seconds" }).pipe(
    // The table is made by `wrangler d1 migrations apply`.
    Layer.provide(SqlVaultStore.layer({ migrate: false })),
    Layer.provide(D1Client.layer({ db: env.VAULT })),
    Layer.provide(layerSealerConfig()),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(env))),
    Layer.provideMerge(EdgeSnapTrade.layerConfig(env, { timeout: "10 seconds" }))
  )

const makeRuntime = (env: Env) => ManagedRuntime.make(layerApp(env))

// One for all requests. The first makes it, since there is no env before.
let runtime: ReturnType<typeof makeRuntime> | undefined

const answer = (status: number, body: Record<string, string>) => Response.json(body, { status })

const portal = (appUserId: string) =>
  signUp(appUserId).pipe(
    // A failure's message says what happened, without a secret.
    Effect.tapError((error) => Effect.logError(error.message)),
    Effect.match({
      onSuccess: (login) =>
        "redirectURI" in login
          ? answer(200, { redirectURI: Redacted.value(login.redirectURI) })
          : answer(503, { error: "SnapTrade answered no link. Try again." }),
      // Nothing is lost by trying again, whatever it was.
      onFailure: () => answer(503, { error: "Not signed up yet. Try again." })
    })
  )

const worker = {
  fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> | Response {
    if (new URL(request.url).pathname !== "/portal") return answer(404, { error: "There is only /portal." })
    if (request.method !== "POST") return answer(405, { error: "Only POST is allowed." })
    // Yours knows from its session who asks.
    const appUserId = request.headers.get("x-app-user")
    if (appUserId === null) return answer(401, { error: "Log in first." })
    runtime ??= makeRuntime(env)
    const response = runtime.runPromise(portal(appUserId)).catch((error: unknown) => {
      // A bug, or a Worker without its settings.
      console.error(String(error))
      return answer(500, { error: "Something is wrong with this Worker." })
    })
    // A client that goes away must not take a registration with it.
    context.waitUntil(response)
    return response
  },

  /** Every night, by the cron of wrangler.jsonc. */
  scheduled(_: unknown, env: Env): Promise<void> {
    runtime ??= makeRuntime(env)
    return runtime.runPromise(sweep)
  }
}

export default worker

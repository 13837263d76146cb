/**
 * The receiver as a Worker, with the handled webhooks in a KV namespace. See README.md.
 */
import * as Webhook from "@effect-snaptrade/core/webhook"
import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { onEvent } from "./onEvent.ts"

/** What of a KV namespace is used here. */
interface Namespace {
  get(key: string): Promise<string | null>
  put(key: string, value: string, options: { readonly expirationTtl: number }): Promise<void>
}

/** See wrangler.jsonc; SNAPTRADE_CONSUMER_KEY is a secret. */
interface Env {
  readonly SNAPTRADE_CONSUMER_KEY: string
  readonly HANDLED: Namespace
}

interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void
}

// KV is for the whole world, and late by up to a minute: two places may both handle one webhook. A Durable Object would not.
const storeIn = (namespace: Namespace) =>
  Webhook.makeStore({
    isHandled: (id) => Effect.promise(async () => (await namespace.get(id)) !== null),
    // A day, which is longer than the tolerance.
    record: (id) => Effect.promise(() => namespace.put(id, "", { expirationTtl: 86_400 }))
  })

const makeHandler = (env: Env) =>
  Webhook.toWebHandler(
    onEvent,
    Webhook.layerConfig({ tolerance: "4 hours" }).pipe(
      Layer.provide(EdgeSnapTrade.layerSigner),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(env))),
      Layer.merge(Layer.succeed(Webhook.WebhookStore, storeIn(env.HANDLED)))
    )
  )

// One for all requests. The first makes it, since there is no env before.
let handler: ReturnType<typeof makeHandler> | undefined

const worker = {
  fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> | Response {
    if (new URL(request.url).pathname !== "/webhooks/snaptrade") return new Response(null, { status: 404 })
    handler ??= makeHandler(env)
    const response = handler(request)
    // A connection that is lost must not stop the work.
    context.waitUntil(response)
    return response
  }
}

export default worker

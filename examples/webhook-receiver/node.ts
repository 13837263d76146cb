/**
 * The receiver as a Node server: POST /webhooks/snaptrade. See README.md.
 */
import * as Webhook from "@effect-snaptrade/core/webhook"
import { NodeSnapTrade } from "@effect-snaptrade/node"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Config from "effect/Config"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import { createServer } from "node:http"
import { onEvent } from "./onEvent.ts"

const layerWebhooks = Webhook.layerConfig({ tolerance: "4 hours" }).pipe(
  Layer.provide(NodeSnapTrade.layerSigner),
  // One process: what it has handled is forgotten when it ends. Several need a table: see WebhookStore.
  Layer.merge(Webhook.layerStoreMemory())
)

const layerApp = HttpRouter.serve(HttpRouter.add("POST", "/webhooks/snaptrade", Webhook.handler(onEvent))).pipe(
  Layer.provide(layerWebhooks),
  Layer.provide(
    NodeHttpServer.layerConfig(() => createServer(), {
      // Of this machine alone; behind a proxy that speaks TLS it may stay so.
      host: Config.withDefault(Config.String("HOST"), "127.0.0.1"),
      port: Config.withDefault(Config.Int("PORT"), 3000)
    })
  )
)

Layer.launch(layerApp).pipe(NodeRuntime.runMain)

/**
 * The vault as the workers and the last check build it.
 */
import { NodeSnapTrade } from "@effect-snaptrade/node"
import { layerSealer, layerVault } from "@effect-snaptrade/vault"
import type * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { layerStore } from "./stores.ts"
import type { Settings } from "./settings.ts"

const sealer = layerSealer({ keys: [{ id: "crash", key: Redacted.make(Buffer.alloc(32, 7).toString("base64")) }] })

/** What the vault is built on; the timeout is for a request that is no registration. */
export const layerParts = (
  { baseUrl, clientId, consumerKey, place }: Omit<Settings, "task" | "worker">,
  timeout: Duration.Input
) =>
  Layer.mergeAll(
    layerStore(place),
    sealer,
    NodeSnapTrade.layer({ baseUrl, clientId, consumerKey: Redacted.make(consumerKey), timeout })
  )

/** The vault, over what it is built on. */
export const layer = (settings: Pick<Settings, "timeout">) => layerVault({ timeout: settings.timeout })

/**
 * The local SnapTrade for the tests inside workerd, where no server can run: it runs here, on Node, and is instructed over
 * its admin interface.
 */
import { LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer } from "@effect-snaptrade/testing/server"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  export interface ProvidedContext {
    readonly localSnapTrade: { readonly baseUrl: string; readonly token: string }
  }
}

const token = crypto.randomUUID()
const runtime = ManagedRuntime.make(layerServer({ adminToken: Redacted.make(token) }))

export const setup = async ({ provide }: TestProject) => {
  const baseUrl = await runtime.runPromise(Effect.map(LocalSnapTrade, (local) => local.baseUrl))
  provide("localSnapTrade", { baseUrl, token })
}

export const teardown = () => runtime.dispose()

import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import { conformance, type Runtime, secretScan } from "@effect-snaptrade/testing/conformance"
import { layerRemote } from "@effect-snaptrade/testing/remote"
import { assert, it } from "@effect/vitest"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { inject } from "vitest"

const { baseUrl, token } = inject("localSnapTrade")

it("these tests run inside workerd", () => {
  assert.strictEqual(navigator.userAgent, "Cloudflare-Workers")
})

const runtime: Runtime = {
  name: "workerd",
  layer: EdgeSnapTrade.layer,
  local: layerRemote({ baseUrl, token: Redacted.make(token) }).pipe(Layer.provide(FetchHttpClient.layer)),
  clock: "live",
  refusal: { by: "address", provable: false }
}

conformance(runtime)
secretScan(runtime)

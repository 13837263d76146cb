import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import { SignatureExplainer } from "@effect-snaptrade/testing"
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

it("a signature that does not verify is explained here too", () => {
  const explanation = SignatureExplainer.explain({
    clientId: "MY-APP",
    consumerKey: Redacted.make("my-consumer-key"),
    path: "/snapTrade/listUsers",
    query: "clientId=MY-APP&timestamp=1715123456",
    body: "",
    signature: "MY-SIGNATURE"
  })
  const message = '{"content":null,"path":"/snapTrade/listUsers","query":"clientId=MY-APP&timestamp=1715123456"}'
  assert.deepStrictEqual(explanation?.message, { expected: message })
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

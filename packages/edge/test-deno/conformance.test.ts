import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import { conformance } from "@effect-snaptrade/testing/conformance"
import { layerServer } from "@effect-snaptrade/testing/server"
import { assert, it } from "@effect/vitest"

it("these tests run on Deno", () => {
  assert.match(navigator.userAgent, /^Deno\//)
})

conformance({
  name: "Deno",
  layer: EdgeSnapTrade.layer,
  local: layerServer(),
  clock: "live",
  refusal: { by: "address", provable: false }
})

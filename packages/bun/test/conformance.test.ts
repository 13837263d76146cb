import { BunSnapTrade } from "@effect-snaptrade/bun"
import { conformance } from "@effect-snaptrade/testing/conformance"
import { layerServer } from "@effect-snaptrade/testing/server"

conformance({
  name: "Bun",
  layer: BunSnapTrade.layer,
  local: layerServer(),
  clock: "live",
  refusal: { by: "address", provable: true }
})

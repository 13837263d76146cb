import { BunSnapTrade } from "@effect-snaptrade/bun"
import { conformance, type Runtime, secretScan } from "@effect-snaptrade/testing/conformance"
import { layerServer } from "@effect-snaptrade/testing/server"

const runtime: Runtime = {
  name: "Bun",
  layer: BunSnapTrade.layer,
  local: layerServer(),
  clock: "live",
  refusal: { by: "address", provable: true }
}

conformance(runtime)
secretScan(runtime)

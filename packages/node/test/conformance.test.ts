import { NodeSnapTrade } from "@effect-snaptrade/node"
import { conformance, type Runtime, secretScan } from "@effect-snaptrade/testing/conformance"
import { layerServer } from "@effect-snaptrade/testing/server"

const runtime: Runtime = {
  name: `Node ${process.versions.node.split(".")[0]}`,
  layer: NodeSnapTrade.layer,
  local: layerServer(),
  clock: "live",
  refusal: { by: "address", provable: true }
}

conformance(runtime)
secretScan(runtime)

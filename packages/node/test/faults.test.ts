import { NodeSnapTrade } from "@effect-snaptrade/node"
import {
  byteBoundaries,
  closingRaces,
  faultMatrix,
  type FaultRuntime,
  operationFaults
} from "@effect-snaptrade/testing/conformance"
import { layerServerProcess } from "@effect-snaptrade/testing/server"

const runtime: FaultRuntime = {
  name: `Node ${process.versions.node.split(".")[0]}`,
  transport: "undici",
  layer: NodeSnapTrade.layer,
  // In a process of its own: a server that races with its client must not share a thread with it.
  local: layerServerProcess({ requestsPerMinute: 1_000_000 })
}
const full = process.env["SNAPTRADE_FULL"] === "1"

faultMatrix(runtime)
operationFaults(runtime)
byteBoundaries(runtime, full ? undefined : ["content-length"])
closingRaces(runtime, full ? 3000 : 300)

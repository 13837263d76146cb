import { BunSnapTrade } from "@effect-snaptrade/bun"
import {
  byteBoundaries,
  closingRaces,
  faultMatrix,
  type FaultRuntime,
  operationFaults
} from "@effect-snaptrade/testing/conformance"
import { layerServerProcess } from "@effect-snaptrade/testing/server"

const runtime: FaultRuntime = {
  name: "Bun",
  transport: "bun",
  layer: BunSnapTrade.layer,
  // A server on Bun cannot break a reply.
  local: layerServerProcess({ requestsPerMinute: 1_000_000 })
}
const full = process.env["SNAPTRADE_FULL"] === "1"

faultMatrix(runtime)
if (full) operationFaults(runtime)
byteBoundaries(runtime, full ? undefined : ["content-length"])
closingRaces(runtime, full ? 3000 : 300)

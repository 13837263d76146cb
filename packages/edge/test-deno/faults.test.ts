import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import {
  byteBoundaries,
  closingRaces,
  faultMatrix,
  type FaultRuntime,
  operationFaults
} from "@effect-snaptrade/testing/conformance"
import { layerServerProcess } from "@effect-snaptrade/testing/server"

const runtime: FaultRuntime = {
  name: "Deno",
  transport: "deno",
  layer: EdgeSnapTrade.layer,
  // A server on Deno cannot break a reply.
  local: layerServerProcess({ requestsPerMinute: 1_000_000 })
}

const full = process.env["SNAPTRADE_FULL"] === "1"

faultMatrix(runtime)
operationFaults(runtime)
byteBoundaries(runtime, full ? undefined : ["content-length"])
closingRaces(runtime, full ? 3000 : 300)

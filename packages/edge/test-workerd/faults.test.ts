import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import {
  byteBoundaries,
  closingRaces,
  faultMatrix,
  type FaultRuntime,
  operationFaults
} from "@effect-snaptrade/testing/conformance"
import { layerRemote } from "@effect-snaptrade/testing/remote"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { inject } from "vitest"

const { baseUrl, token } = inject("faultySnapTrade")

const runtime: FaultRuntime = {
  name: "workerd",
  transport: "workerd",
  layer: EdgeSnapTrade.layer,
  local: layerRemote({ baseUrl, token: Redacted.make(token) }).pipe(Layer.provide(FetchHttpClient.layer))
}
const full = inject("full")

faultMatrix(runtime)
if (full) operationFaults(runtime)
byteBoundaries(runtime, full ? undefined : ["content-length"])
closingRaces(runtime, full ? 3000 : 300)

import { layerSnapTrade } from "@effect-snaptrade/core"
import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import { TestSnapTrade } from "@effect-snaptrade/testing"
import { conformance } from "@effect-snaptrade/testing/conformance"
import * as Layer from "effect/Layer"

// WebCrypto signs outside the fiber: the suite steps TestClock until it has settled.
conformance({
  name: "memory, signed by WebCrypto",
  layer: (options) => layerSnapTrade(options).pipe(Layer.provide(EdgeSnapTrade.layerSigner)),
  local: TestSnapTrade.layerLocal(),
  clock: "test",
  refusal: { by: "instruction", provable: true }
})

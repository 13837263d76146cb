import { layerSnapTrade } from "@effect-snaptrade/core"
import { TestSnapTrade } from "@effect-snaptrade/testing"
import { conformance } from "@effect-snaptrade/testing/conformance"
import * as Layer from "effect/Layer"

conformance({
  name: "memory",
  layer: (options) => layerSnapTrade(options).pipe(Layer.provide(TestSnapTrade.layerSigner)),
  local: TestSnapTrade.layerLocal(),
  clock: "test",
  refusal: { by: "instruction", provable: true }
})

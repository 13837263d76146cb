import { layerStoreMemory } from "@effect-snaptrade/vault"
import { storeConformance } from "@effect-snaptrade/vault/conformance"
import * as TestClock from "effect/testing/TestClock"

storeConformance({
  name: "memory",
  layer: layerStoreMemory,
  clock: "test",
  passLeases: TestClock.adjust("1 hour")
})

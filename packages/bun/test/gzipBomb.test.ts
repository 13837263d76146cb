import { BunSnapTrade } from "@effect-snaptrade/bun"
import { gzipBomb } from "@effect-snaptrade/testing/conformance"
import { layerServerProcess } from "@effect-snaptrade/testing/server"

gzipBomb({ name: "Bun", layer: BunSnapTrade.layer, local: layerServerProcess() })

import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import { gzipBomb } from "@effect-snaptrade/testing/conformance"
import { layerServerProcess } from "@effect-snaptrade/testing/server"

gzipBomb({ name: "Deno", layer: EdgeSnapTrade.layer, local: layerServerProcess() })

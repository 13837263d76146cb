import { NodeSnapTrade } from "@effect-snaptrade/node"
import { gzipBomb } from "@effect-snaptrade/testing/conformance"
import { layerServerProcess } from "@effect-snaptrade/testing/server"

gzipBomb({ name: "Node", layer: NodeSnapTrade.layer, local: layerServerProcess() })

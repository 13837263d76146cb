/**
 * Effect's `HttpClient` over undici.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type { Connect } from "./contender.ts"
import { overHttpClient } from "./effectHttpClient.ts"

export const connect: Connect = (settings) => overHttpClient(settings, NodeHttpClient.layerUndici)

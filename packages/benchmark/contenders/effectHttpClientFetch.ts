/**
 * Effect's `HttpClient` over `fetch`.
 */
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type { Connect } from "./contender.ts"
import { overHttpClient } from "./effectHttpClient.ts"

export const connect: Connect = (settings) => overHttpClient(settings, FetchHttpClient.layer)

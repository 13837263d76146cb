/**
 * Ours on the edge, with its spans.
 */
import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import * as Redacted from "effect/Redacted"
import type { Connect } from "./contender.ts"
import { layered } from "./layered.ts"

export const connect: Connect = ({ baseUrl, clientId, consumerKey }) =>
  layered(EdgeSnapTrade.layer({ baseUrl, clientId, consumerKey: Redacted.make(consumerKey) }), true)

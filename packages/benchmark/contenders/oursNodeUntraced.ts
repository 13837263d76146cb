/**
 * Ours on Node, without spans.
 */
import { NodeSnapTrade } from "@effect-snaptrade/node"
import * as Redacted from "effect/Redacted"
import type { Connect } from "./contender.ts"
import { layered } from "./layered.ts"

export const connect: Connect = ({ baseUrl, clientId, consumerKey }) =>
  layered(NodeSnapTrade.layer({ baseUrl, clientId, consumerKey: Redacted.make(consumerKey) }), false)

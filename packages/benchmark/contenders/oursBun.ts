/**
 * Ours on Bun, with its spans.
 */
import { BunSnapTrade } from "@effect-snaptrade/bun"
import * as Redacted from "effect/Redacted"
import type { Connect } from "./contender.ts"
import { layered } from "./layered.ts"

export const connect: Connect = ({ baseUrl, clientId, consumerKey }) =>
  layered(BunSnapTrade.layer({ baseUrl, clientId, consumerKey: Redacted.make(consumerKey) }), true)

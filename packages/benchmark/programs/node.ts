/**
 * A program for Node that registers one user.
 */
import { NodeSnapTrade } from "@effect-snaptrade/node"
import { registerUser } from "@effect-snaptrade/core"
import * as Effect from "effect/Effect"

await registerUser({ userId: "user-123" }).pipe(Effect.provide(NodeSnapTrade.layerConfig()), Effect.runPromise)

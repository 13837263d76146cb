/**
 * A program for Bun that registers one user.
 */
import { BunSnapTrade } from "@effect-snaptrade/bun"
import { registerUser } from "@effect-snaptrade/core"
import * as Effect from "effect/Effect"

await registerUser({ userId: "user-123" }).pipe(Effect.provide(BunSnapTrade.layerConfig()), Effect.runPromise)

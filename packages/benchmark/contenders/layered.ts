/**
 * Ours, by a runtime's layer. Each call is a fiber of its own, as a server has one for each request.
 *
 * Untraced is what an application can switch off: with Effect's `TracerEnabled` false no span is made. The counters and
 * the histogram stay: Effect has no switch for them.
 */
import { registerUser, type SnapTrade } from "@effect-snaptrade/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import type { Client } from "./contender.ts"

export const layered = async (layer: Layer.Layer<SnapTrade, unknown>, tracing: boolean): Promise<Client> => {
  const runtime = ManagedRuntime.make(Layer.merge(layer, Layer.succeed(References.TracerEnabled, tracing)))
  const runPromise = Effect.runPromiseWith(await runtime.context())
  return {
    register: (userId) =>
      runPromise(
        Effect.map(registerUser({ userId }), (user) => ({
          userId: user.userId,
          userSecret: Redacted.value(user.userSecret)
        }))
      ),
    close: () => runtime.dispose()
  }
}

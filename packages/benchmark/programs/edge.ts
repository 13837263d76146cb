/**
 * A Worker that registers one user.
 */
import { registerUser } from "@effect-snaptrade/core"
import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import * as Effect from "effect/Effect"

const worker = {
  fetch: (_: Request, env: object): Promise<Response> =>
    registerUser({ userId: "user-123" }).pipe(
      Effect.map((user) => Response.json({ userId: user.userId })),
      Effect.provide(EdgeSnapTrade.layerConfig(env)),
      Effect.runPromise
    )
}

// A Worker is its default export.
// oxlint-disable-next-line import/no-default-export
export { worker as default }

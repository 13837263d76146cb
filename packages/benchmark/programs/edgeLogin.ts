/**
 * The Worker that registers one user, and makes a link to the Connection Portal for it.
 */
import { loginUser, registerUser } from "@effect-snaptrade/core"
import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import * as Effect from "effect/Effect"

const worker = {
  fetch: (_: Request, env: object): Promise<Response> =>
    registerUser({ userId: "user-123" }).pipe(
      Effect.flatMap(loginUser),
      Effect.map((login) => Response.json({ linked: "redirectURI" in login })),
      Effect.provide(EdgeSnapTrade.layerConfig(env)),
      Effect.runPromise
    )
}

// A Worker is its default export.
// oxlint-disable-next-line import/no-default-export
export { worker as default }

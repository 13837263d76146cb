/**
 * The same application, which registers a user too.
 */
import { registerUser } from "@effect-snaptrade/core"
import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import application from "./application.ts"

const worker = {
  fetch: async (request: Request, env: { readonly clientId: string; readonly consumerKey: string }) => {
    const { clientId, consumerKey } = env
    const live = EdgeSnapTrade.layer({ clientId, consumerKey: Redacted.make(consumerKey) })
    await registerUser({ userId: "user-123" }).pipe(Effect.provide(live), Effect.runPromise)
    return application.fetch(request, env)
  }
}

// A Worker is its default export.
// oxlint-disable-next-line import/no-default-export
export { worker as default }

/**
 * The least in Effect, over `fetch`.
 */
import * as Effect from "effect/Effect"
import type { Connect } from "./contender.ts"
import { leastInEffect } from "./leastInEffect.ts"

export const connect: Connect = (settings) =>
  leastInEffect(settings, {
    send: ({ path, ...request }) =>
      Effect.promise(async (signal) => {
        const reply = await fetch(settings.baseUrl + path, { method: "POST", ...request, signal })
        return reply.text()
      }),
    tracing: true,
    close: async () => {}
  })

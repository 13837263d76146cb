/**
 * The least in Effect, over undici's `dispatch`.
 */
import * as Effect from "effect/Effect"
import { Agent, type Dispatcher } from "undici"
import type { Connect } from "./contender.ts"
import { leastInEffect, type Send } from "./leastInEffect.ts"

const sendBy =
  (agent: Agent, origin: string): Send =>
  (request) =>
    Effect.callback((resume) => {
      let controller: Dispatcher.DispatchController | undefined
      const chunks: Array<Buffer> = []
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: (started) => {
          controller = started
        },
        onResponseStart: () => {},
        onResponseData: (_, chunk) => {
          chunks.push(chunk)
        },
        onResponseEnd: () => resume(Effect.succeed(Buffer.concat(chunks).toString())),
        onResponseError: (_, error) => resume(Effect.die(error))
      }
      agent.dispatch({ origin, method: "POST", ...request }, handler)
      return Effect.sync(() => controller?.abort(new Error("interrupted")))
    })

export const connectTo =
  (tracing: boolean): Connect =>
  (settings) => {
    const agent = new Agent({ allowH2: false })
    return leastInEffect(settings, { send: sendBy(agent, settings.baseUrl), tracing, close: () => agent.destroy() })
  }

export const connect = connectTo(true)

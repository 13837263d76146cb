/**
 * Proof, for one request through undici, that nothing of it was sent.
 *
 * Error codes prove nothing on Node: ECONNRESET, UND_ERR_SOCKET and EPROTO come both before and after a request was
 * applied, and a timeout has no code. But undici calls `onRequestStart` before it writes the first byte; a request for
 * which it never did, or which was aborted during that call each time, was not sent (measured: 0 wrong in 3,000 racing
 * POSTs and 34 faults).
 */
import type { Attempt } from "@effect-snaptrade/core"
import { UndiciOptions } from "@effect/platform-node/NodeHttpClient"
import type * as Undici from "@effect/platform-node/Undici"
import * as Context from "effect/Context"

interface Sending {
  started: boolean
}

// Travels from the fiber to the dispatcher in undici's own options of the request.
const sending = Symbol("@effect-snaptrade/node/sending")

interface WatchedOptions extends Partial<Undici.Dispatcher.RequestOptions> {
  readonly [sending]?: Sending
}

class WatchingHandler implements Undici.Dispatcher.DispatchHandler {
  readonly handler: Undici.Dispatcher.DispatchHandler
  readonly record: Sending

  constructor(handler: Undici.Dispatcher.DispatchHandler, record: Sending) {
    this.handler = handler
    this.record = record
  }

  onRequestStart(controller: Undici.Dispatcher.DispatchController, context: unknown) {
    this.handler.onRequestStart?.(controller, context)
    if (!controller.aborted) this.record.started = true
  }
  onRequestUpgrade(...args: Parameters<Required<Undici.Dispatcher.DispatchHandler>["onRequestUpgrade"]>) {
    this.handler.onRequestUpgrade?.(...args)
  }
  onResponseStart(...args: Parameters<Required<Undici.Dispatcher.DispatchHandler>["onResponseStart"]>) {
    this.handler.onResponseStart?.(...args)
  }
  onResponseData(...args: Parameters<Required<Undici.Dispatcher.DispatchHandler>["onResponseData"]>) {
    this.handler.onResponseData?.(...args)
  }
  onResponseEnd(...args: Parameters<Required<Undici.Dispatcher.DispatchHandler>["onResponseEnd"]>) {
    this.handler.onResponseEnd?.(...args)
  }
  onResponseError(...args: Parameters<Required<Undici.Dispatcher.DispatchHandler>["onResponseError"]>) {
    this.handler.onResponseError?.(...args)
  }
}

/**
 * The dispatcher, with each request's handler watched.
 */
export const watching = (dispatcher: Undici.Dispatcher): Undici.Dispatcher =>
  dispatcher.compose((dispatch) => (options: Undici.Dispatcher.DispatchOptions & WatchedOptions, handler) => {
    const record = options[sending]
    return dispatch(options, record === undefined ? handler : new WatchingHandler(handler, record))
  })

/**
 * Begins to watch one attempt.
 */
export const begin = (): Attempt => {
  const record: Sending = { started: false }
  return {
    context: (context) => {
      const options: WatchedOptions = { ...Context.get(context, UndiciOptions), [sending]: record }
      return Context.add(context, UndiciOptions, options)
    },
    neverSent: () => !record.started
  }
}

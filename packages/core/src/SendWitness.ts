/**
 * What a runtime can prove about a request that got no reply: that nothing of it was sent.
 */
import * as Context from "effect/Context"
import { constFalse, identity } from "effect/Function"
import type { HttpClientError } from "effect/http/HttpClientError"

/**
 * Watches one attempt to send a request.
 */
export interface Attempt {
  /** Hands whatever the HTTP client needs for being watched to the fiber that runs the attempt. */
  readonly context: (context: Context.Context<never>) => Context.Context<never>
  /**
   * Asked once the attempt is over without a reply: is it proven that nothing was sent? `error` is the client's failure;
   * there is none when the attempt ran out of time.
   */
  readonly neverSent: (error: HttpClientError | undefined) => boolean
}

const nothingIsProvable: Attempt = { context: identity, neverSent: constFalse }

/**
 * Begins to watch an attempt. The default can prove nothing, which is the truth for `fetch` on Workers (measured: a
 * refused connection and an applied request fail alike there). `@effect-snaptrade/node` asks undici whether it ever began
 * to write the request.
 */
export const SendWitness = Context.Reference<() => Attempt>("@effect-snaptrade/core/SendWitness", {
  defaultValue: () => () => nothingIsProvable
})

/**
 * A runtime's HTTP client as a layer, together with what that runtime can prove.
 */
import * as Context from "effect/Context"
import type { HttpClient } from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import { type Attempt, SendWitness } from "./SendWitness.ts"

// Effect's own key: keys are one by their name. By its value it brings 1.5 kB along that no client here uses.
const CurrentHttpClient = Context.Service<HttpClient, HttpClient>("effect/HttpClient")

/**
 * Provides `client` as Effect's `HttpClient`, and `witness` as `SendWitness`: both at once, since what another runtime's
 * layer can prove does not hold for this client.
 *
 * @example
 * ```ts
 * import { layerHttpClient, makeFetchClient } from "@effect-snaptrade/core"
 * import { constFalse, identity } from "effect/Function"
 *
 * const witness = () => ({ context: identity, neverSent: constFalse })
 * const onMyRuntime = layerHttpClient({ client: makeFetchClient(), witness })
 * ```
 */
export const layerHttpClient = (runtime: {
  readonly client: HttpClient
  readonly witness: () => Attempt
}): Layer.Layer<HttpClient> =>
  Layer.succeedContext(Context.make(CurrentHttpClient, runtime.client).pipe(Context.add(SendWitness, runtime.witness)))

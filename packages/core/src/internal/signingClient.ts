/**
 * The innermost HTTP client: it completes a request with clientId and timestamp, signs exactly what is sent, and sends it
 * at once, so that a signature never waits.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import type { HttpClient } from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as UrlParams from "effect/http/UrlParams"
import * as Option from "effect/Option"
import { requestTarget } from "../RequestTarget.ts"
import { canonicalJson, canonicalMessage } from "../Signature.ts"
import { CanonicalJson } from "./CanonicalJson.ts"
import { makeHttpClient } from "./httpClient.ts"
import { parseJson } from "./json.ts"

const cannotBeSigned = (request: HttpClientRequest.HttpClientRequest, description: string) =>
  new HttpClientError.HttpClientError({ reason: new HttpClientError.EncodeError({ request, description }) })

// In canonical JSON. A body that a transformed client made is read back.
const content = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<string, HttpClientError.HttpClientError> => {
  const { body } = request
  if (body instanceof CanonicalJson) return Effect.succeed(body.canonical)
  if (body._tag === "Empty") return Effect.succeed("null")
  if (body._tag !== "Uint8Array") {
    return Effect.fail(cannotBeSigned(request, `a ${body._tag} body cannot be signed, only JSON text can`))
  }
  return Effect.try({
    try: () => canonicalJson(parseJson(body.body)),
    catch: () => cannotBeSigned(request, "a body that is not JSON cannot be signed")
  })
}

/**
 * The client that signs.
 */
export const makeSigningClient = (options: {
  readonly client: HttpClient
  readonly clientId: string
  readonly sign: (message: string) => Effect.Effect<string>
}): HttpClient => {
  const send = (request: HttpClientRequest.HttpClientRequest, now: number) => {
    const urlParams = UrlParams.make([
      ["clientId", options.clientId],
      ...request.urlParams.params,
      ["timestamp", String(Math.floor(now / 1000))]
    ])
    // As the client will make it, so that path and query are signed as they are sent.
    const target = requestTarget({ url: request.url, urlParams })
    if (target === undefined) return Effect.fail(cannotBeSigned(request, "the URL is not valid"))
    const signature = Effect.flatMapEager(content(request), (json) =>
      options.sign(canonicalMessage(json, target.pathname, target.search.slice(1)))
    )
    return Effect.flatMap(signature, (signed) =>
      options.client.execute(
        HttpClientRequest.makeWith(
          request.method,
          request.url,
          urlParams,
          Option.none(),
          Headers.set(request.headers, "signature", signed),
          request.body
        )
      )
    )
  }
  return makeHttpClient((request) =>
    Effect.contextWith((context: Context.Context<never>) =>
      send(request, Context.get(context, Clock.Clock).currentTimeMillisUnsafe())
    )
  )
}

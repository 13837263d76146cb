/**
 * An `HttpClient` from a function that sends.
 *
 * Effect's `HttpClient.makeWith` is in a module with classes that esbuild cannot leave out; with the reply that they bring along
 * they are 1.5 kB of each Worker (docs/decisions/0010-an-http-client-of-its-own.md).
 */
import * as Effect from "effect/Effect"
import type { HttpClient } from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import type { HttpMethod } from "effect/http/HttpMethod"
import * as Inspectable from "effect/Inspectable"
import * as Pipeable from "effect/Pipeable"

type Send = (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<HttpClientResponse, HttpClientError>

// By `execute`, which a copy of the client may have another of.
const by = (method: HttpMethod) =>
  function (this: HttpClient, url: string | URL, options?: HttpClientRequest.Options.NoUrl) {
    return this.execute(HttpClientRequest.make(method)(url, options))
  }

/** Makes the client. */
export const makeHttpClient = (send: Send): HttpClient => ({
  ...Inspectable.BaseProto,
  ...Pipeable.Prototype,
  "~effect/http/HttpClient": "~effect/http/HttpClient",
  preprocess: Effect.succeed,
  postprocess: Effect.flatMap(send),
  execute: send,
  get: by("GET"),
  query: by("QUERY"),
  head: by("HEAD"),
  post: by("POST"),
  patch: by("PATCH"),
  put: by("PUT"),
  del: by("DELETE"),
  options: by("OPTIONS"),
  toJSON: () => ({ _id: "effect/HttpClient" })
})

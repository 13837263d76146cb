/**
 * What came back: the body within its limit, and what SnapTrade's headers and error bodies say.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { HttpClientError } from "effect/http/HttpClientError"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { RateLimit } from "../Operation.ts"
import type { FailedReply } from "../SnapTradeError.ts"

/**
 * Why a body could not be read: it broke off, or it is not what it should be.
 */
export type Unreadable =
  | { readonly _tag: "Cut"; readonly error: HttpClientError }
  | { readonly _tag: "Unusable"; readonly detail: string }

const unusable = (detail: string): Unreadable => ({ _tag: "Unusable", detail })
const cut = (error: HttpClientError): Unreadable => ({ _tag: "Cut", error })

// A byte that is not UTF-8 must not become a replacement character in a secret.
const strictUtf8 = new TextDecoder("utf-8", { fatal: true })

const joined = (chunks: ReadonlyArray<Uint8Array>, length: number): Uint8Array => {
  const all = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

const bytes = (response: HttpClientResponse, limit: number): Effect.Effect<Uint8Array, Unreadable> => {
  // Clients do not bound bodies themselves, and a compressed one unfolds; only a plain length can be trusted.
  if (Number(response.headers["content-length"]) <= limit && response.headers["content-encoding"] === undefined) {
    return Effect.mapBoth(response.arrayBuffer, { onFailure: cut, onSuccess: (buffer) => new Uint8Array(buffer) })
  }
  const chunks: Array<Uint8Array> = []
  let length = 0
  return response.stream.pipe(
    Stream.mapError(cut),
    Stream.runForEach((chunk) => {
      length += chunk.length
      chunks.push(chunk)
      return length > limit ? Effect.fail(unusable(`the body is longer than ${limit} bytes`)) : Effect.void
    }),
    Effect.map(() => joined(chunks, length))
  )
}

/**
 * The body as JSON, of at most `limit` bytes.
 */
export const json = (response: HttpClientResponse, limit: number): Effect.Effect<unknown, Unreadable> =>
  Effect.flatMap(bytes(response, limit), (body) =>
    Effect.try({
      try: (): unknown => JSON.parse(strictUtf8.decode(body)),
      catch: () => unusable("the body is not JSON")
    })
  )

const seconds = (text: string | undefined): number | undefined => {
  if (text === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return undefined
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}

/**
 * The rate limit that the reply's headers tell.
 */
export const rateLimit = ({ headers }: HttpClientResponse): RateLimit => {
  const reset = seconds(headers["x-ratelimit-reset"])
  return {
    limit: seconds(headers["x-ratelimit-limit"]),
    remaining: seconds(headers["x-ratelimit-remaining"]),
    reset: reset === undefined ? undefined : Duration.seconds(reset)
  }
}

// `{detail, status_code, code}`, `{default_detail, default_code}`, mixtures of them, `{error}`, or something else.
const ErrorBody = Schema.Struct({
  detail: Schema.optionalKey(Schema.Unknown),
  default_detail: Schema.optionalKey(Schema.Unknown),
  error: Schema.optionalKey(Schema.Unknown),
  code: Schema.optionalKey(Schema.Unknown),
  default_code: Schema.optionalKey(Schema.Unknown)
})
const decodeErrorBody = Schema.decodeUnknownResult(ErrorBody)
const emptyErrorBody: typeof ErrorBody.Type = {}

const string = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)
const code = (value: unknown): string | undefined => (typeof value === "number" ? String(value) : string(value))

const availableIn = /available in (\d+(?:\.\d+)?) second/i
const defaultRetryAfter = 60

/**
 * A reply that is a failure, as the table of failures reads it. `body` is the parsed body, or undefined where it could
 * not be read; `scrub` cleans text that SnapTrade wrote.
 */
export const failedReply = (
  response: HttpClientResponse,
  body: unknown,
  about: { readonly operation: string; readonly advice: string; readonly scrub: (text: string) => string }
): FailedReply => {
  const { headers, status } = response
  const said = Result.getOrElse(decodeErrorBody(body), () => emptyErrorBody)
  const saidDetail = string(said.detail) ?? string(said.default_detail) ?? string(said.error)
  const saidCode = code(said.code) ?? code(said.default_code)
  const requestId = headers["x-request-id"]
  const { limit, remaining } = rateLimit(response)
  return {
    operation: about.operation,
    advice: about.advice,
    status,
    ...(saidCode !== undefined && { code: about.scrub(saidCode) }),
    ...(saidDetail !== undefined && { detail: about.scrub(saidDetail) }),
    ...(requestId !== undefined && { requestId: about.scrub(requestId) }),
    ...(limit !== undefined && { limit }),
    ...(remaining !== undefined && { remaining }),
    retryAfter: Duration.seconds(
      seconds(headers["retry-after"]) ??
        seconds(headers["x-ratelimit-reset"]) ??
        seconds(availableIn.exec(saidDetail ?? "")?.[1]) ??
        defaultRetryAfter
    )
  }
}

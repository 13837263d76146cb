/**
 * What came back: the body within its limit, and what SnapTrade's headers and error bodies say.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { HttpClientError } from "effect/http/HttpClientError"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { RateLimit } from "../Operation.ts"
import { explain } from "./explain.ts"
import { parseJson } from "./json.ts"
import type { ConnectionLost, FailedReply, RequestTimeout, UnexpectedReply } from "../SnapTradeError.ts"

/**
 * A 2xx reply whose head has come, and the failures that reading it can end in.
 */
export interface Reply {
  readonly response: HttpClientResponse
  /** How long to wait for more of it. */
  readonly timeout: Duration.Duration
  /** The body broke off, or there is none. */
  readonly cut: (error: HttpClientError) => ConnectionLost | UnexpectedReply
  /** The body is not what it should be; `where` may hold words of the reply. */
  readonly unusable: (detail: string, where?: string) => UnexpectedReply
  /** More of the body did not come in time. */
  readonly late: () => RequestTimeout
}

type Bytes = ArrayBuffer | Uint8Array

const tooLong = { _tag: "TooLong" } as const
type Unreadable = typeof tooLong | HttpClientError

const joined = (chunks: ReadonlyArray<Uint8Array>, length: number): Uint8Array => {
  const all = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

const bytes = (response: HttpClientResponse, limit: number): Effect.Effect<Bytes, Unreadable> => {
  // Clients do not bound bodies themselves, and a compressed one unfolds; only a plain length can be trusted.
  if (Number(response.headers["content-length"]) <= limit && response.headers["content-encoding"] === undefined) {
    return response.arrayBuffer
  }
  const chunks: Array<Uint8Array> = []
  let length = 0
  return response.stream.pipe(
    Stream.runForEachArray((more) => {
      for (const chunk of more) {
        length += chunk.length
        chunks.push(chunk)
      }
      return length > limit ? Effect.fail(tooLong) : Effect.void
    }),
    Effect.map((): Bytes => joined(chunks, length)),
    // A transformed client has read it already: fetch keeps what was read as a whole, and its stream is locked.
    Effect.catchDefect(() => response.arrayBuffer),
    Effect.flatMap((body) => (body.byteLength > limit ? Effect.fail(tooLong) : Effect.succeed(body)))
  )
}

const defaultReplyLimit = 64 * 1024

/**
 * Reads the one value of a 2xx reply.
 */
export const valueOf = <Input, A>(description: {
  readonly name: string
  readonly reply: Schema.Decoder<A>
  readonly replyLimit?: number
  readonly answers?: (input: Input, value: A) => boolean
}) => {
  const limit = description.replyLimit ?? defaultReplyLimit
  const decode = Schema.decodeUnknownEffect(description.reply)
  const decoded = (reply: Reply, body: Bytes): Effect.Effect<A, UnexpectedReply> => {
    let json: unknown
    try {
      json = parseJson(body)
    } catch {
      return Effect.fail(reply.unusable("the body is not JSON"))
    }
    return Effect.mapErrorEager(decode(json), (error) =>
      reply.unusable(`the body is not what ${description.name} answers`, explain(error))
    )
  }
  return (reply: Reply, input: Input): Effect.Effect<A, ConnectionLost | UnexpectedReply> =>
    bytes(reply.response, limit).pipe(
      Effect.mapErrorEager((unreadable) =>
        unreadable._tag === "TooLong" ? reply.unusable(`the body is longer than ${limit} bytes`) : reply.cut(unreadable)
      ),
      Effect.flatMapEager((body) => decoded(reply, body)),
      Effect.flatMapEager((value) =>
        description.answers?.(input, value) === false
          ? Effect.fail(reply.unusable("the body answers another request"))
          : Effect.succeed(value)
      )
    )
}

/**
 * The body of a failure, as far as it can be read.
 */
export const failureBody = (response: HttpClientResponse): Effect.Effect<unknown> =>
  bytes(response, defaultReplyLimit).pipe(
    Effect.flatMap((body) => Effect.try({ try: () => parseJson(body), catch: () => undefined })),
    Effect.catch(() => Effect.succeed(undefined))
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
const field = (body: unknown, name: string): unknown =>
  Predicate.hasProperty(body, name) && !Array.isArray(body) ? body[name] : undefined

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
  const saidDetail =
    string(field(body, "detail")) ?? string(field(body, "default_detail")) ?? string(field(body, "error"))
  const saidCode = code(field(body, "code")) ?? code(field(body, "default_code"))
  const requestId = headers["x-request-id"]
  const { limit, remaining } = rateLimit(response)
  return {
    said: {
      operation: about.operation,
      status,
      ...(saidCode !== undefined && { code: about.scrub(saidCode) }),
      ...(saidDetail !== undefined && { detail: about.scrub(saidDetail) }),
      ...(requestId !== undefined && { requestId: about.scrub(requestId) })
    },
    advice: about.advice,
    rateLimit: {
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
}

/**
 * One attempt: one request and its reply, or the failure that it ended in.
 */
import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as UrlParams from "effect/http/UrlParams"
import * as Redacted from "effect/Redacted"
import type { Definition, Response } from "../Operation.ts"
import type { Attempt } from "../SendWitness.ts"
import {
  ConnectionLost,
  type ErrorOf,
  fromReply,
  InvalidInput,
  RequestNotSent,
  RequestTimeout,
  type SpecificTag,
  UnexpectedReply
} from "../SnapTradeError.ts"
import { failedReply, failureBody, rateLimit, type Reply } from "./reply.ts"
import type { Unsigned } from "./request.ts"
import { scrub } from "./scrub.ts"
import { within } from "./within.ts"

/**
 * What an attempt needs beside its operation.
 */
export interface Exchange<Input> {
  readonly client: HttpClient.HttpClient
  readonly consumerKey: Redacted.Redacted
  readonly attempt: Attempt
  readonly input: Input
  readonly unsigned: Unsigned
  readonly clock: Clock.Clock
  /** What the request runs in: a transformed client may have spans and services of its own. */
  readonly context: Context.Context<never>
  /** The time that is left, and the whole budget that it is left of. */
  readonly left: Duration.Duration
  readonly timeout: Duration.Duration
}

// The innermost error says most, such as "ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1"; its code and message are kept.
const nativeDetail = (error: HttpClientError): string => {
  let cause: unknown = error.cause ?? error.reason
  // Bounded: causes may go in a circle.
  for (let depth = 0; depth < 8 && cause instanceof Error && cause.cause instanceof Error; depth++) cause = cause.cause
  if (!(cause instanceof Error)) return error.reason._tag
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined
  return [code, cause.message].filter((part) => part !== undefined && part !== "").join(": ") || cause.name
}

const is2xx = (response: HttpClientResponse): boolean => response.status >= 200 && response.status < 300

/**
 * Sends the request once and reads what comes back, in the time that is left.
 */
export const exchange = <Input extends object, A, Tag extends SpecificTag>(
  definition: Definition<Input, A, Tag>,
  { attempt, client, clock, consumerKey, context, input, left, timeout, unsigned }: Exchange<Input>
): Effect.Effect<Response<A>, ErrorOf<Tag>> => {
  type Failure = ErrorOf<Tag>

  const operation = definition.name
  // What is known of the reply once its head is there: its status decides, whatever happens to the rest.
  let head: HttpClientResponse | undefined
  const { advice } = definition.lostReply

  const scrubWhatWasSent = (sent: HttpClientRequest) => (text: string) =>
    scrub(text, [
      // The whole query, which holds the rest; every signed one has a timestamp.
      text.includes("timestamp=") ? UrlParams.toString(sent.urlParams) : "",
      Redacted.value(consumerKey),
      sent.headers["signature"] ?? "",
      ...unsigned.secrets
    ])

  const failure = (response: HttpClientResponse, body: unknown): Failure =>
    fromReply(
      definition.errors ?? [],
      failedReply(response, body, { operation, advice, scrub: scrubWhatWasSent(response.request) })
    )

  const onFailedReply = (response: HttpClientResponse): Effect.Effect<never, Failure> =>
    Effect.flatMap(failureBody(response), (body) => Effect.fail(failure(response, body)))

  const replyOf = (response: HttpClientResponse): Reply & { readonly requestId: string | undefined } => {
    const clean = scrubWhatWasSent(response.request)
    const id = response.headers["x-request-id"]
    const requestId = id === undefined ? undefined : clean(id)
    const lost = { operation, advice, status: response.status, ...(requestId !== undefined && { requestId }) }
    const unusable = (detail: string, where?: string) =>
      new UnexpectedReply({
        ...lost,
        outcome: "applied",
        detail: where === undefined ? detail : `${detail}: ${clean(where)}`
      })
    return {
      response,
      requestId,
      timeout,
      // fetch has no stream for a reply without a body, such as a 204: that one is whole.
      cut: (error) =>
        error.reason._tag === "EmptyBodyError"
          ? unusable("the body is empty")
          : new ConnectionLost({ ...lost, detail: clean(nativeDetail(error)) }),
      unusable,
      late: () => new RequestTimeout({ ...lost, timeout })
    }
  }

  const onReply = (response: HttpClientResponse): Effect.Effect<Response<A>, Failure> => {
    const reply = replyOf(response)
    return Effect.map(definition.read(reply, input), (value) => ({
      value,
      status: response.status,
      requestId: reply.requestId,
      rateLimit: rateLimit(response)
    }))
  }

  const onResponse = (response: HttpClientResponse): Effect.Effect<Response<A>, Failure> =>
    is2xx(response) ? onReply(response) : onFailedReply(response)

  const onClientError = (error: HttpClientError): Effect.Effect<Response<A>, Failure> => {
    const { reason } = error
    // A transformed client may fail on a status, or on a body that it read.
    if ("response" in reason) return onResponse((head = reason.response))
    const clean = scrubWhatWasSent(reason.request)
    const detail = clean(nativeDetail(error))
    if (reason._tag !== "TransportError") {
      return Effect.fail(new InvalidInput({ operation, detail: clean(reason.description ?? detail) }))
    }
    return Effect.fail(
      attempt.neverSent(error)
        ? new RequestNotSent({ operation, detail })
        : new ConnectionLost({ operation, advice, detail })
    )
  }

  const onTimeout = (): Failure => {
    if (head === undefined) {
      return attempt.neverSent(undefined)
        ? new RequestNotSent({ operation, detail: `no connection within ${Duration.format(timeout)}` })
        : new RequestTimeout({ operation, advice, timeout })
    }
    return is2xx(head) ? replyOf(head).late() : failure(head, undefined)
  }

  const exchanged = Effect.matchEffect(client.execute(unsigned.request), {
    onFailure: onClientError,
    onSuccess: (response) => onResponse((head = response))
  })
  const watched = attempt.context(context)
  return Duration.isFinite(left)
    ? within(exchanged, { clock, context: watched, duration: left, orElse: () => Effect.fail(onTimeout()) })
    : Effect.provideContext(exchanged, watched)
}

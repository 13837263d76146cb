/**
 * One attempt: one request and its reply, or the failure that it ended in.
 */
import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as UrlParams from "effect/http/UrlParams"
import * as Redacted from "effect/Redacted"
import type { Call, Definition, Response } from "../Operation.ts"
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
import { inWords } from "./duration.ts"
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
  /** The time that is left, in milliseconds, and the whole budget that it is left of. */
  readonly left: number
  readonly timeout: Duration.Duration
}

type Secrets = Pick<Exchange<unknown>, "consumerKey" | "unsigned">
type Lost = Pick<Call<never>, "name" | "lostReply">

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

// Without what was sent: the request that a reply or an error carries is the signed one.
const clean = (text: string, sent: HttpClientRequest, { consumerKey, unsigned }: Secrets): string =>
  scrub(text, [
    // The whole query, which holds the rest; every signed one has a timestamp.
    text.includes("timestamp=") ? UrlParams.toString(sent.urlParams) : "",
    Redacted.value(consumerKey),
    sent.headers["signature"] ?? "",
    ...unsigned.secrets
  ])

class SuccessfulReply implements Reply {
  readonly response: HttpClientResponse
  readonly timeout: Duration.Duration
  readonly requestId: string | undefined
  private readonly call: Lost
  private readonly secrets: Secrets

  constructor(call: Lost, response: HttpClientResponse, timeout: Duration.Duration, secrets: Secrets) {
    this.response = response
    this.timeout = timeout
    this.call = call
    this.secrets = secrets
    const id = response.headers["x-request-id"]
    this.requestId = id === undefined ? undefined : this.clean(id)
  }

  cut(error: HttpClientError): ConnectionLost | UnexpectedReply {
    // fetch has no stream for a reply without a body, such as a 204: that one is whole.
    return error.reason._tag === "EmptyBodyError"
      ? this.unusable("the body is empty")
      : new ConnectionLost({ ...this.lost(), detail: this.clean(nativeDetail(error)) })
  }

  unusable(detail: string, where?: string): UnexpectedReply {
    return new UnexpectedReply({
      ...this.lost(),
      outcome: "applied",
      detail: where === undefined ? detail : `${detail}: ${this.clean(where)}`
    })
  }

  late(): RequestTimeout {
    return new RequestTimeout({ ...this.lost(), timeout: this.timeout })
  }

  private clean(text: string): string {
    return clean(text, this.response.request, this.secrets)
  }

  private lost() {
    const { call, requestId, response } = this
    return {
      operation: call.name,
      advice: call.lostReply.advice,
      status: response.status,
      ...(requestId !== undefined && { requestId })
    }
  }
}

/**
 * Sends the request once and reads what comes back, in the time that is left.
 */
export const exchange = <Input extends object, A, Tag extends SpecificTag>(
  definition: Definition<Input, A, Tag>,
  { attempt, client, clock, consumerKey, context, input, left, timeout, unsigned }: Exchange<Input>
): Effect.Effect<Response<A>, ErrorOf<Tag>> => {
  type Failure = ErrorOf<Tag>

  // What is known of the reply once its head is there: its status decides, whatever happens to the rest.
  let head: HttpClientResponse | undefined
  const secrets = { consumerKey, unsigned }

  const failure = (response: HttpClientResponse, body: unknown): Failure =>
    fromReply(
      definition.errors ?? [],
      failedReply(response, body, {
        operation: definition.name,
        advice: definition.lostReply.advice,
        scrub: (text) => clean(text, response.request, secrets)
      })
    )

  const onResponse = (response: HttpClientResponse): Effect.Effect<Response<A>, Failure> => {
    head = response
    if (!is2xx(response)) {
      return Effect.flatMap(failureBody(response), (body) => Effect.fail(failure(response, body)))
    }
    const reply = new SuccessfulReply(definition, response, timeout, secrets)
    return Effect.mapEager(definition.read(reply, input), (value) => ({
      value,
      status: response.status,
      requestId: reply.requestId,
      rateLimit: rateLimit(response)
    }))
  }

  const onClientError = (error: HttpClientError): Effect.Effect<Response<A>, Failure> => {
    const { reason } = error
    // A transformed client may fail on a status, or on a body that it read.
    if ("response" in reason) return onResponse(reason.response)
    const operation = definition.name
    const detail = clean(nativeDetail(error), reason.request, secrets)
    if (reason._tag !== "TransportError") {
      const { description } = reason
      return Effect.fail(
        new InvalidInput({
          operation,
          detail: description === undefined ? detail : clean(description, reason.request, secrets)
        })
      )
    }
    return Effect.fail(
      attempt.neverSent(error)
        ? new RequestNotSent({ operation, detail })
        : new ConnectionLost({ operation, advice: definition.lostReply.advice, detail })
    )
  }

  const onTimeout = (): Effect.Effect<never, Failure> => {
    if (head !== undefined) {
      return Effect.fail(
        is2xx(head) ? new SuccessfulReply(definition, head, timeout, secrets).late() : failure(head, undefined)
      )
    }
    const operation = definition.name
    return Effect.fail(
      attempt.neverSent(undefined)
        ? new RequestNotSent({ operation, detail: `no connection within ${inWords(timeout)}` })
        : new RequestTimeout({ operation, advice: definition.lostReply.advice, timeout })
    )
  }

  const exchanged = Effect.matchEffect(client.execute(unsigned.request), {
    onFailure: onClientError,
    onSuccess: onResponse
  })
  const watched = attempt.context(context)
  return Number.isFinite(left)
    ? within(exchanged, { clock, context: watched, milliseconds: left, orElse: onTimeout })
    : Effect.provideContext(exchanged, watched)
}

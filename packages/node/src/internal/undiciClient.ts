/**
 * A thin `HttpClient` over undici's `dispatch`, which also proves, for one request, that nothing of it was sent.
 *
 * Error codes prove nothing on Node: ECONNRESET, UND_ERR_SOCKET and EPROTO come both before and after a request was
 * applied, and a timeout has no code. But undici calls `onRequestStart` before it writes the first byte; a request for
 * which it never did, or which was aborted during that call each time, was not sent (measured: 0 wrong in 3,000 racing
 * POSTs and 34 faults).
 *
 * `@effect/platform-node` has a client over undici too. It goes through `dispatcher.request`, an AbortSignal, a Readable
 * and a registry for each request, none of which is needed here (docs/decisions/0005-a-thin-undici-client.md).
 */
import { type Attempt, type RequestTarget, requestTarget } from "@effect-snaptrade/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import type * as Undici from "undici"
import { makeTurn } from "./makeTurn.ts"
import { UndiciBody, UndiciResponse } from "./UndiciResponse.ts"

interface Sending {
  /** Whether the attempt reached this client: of one that did not, nothing is known. */
  taken: boolean
  started: boolean
}

// What the attempt in this fiber has sent.
const CurrentSending = Context.Reference<Sending | undefined>("@effect-snaptrade/node/CurrentSending", {
  defaultValue: () => undefined
})

/**
 * Begins to watch one attempt.
 */
export const begin = (): Attempt => {
  const sending: Sending = { taken: false, started: false }
  return {
    context: (context) => Context.add(context, CurrentSending, sending),
    neverSent: () => sending.taken && !sending.started
  }
}

const interrupted = new Error("the request was interrupted")

const send = (
  dispatcher: Undici.Dispatcher,
  atEndOfTurn: ReturnType<typeof makeTurn>,
  request: HttpClientRequest,
  target: RequestTarget,
  sending: Sending | undefined
) =>
  Effect.callback<UndiciResponse, HttpClientError.HttpClientError>((resume) => {
    if (sending !== undefined) sending.taken = true
    const path = target.pathname + target.search
    let controller: Undici.Dispatcher.DispatchController | undefined
    let body: UndiciBody | undefined
    let gone = false
    const fail = (cause: unknown) =>
      resume(
        Effect.fail(
          new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
        )
      )
    const handler: Undici.Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started
        if (gone) started.abort(interrupted)
        else if (sending !== undefined) sending.started = true
      },
      onResponseStart(started, status, headers) {
        if (status < 200) return
        body = new UndiciBody(started)
        const response = new UndiciResponse(request, target.origin + path, status, headers, body)
        // Once undici has handed out what came along with the head: mostly the whole body, which then needs no waiting.
        atEndOfTurn(() => {
          // Most replies are read at once, by what is resumed here.
          resume(Effect.succeed(response))
          response.cancelWhenDropped()
        })
      },
      onResponseData(_, chunk) {
        body?.write(chunk)
      },
      onResponseEnd() {
        body?.end()
      },
      onResponseError(_, cause) {
        if (body === undefined) fail(cause)
        else body.fail(cause)
      }
    }
    const dispatch = () => {
      if (gone) return
      try {
        dispatcher.dispatch(
          {
            origin: target.origin,
            path,
            method: request.method,
            headers: request.headers,
            body: request.body._tag === "Uint8Array" ? (request.body.text ?? request.body.body) : null,
            // Time is the operation's: see its budget.
            headersTimeout: 0,
            bodyTimeout: 0
          },
          handler
        )
      } catch (cause) {
        fail(cause)
      }
    }
    // In a microtask, so that requests of one turn are signed one after the other, and then sent one after the other. A
    // promise's own: it keeps the caller's AsyncLocalStorage, by which undici's requests are traced.
    void Promise.resolve().then(dispatch)
    return Effect.sync(() => {
      gone = true
      controller?.abort(interrupted)
    })
  })

const cannotBeSent = (request: HttpClientRequest, description: string) =>
  Effect.fail(
    new HttpClientError.HttpClientError({ reason: new HttpClientError.EncodeError({ request, description }) })
  )

/**
 * The client. It has no span of its own, and sends bodies that are bytes, as those of SnapTrade's operations are.
 */
export const makeUndiciClient = (dispatcher: Undici.Dispatcher): HttpClient.HttpClient => {
  const atEndOfTurn = makeTurn()
  return HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
    Effect.flatMapEager((request): Effect.Effect<UndiciResponse, HttpClientError.HttpClientError> => {
      if (request.body._tag !== "Uint8Array" && request.body._tag !== "Empty") {
        return cannotBeSent(request, `a ${request.body._tag} body cannot be sent by this client`)
      }
      const target = requestTarget(request)
      if (target === undefined) return cannotBeSent(request, "the URL is not valid")
      return Effect.contextWith((context: Context.Context<never>) =>
        send(dispatcher, atEndOfTurn, request, target, Context.get(context, CurrentSending))
      )
    }),
    Effect.succeed
  )
}

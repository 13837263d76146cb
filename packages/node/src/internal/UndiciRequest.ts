/**
 * One request, which undici reports to: that it begins to write, the head of the reply, its body and its end.
 */
import type { RequestTarget } from "@effect-snaptrade/core"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as HttpClientError from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import type * as Undici from "undici"
import type { Sending } from "./Sending.ts"
import { UndiciBody, UndiciResponse } from "./UndiciResponse.ts"

type Resume = (reply: Effect.Effect<UndiciResponse, HttpClientError.HttpClientError>) => void

const interrupted = new Error("the request was interrupted")

// By undici, of what it was given: before it begins. Interceptors say so later too.
const isRefusal = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "UND_ERR_INVALID_ARG"

/**
 * The handler of one `dispatch`. Its fields are out of sight: an application's dispatcher may print it.
 */
export class UndiciRequest implements Undici.Dispatcher.DispatchHandler {
  readonly #request: HttpClientRequest
  readonly #target: RequestTarget
  readonly #sending: Sending | undefined
  readonly #atEndOfTurn: (work: () => void) => void
  #resume: Resume
  #controller: Undici.Dispatcher.DispatchController | undefined
  #body: UndiciBody | undefined
  #gone = false

  constructor(
    request: HttpClientRequest,
    target: RequestTarget,
    sending: Sending | undefined,
    atEndOfTurn: (work: () => void) => void,
    resume: Resume
  ) {
    this.#request = request
    this.#target = target
    this.#sending = sending
    this.#atEndOfTurn = atEndOfTurn
    this.#resume = resume
    if (sending !== undefined) sending.taken = true
  }

  dispatch(dispatcher: Undici.Dispatcher): void {
    if (this.#gone) return
    const { body, headers, method } = this.#request
    const { origin, pathname, search } = this.#target
    try {
      dispatcher.dispatch(
        {
          origin,
          path: pathname + search,
          method,
          headers,
          body: body._tag === "Uint8Array" ? (body.text ?? body.body) : null,
          // Time is the operation's: see its budget.
          headersTimeout: 0,
          bodyTimeout: 0
        },
        this
      )
    } catch (cause) {
      this.interrupt()
      this.#fail(cause)
    }
  }

  interrupt(): void {
    this.#gone = true
    this.#controller?.abort(interrupted)
  }

  onRequestStart(controller: Undici.Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#gone) controller.abort(interrupted)
    else if (this.#sending !== undefined) this.#sending.started = true
  }

  onResponseStart(
    controller: Undici.Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | ReadonlyArray<string> | undefined>
  ): void {
    if (status < 200) return
    const { origin, pathname, search } = this.#target
    const body = new UndiciBody(controller)
    this.#body = body
    const response = new UndiciResponse(this.#request, origin + pathname + search, status, headers, body)
    // By then undici has handed out what came along with the head too: mostly the whole body, which then needs no waiting.
    this.#atEndOfTurn(() => {
      try {
        // Most replies are read at once, by what is resumed here.
        this.#handOn(Effect.succeed(response))
      } finally {
        response.cancelWhenDropped()
      }
    })
  }

  onResponseData(_: Undici.Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#body?.write(chunk)
  }

  onResponseEnd(): void {
    this.#body?.end()
  }

  onResponseError(_: Undici.Dispatcher.DispatchController, cause: Error): void {
    if (this.#body === undefined) this.#fail(cause)
    else this.#body.fail(cause)
  }

  // Nothing of the application's runs within undici, where what it throws would be lost, or others with it.
  #fail(cause: unknown): void {
    const failed = { request: this.#request, cause }
    const reason =
      this.#controller === undefined && isRefusal(cause)
        ? new HttpClientError.EncodeError(failed)
        : new HttpClientError.TransportError(failed)
    const failure = Effect.fail(new HttpClientError.HttpClientError({ reason }))
    this.#atEndOfTurn(() => this.#handOn(failure))
  }

  #handOn(reply: Parameters<Resume>[0]): void {
    const resume = this.#resume
    // undici keeps this handler while the body is unread; by the fiber, whose result the reply may be, it would keep the reply.
    this.#resume = constVoid
    resume(reply)
  }
}

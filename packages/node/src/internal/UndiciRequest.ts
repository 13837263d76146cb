/**
 * One request under way, which undici reports to.
 */
import type { RequestTarget } from "@effect-snaptrade/core"
import * as Effect from "effect/Effect"
import * as HttpClientError from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import type * as Undici from "undici"
import type { Sending } from "./Sending.ts"
import { UndiciBody, UndiciResponse } from "./UndiciResponse.ts"

type Resume = (reply: Effect.Effect<UndiciResponse, HttpClientError.HttpClientError>) => void

const interrupted = new Error("the request was interrupted")

/**
 * From its dispatch to the head of its reply.
 */
export class UndiciRequest implements Undici.Dispatcher.DispatchHandler {
  private readonly request: HttpClientRequest
  private readonly target: RequestTarget
  private readonly sending: Sending | undefined
  private readonly atEndOfTurn: (work: () => void) => void
  private readonly resume: Resume
  private controller: Undici.Dispatcher.DispatchController | undefined
  private body: UndiciBody | undefined
  private gone = false

  constructor(
    request: HttpClientRequest,
    target: RequestTarget,
    sending: Sending | undefined,
    atEndOfTurn: (work: () => void) => void,
    resume: Resume
  ) {
    this.request = request
    this.target = target
    this.sending = sending
    this.atEndOfTurn = atEndOfTurn
    this.resume = resume
    if (sending !== undefined) sending.taken = true
  }

  dispatch(dispatcher: Undici.Dispatcher): void {
    if (this.gone) return
    const { body, headers, method } = this.request
    try {
      dispatcher.dispatch(
        {
          origin: this.target.origin,
          path: this.target.pathname + this.target.search,
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
      this.fail(cause)
    }
  }

  interrupt(): void {
    this.gone = true
    this.controller?.abort(interrupted)
  }

  onRequestStart(controller: Undici.Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.gone) controller.abort(interrupted)
    else if (this.sending !== undefined) this.sending.started = true
  }

  onResponseStart(
    controller: Undici.Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | ReadonlyArray<string> | undefined>
  ): void {
    if (status < 200) return
    const { origin, pathname, search } = this.target
    const body = new UndiciBody(controller)
    this.body = body
    const response = new UndiciResponse(this.request, origin + pathname + search, status, headers, body)
    // Once undici has handed out what came along with the head: mostly the whole body, which then needs no waiting.
    this.atEndOfTurn(() => {
      // Most replies are read at once, by what is resumed here.
      this.resume(Effect.succeed(response))
      response.cancelWhenDropped()
    })
  }

  onResponseData(_: Undici.Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.body?.write(chunk)
  }

  onResponseEnd(): void {
    this.body?.end()
  }

  onResponseError(_: Undici.Dispatcher.DispatchController, cause: Error): void {
    if (this.body === undefined) this.fail(cause)
    else this.body.fail(cause)
  }

  private fail(cause: unknown): void {
    const reason = new HttpClientError.TransportError({ request: this.request, cause })
    this.resume(Effect.fail(new HttpClientError.HttpClientError({ reason })))
  }
}

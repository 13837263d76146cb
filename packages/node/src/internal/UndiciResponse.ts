/**
 * A reply whose head undici has read: the body comes in chunks, to whoever reads it.
 */
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Cookies from "effect/http/Cookies"
import * as Headers from "effect/http/Headers"
import * as HttpClientError from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as Stream from "effect/Stream"
import type * as Undici from "undici"

/** Who reads the body. */
interface Reader {
  readonly chunk: (chunk: Uint8Array) => void
  readonly end: () => void
  readonly fail: (cause: Error) => void
}

// What is kept while nobody reads; beyond it undici stops reading the socket.
const unreadLimit = 64 * 1024

// A reply that is dropped unread (a stream that is never run) would keep its connection for as long as the layer lives.
// Only unread ones are registered: a reader refers to its reply, which would then never be collected; and what was once
// registered lives until the next full collection.
const unreadReplies = new FinalizationRegistry<UndiciBody>((body) => body.cancel())

const joined = (chunks: ReadonlyArray<Uint8Array>): ArrayBuffer => {
  const all = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all.buffer
}

// Of a body that was taken as a whole.
const nobody: Reader = { chunk: constVoid, end: constVoid, fail: constVoid }

/**
 * The body: undici writes it, one reader takes it.
 */
export class UndiciBody {
  readonly controller: Undici.Dispatcher.DispatchController
  private readonly unread: Array<Uint8Array> = []
  private unreadLength = 0
  private reader: Reader | undefined
  private ended = false
  private failure: Error | undefined

  constructor(controller: Undici.Dispatcher.DispatchController) {
    this.controller = controller
  }

  /** All of it, where all has come and nobody read it: nothing is left to wait for. */
  takeWhole(): ArrayBuffer | undefined {
    if (!this.ended || this.reader !== undefined) return undefined
    unreadReplies.unregister(this)
    this.reader = nobody
    return joined(this.unread.splice(0))
  }

  get isUnread(): boolean {
    return this.reader === undefined
  }

  write(chunk: Uint8Array): void {
    // On resuming amid a chunk undici hands out nothing: who asks for more at each piece would ask for ever.
    if (chunk.length === 0) return
    if (this.reader !== undefined) return this.reader.chunk(chunk)
    this.unread.push(chunk)
    this.unreadLength += chunk.length
    if (this.unreadLength > unreadLimit) this.controller.pause()
  }

  end(): void {
    this.ended = true
    this.reader?.end()
  }

  fail(cause: Error): void {
    this.failure = cause
    this.reader?.fail(cause)
  }

  read(reader: Reader): void {
    if (this.reader !== undefined) return reader.fail(new Error("the body was read before"))
    unreadReplies.unregister(this)
    this.reader = reader
    for (const chunk of this.unread.splice(0)) reader.chunk(chunk)
    if (this.failure !== undefined) return reader.fail(this.failure)
    if (this.ended) return reader.end()
    if (this.controller.paused) this.controller.resume()
  }

  cancel(): void {
    if (!this.ended && this.failure === undefined) this.controller.abort(new Error("the reply is not wanted any more"))
  }
}

/**
 * The reply as Effect's `HttpClient` gives it.
 */
export class UndiciResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse, Pipeable {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest
  readonly url: string
  readonly status: number
  readonly headers: Headers.Headers
  private readonly body: UndiciBody
  // Kept once read: a transformed client may read it before the operation does.
  private whole: ArrayBuffer | undefined
  private reading: Promise<ArrayBuffer> | undefined

  constructor(
    request: HttpClientRequest,
    url: string,
    status: number,
    headers: Record<string, string | ReadonlyArray<string> | undefined>,
    body: UndiciBody
  ) {
    super()
    this.request = request
    this.url = url
    this.status = status
    this.headers = Headers.fromInput(headers)
    this.body = body
  }

  /** For a reply that nobody reads yet. */
  cancelWhenDropped(): void {
    if (this.body.isUnread) unreadReplies.register(this, this.body, this.body)
  }

  private unreadable(cause: unknown) {
    return new HttpClientError.HttpClientError({
      reason: new HttpClientError.DecodeError({ request: this.request, response: this, cause })
    })
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.HttpClientError> {
    this.whole ??= this.body.takeWhole()
    if (this.whole !== undefined) return Effect.succeed(this.whole)
    return Effect.callback((resume) => {
      this.reading ??= this.readWhole()
      this.reading.then(
        (whole) => resume(Effect.succeed(whole)),
        (cause) => resume(Effect.fail(this.unreadable(cause)))
      )
      return Effect.sync(() => this.body.cancel())
    })
  }

  private readWhole(): Promise<ArrayBuffer> {
    const chunks: Array<Uint8Array> = []
    return new Promise((resolve, reject) => {
      this.body.read({
        chunk: (bytes) => void chunks.push(bytes),
        end: () => resolve((this.whole = joined(chunks))),
        fail: reject
      })
    })
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.HttpClientError> {
    const { body, whole } = this
    if (whole !== undefined) return Stream.succeed(new Uint8Array(whole))
    return Stream.fromReadableStream({
      evaluate: () =>
        new ReadableStream<Uint8Array>({
          start: (stream) =>
            body.read({
              chunk: (chunk) => {
                stream.enqueue(chunk)
                if ((stream.desiredSize ?? 0) <= 0) body.controller.pause()
              },
              end: () => stream.close(),
              fail: (cause) => stream.error(cause)
            }),
          pull: () => body.controller.resume(),
          cancel: () => body.cancel()
        }),
      onError: (cause) => this.unreadable(cause)
    })
  }

  // What SnapTrade's replies are not, by way of a Web response.
  private web<A>(
    read: (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<A, HttpClientError.HttpClientError>
  ) {
    return Effect.flatMap(this.arrayBuffer, (buffer) =>
      read(HttpClientResponse.fromWeb(this.request, new Response(buffer, { headers: this.headers })))
    )
  }
  get text() {
    return this.web((response) => response.text)
  }
  get json() {
    return this.web((response) => response.json)
  }
  get urlParamsBody() {
    return this.web((response) => response.urlParamsBody)
  }
  get formData() {
    return this.web((response) => response.formData)
  }
  get upgrade() {
    return this.web((response) => response.upgrade)
  }
  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie(this.headers["set-cookie"] ?? [])
  }
  get remoteAddress(): Option.Option<string> {
    return Option.none()
  }

  toJSON(): unknown {
    return { _id: "effect/http/HttpClientResponse", status: this.status }
  }

  pipe() {
    return pipeArguments(this, arguments)
  }
}

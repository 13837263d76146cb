/**
 * A thin `HttpClient` over `fetch`, for the runtimes that have it.
 *
 * Effect's own goes through a span that would be switched off, a registry that keeps every reply until the next full
 * collection, and uploads of streams: none of which an operation needs.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Cookies from "effect/http/Cookies"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import type { HttpClient } from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as UrlParams from "effect/http/UrlParams"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { makeHttpClient } from "./internal/httpClient.ts"
import { requestTarget } from "./RequestTarget.ts"

// A reply that is dropped unread (a stream that is never run) would keep its connection. Workers with an old compatibility
// date have no registry; there, and where workerd does not let it abort, all ends with the Worker's own request.
const makeRegistry = () =>
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : new FinalizationRegistry<AbortController>((controller) => {
        try {
          controller.abort()
        } catch {
          // Nothing is left to do.
        }
      })
const unreadReplies = makeRegistry()

const textOf = (body: ArrayBuffer): string => new TextDecoder().decode(body)

type Failing<A> = Effect.Effect<A, HttpClientError.HttpClientError>

// Effect's reply (`HttpClientResponse.fromWeb`) and this one are about as long; that one brings 1 kB along that is not used.
class FetchResponse extends Inspectable.Class implements HttpClientResponse, Pipeable {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly "~effect/http/HttpClientResponse" = "~effect/http/HttpClientResponse"
  readonly request: HttpClientRequest
  readonly url: string
  readonly headers: Headers.Headers
  private readonly source: Response
  private readonly controller: AbortController
  // Kept once read: a transformed client may read it before the operation does.
  private whole: ArrayBuffer | undefined
  private reading: Promise<ArrayBuffer> | undefined
  private isRead = false

  constructor(request: HttpClientRequest, url: string, source: Response, controller: AbortController) {
    super()
    this.request = request
    this.url = url
    this.source = source
    this.controller = controller
    this.headers = Headers.fromInput(source.headers)
  }

  /** For a reply that nobody reads yet. */
  cancelWhenDropped(): void {
    if (!this.isRead) unreadReplies?.register(this, this.controller, this)
  }

  private read(): void {
    this.isRead = true
    unreadReplies?.unregister(this)
  }

  private unreadable(cause: unknown) {
    return new HttpClientError.HttpClientError({
      reason: new HttpClientError.DecodeError({ request: this.request, response: this, cause })
    })
  }

  get arrayBuffer(): Failing<ArrayBuffer> {
    if (this.whole !== undefined) return Effect.succeed(this.whole)
    return Effect.callback((resume) => {
      this.read()
      this.reading ??= this.source.arrayBuffer()
      this.reading.then(
        (whole) => resume(Effect.succeed((this.whole = whole))),
        (cause) => resume(Effect.fail(this.unreadable(cause)))
      )
      return Effect.sync(() => this.controller.abort())
    })
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.HttpClientError> {
    if (this.whole !== undefined) return Stream.succeed(new Uint8Array(this.whole))
    return Stream.suspend(() => {
      const { body } = this.source
      if (body === null) {
        const description = "there is no body to stream"
        const reason = new HttpClientError.EmptyBodyError({ request: this.request, response: this, description })
        return Stream.fail(new HttpClientError.HttpClientError({ reason }))
      }
      this.read()
      return Stream.ensuring(
        Stream.fromReadableStream({ evaluate: () => body, onError: (cause) => this.unreadable(cause) }),
        Effect.sync(() => this.controller.abort())
      )
    })
  }

  // What SnapTrade's replies are not, from the body as a whole.
  private decoded<A>(decode: (whole: ArrayBuffer) => A | Promise<A>): Failing<A> {
    return Effect.flatMap(this.arrayBuffer, (whole) =>
      Effect.tryPromise({ try: async () => decode(whole), catch: (cause) => this.unreadable(cause) })
    )
  }
  get text(): Failing<string> {
    return this.decoded(textOf)
  }
  get json(): Failing<Schema.Json> {
    return this.decoded((whole) => JSON.parse(textOf(whole) || "null"))
  }
  get urlParamsBody(): Failing<UrlParams.UrlParams> {
    return this.decoded((whole) => UrlParams.fromInput(new URLSearchParams(textOf(whole))))
  }
  get formData(): Failing<FormData> {
    return this.decoded((whole) => new Response(whole, { headers: this.source.headers }).formData())
  }
  get upgrade(): Failing<never> {
    const description = "fetch hands over no connection"
    const reason = new HttpClientError.StatusCodeError({ request: this.request, response: this, description })
    return Effect.fail(new HttpClientError.HttpClientError({ reason }))
  }

  get status(): number {
    return this.source.status
  }
  get cookies(): Cookies.Cookies {
    // Workers with a compatibility date before 2023-03 do not have it.
    const { headers }: { readonly headers: Partial<globalThis.Headers> } = this.source
    return Cookies.fromSetCookie(headers.getSetCookie?.() ?? [])
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

// `fetch` rejects alike what it cannot send and what got lost. It makes a request first, as this does: of nothing but what is this
// client's own and bears being looked at twice.
const isRequest = (url: string, { headers, method }: Pick<HttpClientRequest, "headers" | "method">): boolean => {
  try {
    void new Request(url, { method, headers })
    return true
  } catch {
    return false
  }
}

const cannotBeSent = (request: HttpClientRequest, description: string) =>
  Effect.fail(
    new HttpClientError.HttpClientError({ reason: new HttpClientError.EncodeError({ request, description }) })
  )

/**
 * What a runtime adds.
 */
export interface FetchClientOptions {
  /** The form in which this runtime sends a body once; as it is unless told. */
  readonly bodyOf?: (body: string | Uint8Array<ArrayBuffer>) => BodyInit
  /** Options that hold whatever the application's own say. */
  readonly init?: RequestInit
}

/**
 * The client: bodies that are bytes, as those of SnapTrade's operations are, and no redirect followed, which would carry
 * the signature, and on 307 and 308 the body, to another server. It takes `fetch` and the application's options from where
 * Effect's client does, `FetchHttpClient.Fetch` and `FetchHttpClient.RequestInit`, headers excepted.
 *
 * @example
 * ```ts
 * import { makeFetchClient } from "@effect-snaptrade/core"
 * import { HttpClient } from "effect/http/HttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const layerHttpClient = Layer.succeed(HttpClient, makeFetchClient({ init: { cache: "no-store" } }))
 * ```
 */
export const makeFetchClient = ({ bodyOf = identity, init: ours }: FetchClientOptions = {}): HttpClient =>
  makeHttpClient((request) =>
    Effect.withFiber<FetchResponse, HttpClientError.HttpClientError>((fiber) => {
      const { body } = request
      if (body._tag !== "Uint8Array" && body._tag !== "Empty") {
        return cannotBeSent(request, `a ${body._tag} body cannot be sent by this client`)
      }
      const target = requestTarget(request)
      if (target === undefined) return cannotBeSent(request, "the URL is not valid")
      const url = target.origin + target.pathname + target.search
      const fetch = Context.get(fiber.context, FetchHttpClient.Fetch)
      const init: RequestInit = {
        ...Context.getOrUndefined(fiber.context, FetchHttpClient.RequestInit),
        ...ours,
        method: request.method,
        headers: Headers.has(request.headers, "content-length")
          ? Headers.remove(request.headers, "content-length")
          : request.headers,
        redirect: "manual",
        ...(body._tag === "Uint8Array" && { body: bodyOf(body.text ?? new Uint8Array(body.body)) })
      }
      return Effect.callback((resume) => {
        const controller = new AbortController()
        const send = async () => {
          const source = await fetch(url, { ...init, signal: controller.signal })
          const response = new FetchResponse(request, url, source, controller)
          // Most replies are read at once, by what is resumed here.
          resume(Effect.succeed(response))
          response.cancelWhenDropped()
        }
        send().catch((cause) => {
          const reason = isRequest(url, request)
            ? new HttpClientError.TransportError({ request, cause })
            : new HttpClientError.EncodeError({ request, cause })
          resume(Effect.fail(new HttpClientError.HttpClientError({ reason })))
        })
        return Effect.sync(() => controller.abort())
      })
    })
  )

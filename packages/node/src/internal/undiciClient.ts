/**
 * A thin `HttpClient` over undici's `dispatch`, which also proves, for one request, that nothing of it was sent.
 *
 * `@effect/platform-node` has a client over undici too. It goes through `dispatcher.request`, an AbortSignal, a Readable
 * and a registry for each request, none of which is needed here (docs/decisions/0005-a-thin-undici-client.md).
 */
import { requestTarget } from "@effect-snaptrade/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import type * as Undici from "undici"
import { makeTurn } from "./makeTurn.ts"
import { CurrentSending } from "./Sending.ts"
import { UndiciRequest } from "./UndiciRequest.ts"
import type { UndiciResponse } from "./UndiciResponse.ts"

const cannotBeSent = (request: HttpClientRequest, description: string) =>
  Effect.fail(
    new HttpClientError.HttpClientError({ reason: new HttpClientError.EncodeError({ request, description }) })
  )

/**
 * The client. It has no span of its own, and sends bodies that are bytes, as those of SnapTrade's operations are.
 */
export const makeUndiciClient = (dispatcher: Undici.Dispatcher): HttpClient.HttpClient => {
  const atEndOfTurn = makeTurn()
  const send = (request: HttpClientRequest): Effect.Effect<UndiciResponse, HttpClientError.HttpClientError> => {
    if (request.body._tag !== "Uint8Array" && request.body._tag !== "Empty") {
      return cannotBeSent(request, `a ${request.body._tag} body cannot be sent by this client`)
    }
    const target = requestTarget(request)
    if (target === undefined) return cannotBeSent(request, "the URL is not valid")
    return Effect.withFiber((fiber) =>
      Effect.callback((resume) => {
        const sending = Context.get(fiber.context, CurrentSending)
        const underWay = new UndiciRequest(request, target, sending, atEndOfTurn, resume)
        // In a microtask, so that requests of one turn are signed one after the other, and then sent one after the other. A
        // promise's own: it keeps the caller's AsyncLocalStorage, by which undici's requests are traced.
        void Promise.resolve().then(() => underWay.dispatch(dispatcher))
        return Effect.sync(() => underWay.interrupt())
      })
    )
  }
  return HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
    Effect.flatMapEager(send),
    Effect.succeed
  )
}

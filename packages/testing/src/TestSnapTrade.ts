/**
 * The layers that tests inject: a whole SnapTrade in memory, or answers from functions.
 */
import {
  type CallOptions,
  type Definition,
  type ErrorOf,
  layerSnapTrade,
  type ListOperation,
  type Operation,
  type Response,
  SendWitness,
  Signer,
  SnapTrade,
  type SpecificTag
} from "@effect-snaptrade/core"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Handler from "./Handler.ts"
import { hmacSha256 } from "./internal/hmac.ts"
import { LocalSnapTrade } from "./LocalSnapTrade.ts"

const connectionRefused = "ECONNREFUSED"

// What a socket would report, as Node words it.
class NetworkError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = "NetworkError"
    this.code = code
  }
}

const networkError = (requestArrived: boolean) =>
  requestArrived
    ? new NetworkError("ECONNRESET", "the connection was closed before a reply came")
    : new NetworkError(connectionRefused, "the connection was refused")

const overASocketOnly = (what: string) =>
  new Error(`${what} can be had over a socket only: use layerServer of "@effect-snaptrade/testing/server"`)

const isRefused = (error: HttpClientError.HttpClientError | undefined): boolean =>
  error?.cause instanceof NetworkError && error.cause.code === connectionRefused

// As over a socket, where a header of two lines cannot travel.
const checkHeaders = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.try({
    try: () => new Headers({ ...request.headers }),
    catch: (cause) => new HttpClientError.EncodeError({ request, cause })
  })

/**
 * The HTTP client that hands each request to a handler, in the fiber that asks, and tells a refused connection from a lost
 * one.
 */
const layerInMemory = ({ handler }: Handler.Hosted): Layer.Layer<HttpClient.HttpClient> =>
  Layer.merge(
    Layer.succeed(
      HttpClient.HttpClient,
      HttpClient.make((request) =>
        Effect.andThen(checkHeaders(request), handler).pipe(
          Effect.provideService(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromClientRequest(request)),
          Effect.catchTag("BytesReplied", () => Effect.die(overASocketOnly("A Wire reply"))),
          Effect.mapBoth({
            onSuccess: (response) => HttpServerResponse.toClientResponse(response, { request }),
            onFailure: (failure) =>
              new HttpClientError.HttpClientError({
                reason:
                  failure._tag === "EncodeError"
                    ? failure
                    : new HttpClientError.TransportError({ request, cause: networkError(failure.requestArrived) })
              })
          })
        )
      )
    ),
    Layer.succeed(SendWitness, () => ({ context: identity, neverSent: isRefused }))
  )

/**
 * A {@link LocalSnapTrade} in memory, and an `HttpClient` whose every request it answers, whatever the URL's host.
 *
 * @example
 * ```ts
 * import { TestSnapTrade } from "@effect-snaptrade/testing"
 * import * as Effect from "effect/Effect"
 * import * as HttpClient from "effect/http/HttpClient"
 *
 * const unsigned = HttpClient.post("https://api.snaptrade.com/snapTrade/registerUser").pipe(
 *   Effect.map((response) => response.status), // 401
 *   Effect.provide(TestSnapTrade.layerLocal())
 * )
 * ```
 */
export const layerLocal = (options: Handler.Options = {}): Layer.Layer<LocalSnapTrade | HttpClient.HttpClient> =>
  Layer.unwrap(
    Effect.map(Handler.make(options), (hosted) =>
      Layer.merge(
        Layer.succeed(LocalSnapTrade, {
          ...hosted,
          baseUrl: "https://api.snaptrade.com",
          door: () => Effect.die(overASocketOnly("Another address"))
        }),
        layerInMemory(hosted)
      )
    )
  )

/**
 * A signer that is synchronous on every runtime, as `TestClock` needs it.
 */
export const layerSigner: Layer.Layer<Signer> = Layer.succeed(Signer, {
  signWith: (consumerKey) => {
    const sign = hmacSha256(consumerKey)
    return (message) => Effect.sync(() => sign(message))
  }
})

/**
 * SnapTrade in memory: real signing, encoding and decoding against a {@link LocalSnapTrade} that the test
 * can look at and instruct; everything in the test's own fiber, so that `TestClock` moves it. The credentials are the
 * local SnapTrade's.
 *
 * @example
 * ```ts
 * import { registerUser } from "@effect-snaptrade/core"
 * import { LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
 * import * as Effect from "effect/Effect"
 *
 * const test = Effect.gen(function* () {
 *   const user = yield* registerUser({ userId: "user-123" })
 *   const [registered] = yield* (yield* LocalSnapTrade).users
 *   return registered?.userId === user.userId
 * }).pipe(Effect.provide(TestSnapTrade.layer()))
 * ```
 */
export const layer = (
  options: Handler.Options & CallOptions & { readonly baseUrl?: string | undefined } = {}
): Layer.Layer<SnapTrade | LocalSnapTrade> =>
  Layer.unwrap(
    Effect.map(LocalSnapTrade, ({ baseUrl, clientId, consumerKey }) =>
      // A local SnapTrade without a usable key is the test's own mistake.
      Layer.orDie(layerSnapTrade({ baseUrl, ...options, clientId, consumerKey }))
    )
  ).pipe(Layer.provide(layerSigner), Layer.provideMerge(layerLocal(options)))

/**
 * How one operation is answered without a server.
 */
export type Answer = ReadonlyArray<{
  readonly definition: { readonly name: string }
  readonly execute: SnapTrade["Service"]["execute"]
}>

const noAnswer = (name: string, answered: boolean) =>
  new Error(
    answered
      ? `This test answers ${name} as an array or as a stream, and was asked for the other: use TestSnapTrade.answerList`
      : `This test has no answer for ${name}: give one to TestSnapTrade.layerAnswers`
  )

const withoutRateLimit = { limit: undefined, remaining: undefined, reset: undefined }

const executing = <Input extends object, A, Tag extends SpecificTag>(
  definition: Definition<Input, A, Tag>,
  respond: (input: Input) => Effect.Effect<A, ErrorOf<Tag>>
): Answer[number] => ({
  definition,
  // Called with this very definition only, whose types are those of `respond`: TypeScript cannot see that.
  execute: ((_: unknown, input: Input): Effect.Effect<Response<A>, ErrorOf<Tag>> =>
    Effect.map(respond(input), (value) => ({
      value,
      status: 200,
      requestId: undefined,
      rateLimit: withoutRateLimit
    }))) as SnapTrade["Service"]["execute"]
})

/**
 * Answers an operation from a function, for {@link layerAnswers}.
 */
export const answer = <Input extends object, A, Tag extends SpecificTag>(
  operation: Operation<Input, A, Tag>,
  respond: (input: Input) => Effect.Effect<A, ErrorOf<Tag>>
): Answer => [executing(operation.definition, respond)]

/**
 * Answers an operation that lists, as an array and as a stream, for {@link layerAnswers}.
 */
export const answerList = <Input extends object, Element, Tag extends SpecificTag>(
  operation: ListOperation<Input, Element, Tag>,
  respond: (input: Input) => Effect.Effect<ReadonlyArray<Element>, ErrorOf<Tag>>
): Answer => [
  executing(operation.definition, respond),
  executing(operation.streamDefinition, (input: Input) => Effect.map(respond(input), Stream.fromIterable))
]

/**
 * SnapTrade without any server: each operation is answered by a function; one that has no answer is a defect that says so.
 *
 * @example
 * ```ts
 * import { listUsers, registerUser, UserAlreadyExists } from "@effect-snaptrade/core"
 * import { TestSnapTrade } from "@effect-snaptrade/testing"
 * import * as Effect from "effect/Effect"
 *
 * const everybodyExists = TestSnapTrade.layerAnswers(
 *   TestSnapTrade.answer(registerUser, () => Effect.fail(new UserAlreadyExists({ operation: "registerUser" }))),
 *   TestSnapTrade.answerList(listUsers, () => Effect.succeed(["user-123"]))
 * )
 * ```
 */
export const layerAnswers = (...answers: ReadonlyArray<Answer>): Layer.Layer<SnapTrade> => {
  const all = answers.flat()
  return Layer.succeed(SnapTrade, {
    clientId: "TEST-CLIENT",
    execute: (definition, input) =>
      all.find((candidate) => candidate.definition === definition)?.execute(definition, input) ??
      Effect.die(
        noAnswer(
          definition.name,
          all.some((candidate) => candidate.definition.name === definition.name)
        )
      )
  })
}

/**
 * A Worker built with Effect that has `HttpClient` and `Schema` already, and nothing of ours: it asks another service for
 * an exchange rate.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

class NoRate extends Schema.TaggedError<NoRate>()("NoRate", { currency: Schema.String }) {}

class Rate extends Schema.Class<Rate>("Rate")({ currency: Schema.String, rate: Schema.Finite }) {}

const make = Effect.gen(function* () {
  const client = (yield* HttpClient.HttpClient).pipe(
    HttpClient.mapRequest(HttpClientRequest.prependUrl("https://rates.example.com")),
    HttpClient.filterStatusOk
  )
  return {
    rate: Effect.fn("Rates.rate")(
      function* (currency: string) {
        const request = HttpClientRequest.post("/rates").pipe(HttpClientRequest.bodyJsonUnsafe({ currency }))
        return yield* Effect.flatMap(client.execute(request), HttpClientResponse.schemaBodyJson(Rate))
      },
      (effect, currency) => Effect.mapError(effect, () => new NoRate({ currency }))
    )
  }
})

export class Rates extends Context.Service<Rates, Effect.Success<typeof make>>()("Rates") {
  static readonly layer = Layer.effect(Rates, make).pipe(Layer.provide(FetchHttpClient.layer))
}

const worker = {
  fetch: (_request: Request, _env: object): Promise<Response> =>
    Rates.use((rates) => rates.rate("CAD")).pipe(
      Effect.map((rate) => Response.json(rate)),
      Effect.catchTag("NoRate", (error) => Effect.succeed(Response.json(error.currency, { status: 502 }))),
      Effect.provide(Rates.layer),
      Effect.runPromise
    )
}

// A Worker is its default export.
// oxlint-disable-next-line import/no-default-export
export { worker as default }

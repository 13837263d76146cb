import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"

describe("the layers", () => {
  it.effect("layerHttpClient provides Effect's own HttpClient", () =>
    Effect.gen(function* () {
      assert.isTrue(HttpClient.isHttpClient(yield* HttpClient.HttpClient))
    }).pipe(Effect.provide(EdgeSnapTrade.layerHttpClient))
  )
})

import { layerSnapTrade, registerUser } from "@effect-snaptrade/core"
import { TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

it.live(
  "SnapTrade over Effect's own client over fetch follows no redirect, and keeps the application's options",
  () => {
    const sent: Array<RequestInit | undefined> = []
    const fetch: typeof globalThis.fetch = async (_, init) => {
      sent.push(init)
      // As fetch does with a redirect that it is not to follow.
      return new Response(null, { status: 307, headers: { location: "https://elsewhere.example/" } })
    }
    return Effect.gen(function* () {
      const error = yield* Effect.flip(registerUser({ userId: "user-123" }))
      assert.deepInclude(error, { _tag: "UnexpectedReply", outcome: "unknown", status: 307 })
      assert.lengthOf(sent, 1)
      assert.deepInclude(sent[0], { redirect: "manual", cache: "no-store" })
    }).pipe(
      Effect.provide(
        layerSnapTrade({ clientId: "MY-APP", consumerKey: Redacted.make("a key") }).pipe(
          Layer.provide([TestSnapTrade.layerSigner, FetchHttpClient.layer])
        )
      ),
      Effect.provideService(FetchHttpClient.RequestInit, { cache: "no-store", redirect: "follow" }),
      Effect.provideService(FetchHttpClient.Fetch, fetch)
    )
  }
)

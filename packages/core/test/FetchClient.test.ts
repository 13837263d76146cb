import { makeFetchClient } from "@effect-snaptrade/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Url from "effect/http/Url"
import * as UrlParams from "effect/http/UrlParams"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"

interface Sent {
  readonly url: string
  readonly init: RequestInit
}

// A fetch that keeps what it was asked for.
const fetchOf = (sent: Array<Sent>, answer: () => Response) =>
  Effect.provideService(FetchHttpClient.Fetch, async (url, init) => {
    sent.push({ url: String(url), init: init ?? {} })
    return answer()
  })

const client = makeFetchClient()

const texts = [
  "http://example.com/snapTrade/registerUser",
  "https://example.com:443/%7e/..//y",
  "http://example.com/é |/x?q=a b+c#hash",
  "http://example.com/x?y=1%202&z",
  "http://example.com/x?"
]
const lists: ReadonlyArray<ReadonlyArray<readonly [string, string]>> = [
  [],
  [
    ["clientId", "a b&c'é()*~!"],
    ["empty", ""]
  ],
  [["emoji", "\u{1F600}'\"<>"]]
]

describe("the client over fetch", () => {
  it.effect("asks for the URL that Effect's own client makes of a request", () =>
    Effect.gen(function* () {
      for (const text of texts) {
        for (const list of lists) {
          const sent: Array<Sent> = []
          const request = HttpClientRequest.get(text).pipe(HttpClientRequest.setUrlParams(list))
          yield* client.execute(request).pipe(fetchOf(sent, () => new Response("")))
          const { origin, pathname, search } = Result.getOrThrow(Url.make(request.url, request.urlParams, undefined))
          assert.deepStrictEqual(
            sent.map(({ url }) => url),
            [origin + pathname + search],
            `${text} ${UrlParams.toString(list)}`
          )
        }
      }
    })
  )

  it.effect("follows no redirect, whatever the application's options say", () =>
    Effect.gen(function* () {
      const sent: Array<Sent> = []
      yield* client.execute(HttpClientRequest.post("http://example.com/")).pipe(
        fetchOf(sent, () => new Response("")),
        Effect.provideService(FetchHttpClient.RequestInit, { redirect: "follow", cache: "no-store" })
      )
      assert.deepStrictEqual(
        sent.map(({ init }) => [init.redirect, init.cache, init.method]),
        [["manual", "no-store", "POST"]]
      )
    })
  )

  it.effect("gives a body that was read once again and again", () =>
    Effect.gen(function* () {
      const response = yield* client
        .execute(HttpClientRequest.get("http://example.com/"))
        .pipe(fetchOf([], () => new Response('{"a":1}')))
      assert.strictEqual((yield* response.arrayBuffer).byteLength, 7)
      assert.deepStrictEqual(yield* response.json, { a: 1 })
      assert.strictEqual(yield* response.text, '{"a":1}')
      assert.strictEqual((yield* Stream.runCollect(response.stream)).length, 1)
    })
  )

  it.live("ends the request when whoever waits for the body goes", () =>
    Effect.gen(function* () {
      for (const read of ["arrayBuffer", "stream"] as const) {
        const sent: Array<Sent> = []
        const silent = () => new Response(new ReadableStream({ start: (body) => body.enqueue(new Uint8Array(1)) }))
        const response = yield* client.execute(HttpClientRequest.get("http://example.com/")).pipe(fetchOf(sent, silent))
        const reading = yield* Effect.forkChild(
          read === "stream" ? Stream.runDrain(response.stream) : Effect.asVoid(response.arrayBuffer),
          { startImmediately: true }
        )
        assert.isFalse(sent[0]?.init.signal?.aborted, read)
        yield* Fiber.interrupt(reading)
        assert.isTrue(sent[0]?.init.signal?.aborted, read)
      }
    })
  )

  it.effect("refuses a body that is no bytes, before anything is sent", () =>
    Effect.gen(function* () {
      const sent: Array<Sent> = []
      const request = HttpClientRequest.post("http://example.com/", { body: HttpBody.raw("text") })
      const error = yield* Effect.flip(client.execute(request).pipe(fetchOf(sent, () => new Response(""))))
      assert.strictEqual(error.reason._tag, "EncodeError")
      assert.deepStrictEqual(sent, [])
    })
  )
})

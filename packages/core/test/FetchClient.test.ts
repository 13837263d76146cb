import { makeFetchClient } from "@effect-snaptrade/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Cookies from "effect/http/Cookies"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
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

  const lost = Effect.provideService(FetchHttpClient.Fetch, async (_, init) => {
    // As fetch, which reads the body before it loses the connection.
    await new Response(init?.body ?? null).arrayBuffer()
    throw new TypeError("fetch failed")
  })
  const reasonOf = <A, R>(effect: Effect.Effect<A, HttpClientError, R>) =>
    Effect.map(Effect.flip(effect), ({ reason }) => reason._tag)
  const post = HttpClientRequest.post("http://example.com/").pipe(HttpClientRequest.bodyText("{}"))

  it.effect("tells what cannot be sent from what got lost, though the body was a stream that is gone", () =>
    Effect.gen(function* () {
      const streaming = makeFetchClient({ bodyOf: (body) => new Blob([body]).stream() })
      assert.strictEqual(yield* reasonOf(lost(streaming.execute(post))), "TransportError")
      const twoLines = HttpClientRequest.setHeader(post, "x-app", "two\nlines")
      assert.strictEqual(yield* reasonOf(lost(streaming.execute(twoLines))), "EncodeError")
    })
  )

  it.effect("takes for lost what an application's own fetch lost, whatever options that takes", () =>
    Effect.gen(function* () {
      const own = Effect.provideService(FetchHttpClient.RequestInit, { cache: "only-if-cached" })
      assert.strictEqual(yield* reasonOf(own(lost(client.execute(post)))), "TransportError")
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

  it.effect("reads a reply as Effect's own client reads it", () =>
    Effect.gen(function* () {
      const bodies: Record<string, BodyInit> = {
        json: '{"a":1}',
        "not JSON": "<html>é</html>",
        empty: "",
        parameters: "a=1&a=2&b=%C3%A9+",
        form: new URLSearchParams({ a: "1" })
      }
      const request = HttpClientRequest.get("http://example.com/")
      for (const [name, body] of Object.entries(bodies)) {
        const reply = () => new Response(body, { headers: { "set-cookie": "a=b; Path=/", "x-request-id": "1" } })
        for (const read of ["text", "json", "urlParamsBody", "arrayBuffer", "upgrade"] as const) {
          const ours = yield* client.execute(request).pipe(fetchOf([], reply))
          const theirs = HttpClientResponse.fromWeb(request, reply())
          const outcome = (reading: Effect.Effect<unknown, HttpClientError>) =>
            Effect.result(Effect.mapError(reading, ({ reason }) => reason._tag))
          assert.deepStrictEqual(yield* outcome(ours[read]), yield* outcome(theirs[read]), `${name} as ${read}`)
          const about = ({ cookies, headers, remoteAddress, status, url }: HttpClientResponse.HttpClientResponse) => [
            cookies.toJSON(),
            { ...headers },
            remoteAddress,
            status,
            url
          ]
          assert.deepStrictEqual(about(ours), about(theirs))
        }
      }
      const both = yield* client.execute(request).pipe(
        fetchOf([], () => new Response('{"a":1}')),
        Effect.flatMap((reply) => Effect.all([reply.json, reply.text], { concurrency: 2 }))
      )
      assert.deepStrictEqual(both, [{ a: 1 }, '{"a":1}'])
      const form = yield* client.execute(request).pipe(
        fetchOf([], () => new Response(new URLSearchParams({ a: "1" }))),
        Effect.flatMap((reply) => reply.formData)
      )
      assert.deepStrictEqual([...form], [["a", "1"]])
    })
  )

  it.effect("has no cookies where the runtime tells none", () =>
    Effect.gen(function* () {
      const old = new Response("")
      Object.defineProperty(old.headers, "getSetCookie", { value: undefined })
      const reply = yield* client.execute(HttpClientRequest.get("http://example.com/")).pipe(fetchOf([], () => old))
      assert.deepStrictEqual(reply.cookies.toJSON(), Cookies.empty.toJSON())
    })
  )

  it.effect("is an HttpClient to those who call it by a method, and to those who wrap it", () =>
    Effect.gen(function* () {
      assert.isTrue(HttpClient.isHttpClient(client))
      const sent: Array<Sent> = []
      const wrapped = client.pipe(HttpClient.mapRequest(HttpClientRequest.prependUrl("http://example.com")))
      for (const method of ["get", "query", "head", "post", "patch", "put", "del", "options"] as const) {
        const reply = yield* wrapped[method]("/path", { urlParams: { a: "b" } }).pipe(
          fetchOf(sent, () => new Response(""))
        )
        assert.isTrue(HttpClientResponse.TypeId in reply)
      }
      assert.deepStrictEqual(
        sent.map(({ init, url }) => `${init.method} ${url}`),
        ["GET", "QUERY", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"].map(
          (method) => `${method} http://example.com/path?a=b`
        )
      )
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

import { requestTarget } from "@effect-snaptrade/core"
import { assert, describe, it } from "@effect/vitest"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Url from "effect/http/Url"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const Params = Schema.Array(Schema.Tuple([Schema.String, Schema.String]))
const urls = [
  "https://api.snaptrade.com/snapTrade/registerUser",
  "http://[::1]:80/a b/../é?q=1%202&q",
  "http://example.com"
]

describe("the target of a request", () => {
  it.prop("is what Effect's own clients make of URL and query", [Params, Schema.Literals(urls)], ([params, url]) => {
    const request = HttpClientRequest.get(url, { urlParams: params })
    const { origin, pathname, search } = Result.getOrThrow(Url.make(request.url, request.urlParams, undefined))
    assert.deepStrictEqual(requestTarget(request), { origin, pathname, search })
  })

  // Those that are sent as they stand, and their neighbours that are not.
  const parts = {
    scheme: ["http://", "https://", "HTTP://", "ftp://", "http:/"],
    host: [
      "localhost",
      "127.0.0.1",
      "127.1",
      "0x7f.1",
      "api.snaptrade.com",
      "API.snaptrade.com",
      "1.2.3",
      "a.b.c1",
      "xn--a.com",
      "xn--mnchen-3ya.de",
      "-a.com",
      "a_b.com",
      "a..com",
      "example",
      "user@example.com",
      "é.com",
      ""
    ],
    port: ["", ":80", ":443", ":0443", ":1000", ":8080", ":59999", ":65535", ":65536", ":"],
    path: ["", "/", "/a/B-c_d~1", "//a", "/./a", "/a/../b", "/%2e%2E/a", "/%41", "/a b", "/é", "/a?b=c", "/a#b", "/a\n"]
  }

  it("is that for URLs in normal form and for those that only look so", () => {
    for (const scheme of parts.scheme) {
      for (const host of parts.host) {
        for (const port of parts.port) {
          for (const path of parts.path) {
            const url = scheme + host + port + path
            const parsed = URL.parse(url)
            const expected =
              parsed === null ? undefined : { origin: parsed.origin, pathname: parsed.pathname, search: parsed.search }
            const { urlParams } = HttpClientRequest.get("http://example.com/")
            assert.deepStrictEqual(requestTarget({ url, urlParams }), expected, url)
          }
        }
      }
    }
  })

  it("has the secrets of the query in clear, for they are sent", () => {
    const request = HttpClientRequest.get("http://example.com/", {
      urlParams: [["userSecret", Redacted.make("a secret & more")]]
    })
    assert.strictEqual(requestTarget(request)?.search, "?userSecret=a+secret+%26+more")
  })

  it("is none where the URL is not absolute", () => {
    assert.strictEqual(requestTarget(HttpClientRequest.get("/snapTrade/registerUser")), undefined)
  })
})

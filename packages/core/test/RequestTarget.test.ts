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

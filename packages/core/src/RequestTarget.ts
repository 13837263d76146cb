/**
 * Where a request goes, as it is sent and so as it is signed.
 */
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"

/**
 * An absolute URL in the parts that are sent.
 */
export interface RequestTarget {
  readonly origin: string
  readonly pathname: string
  /** The query with its question mark; empty without one. */
  readonly search: string
}

// What a form and a URL leave as it is.
const plain = /^[\w*.-]*$/

const encode = (param: string | Redacted.Redacted): string => {
  const text = Redacted.isRedacted(param) ? Redacted.value(param) : param
  return plain.test(text) ? text : new URLSearchParams([["", text]]).toString().slice(1)
}

/**
 * Where a client sends this request, or `undefined` where its URL is none. It is what Effect's `Url.make` answers of an
 * absolute URL, at a quarter of the price. A client of another runtime may use it too, so that what is signed is what is sent; the query
 * holds secrets.
 *
 * @example
 * ```ts
 * import { requestTarget } from "@effect-snaptrade/core"
 * import * as HttpClientRequest from "effect/http/HttpClientRequest"
 *
 * const target = requestTarget(HttpClientRequest.get("https://api.snaptrade.com/", { urlParams: { clientId: "MY-APP" } }))
 * // { origin: "https://api.snaptrade.com", pathname: "/", search: "?clientId=MY-APP" }
 * ```
 */
export const requestTarget = ({
  url,
  urlParams
}: Pick<HttpClientRequest, "url" | "urlParams">): RequestTarget | undefined => {
  const parsed = URL.parse(url)
  if (parsed === null) return undefined
  const { origin, pathname, search } = parsed
  const { params } = urlParams
  if (params.length === 0) return { origin, pathname, search }
  // One that a transformed client put into the URL itself comes first, written anew.
  const all = search === "" ? params : [...parsed.searchParams, ...params]
  return { origin, pathname, search: `?${all.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&")}` }
}

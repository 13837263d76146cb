/**
 * Who may come to the admin interface and its page: programs, and a browser that shows this very page. Not the pages of other
 * sites that the same browser shows, whether they ask across origins or let their own name lead here.
 */
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { adminPath } from "../Admin.ts"

/** Only what this server serves is loaded, nothing is framed or posted, and no text becomes markup. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'"
].join("; ")

const headers = {
  "cache-control": "no-store",
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY"
}

const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/

// A page leads its own name to any address, but an address is nobody's name.
const isOurs = (host: string, names: ReadonlyArray<string>): boolean => {
  const name = nameOf(host)
  return name === "localhost" || ipv4.test(name) || /^\[[\da-f:.]+\]$/.test(name) || names.map(nameOf).includes(name)
}

const nameOf = (host: string) => host.replace(/:\d+$/, "").toLowerCase()

// Following a link to the page does no harm: the page has no token then.
const isVisit = ({ headers: sent, method, url }: HttpServerRequest): boolean =>
  method === "GET" &&
  sent["sec-fetch-mode"] === "navigate" &&
  sent["sec-fetch-dest"] === "document" &&
  (url === adminPath || url === `${adminPath}/`)

/** Why a request is refused, to whoever reads it; or nothing. */
const refusal = (request: HttpServerRequest, names: ReadonlyArray<string>): string | undefined => {
  const { host = "", origin, "sec-fetch-site": site } = request.headers
  if (!isOurs(host, names)) {
    return `This local SnapTrade does not know the name ${JSON.stringify(host)}. Ask it by its address, such as http://127.0.0.1, or name it: --admin-host of emulate, adminHosts of layerServer.`
  }
  if (origin !== undefined && origin !== `http://${host}`) return "The admin interface is not for other sites."
  if (site !== undefined && site !== "same-origin" && site !== "none" && !isVisit(request)) {
    return "The admin interface is not for other sites."
  }
  return undefined
}

/** Lets through whoever may come, and says to a browser what it may do with the answer. `names` are more names of this host. */
export const guarded = <E, R>(
  handler: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
  names: ReadonlyArray<string>
) =>
  HttpServerRequest.pipe(
    Effect.flatMap((request): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R> => {
      const refused = refusal(request, names)
      return refused === undefined ? handler : Effect.succeed(HttpServerResponse.text(refused, { status: 403 }))
    }),
    // Of a failure too, which becomes a response later.
    HttpEffect.withPreResponseHandler((_, response) => Effect.succeed(HttpServerResponse.setHeaders(response, headers)))
  )

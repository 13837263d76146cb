/**
 * From an operation's input to the unsigned request.
 */
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as UrlParams from "effect/http/UrlParams"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Call } from "../Operation.ts"
import { canonicalJson } from "../Signature.ts"
import { InvalidInput, type SpecificTag } from "../SnapTradeError.ts"
import { loneSurrogate } from "../User.ts"
import { CanonicalJson } from "./CanonicalJson.ts"
import { explain } from "./explain.ts"
import { userAgent } from "./version.ts"

/**
 * What is sent before it is signed, and which parts of it are secret.
 */
export interface Unsigned {
  readonly request: HttpClientRequest.HttpClientRequest
  readonly secrets: ReadonlyArray<string>
}

type Fields = { readonly [field: string]: Schema.Json | undefined }

const headers = { accept: "application/json", "user-agent": userAgent }
const headersOfJson = { ...headers, "content-type": "application/json" }
const pathParameter = /\{([^}]+)\}/g

const text = (value: Schema.Json): string => (typeof value === "string" ? value : canonicalJson(value))

// "." and ".." are steps in a path, however they are encoded, and an empty one would not be sent.
const noPathSegment = new Set(["", ".", ".."])

const redactedIn = (value: unknown, found: Array<string> = []): Array<string> => {
  if (typeof value !== "object" || value === null) return found
  if (Redacted.isRedacted(value)) found.push(String(Redacted.value(value)))
  else for (const part of Object.values(value)) redactedIn(part, found)
  return found
}

const without = (fields: Fields, left: ReadonlySet<string>): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([field]) => !left.has(field)))

/**
 * Builds the request of one call, or says why the input does not fit.
 */
export const requestOf = <Input extends object, Tag extends SpecificTag>(
  call: Call<Input, Tag>,
  baseUrl: string,
  input: Input
): Effect.Effect<Unsigned, InvalidInput> =>
  Schema.encodeEffect(call.input)(input).pipe(
    Effect.mapErrorEager((error) => new InvalidInput({ operation: call.name, detail: explain(error) })),
    Effect.flatMapEager((encoded) => unsigned(call, baseUrl, input, encoded))
  )

const unsigned = <Input extends object, Tag extends SpecificTag>(
  { method, name, path, query = [] }: Call<Input, Tag>,
  baseUrl: string,
  input: Input,
  encoded: Fields
): Effect.Effect<Unsigned, InvalidInput> => {
  const invalid = (detail: string) => Effect.fail(new InvalidInput({ operation: name, detail }))
  // By value: a schema may give a field another name on the wire, or nest it.
  const secrets = redactedIn(input)
  if ("userId" in input) secrets.push(String(input.userId))
  // One that is part of another would tear it.
  secrets.sort((a, b) => b.length - a.length)

  const outsideOfBody = new Set<string>()
  const take = (field: string): Schema.Json | undefined => {
    outsideOfBody.add(field)
    return Object.hasOwn(encoded, field) ? encoded[field] : undefined
  }

  const unfit: Array<string> = []
  const filledPath = !path.includes("{")
    ? path
    : path.replace(pathParameter, (_, field: string) => {
        const segment = text(take(field) ?? "")
        if (noPathSegment.has(segment) || loneSurrogate.test(segment)) {
          unfit.push(field)
          return ""
        }
        return encodeURIComponent(segment)
      })
  if (unfit.length > 0) return invalid(`${unfit.join(", ")} must not be empty, ".", ".." or hold a lone surrogate`)

  const params: Array<readonly [string, string | Redacted.Redacted]> = []
  for (const field of method === "GET" ? [...query, ...Object.keys(encoded)] : query) {
    if (outsideOfBody.has(field)) continue
    const value = take(field)
    if (value === undefined) continue
    const param = text(value)
    if (loneSurrogate.test(param)) return invalid(`${field} must not hold a lone surrogate`)
    params.push([field, secrets.includes(param) ? Redacted.make(param, { label: field }) : param])
  }

  const content = outsideOfBody.size === 0 ? encoded : without(encoded, outsideOfBody)
  const hasBody = method === "POST" || Object.values(content).some((value) => value !== undefined)
  const request = HttpClientRequest.makeWith(
    method,
    baseUrl + filledPath,
    UrlParams.make(params),
    Option.none(),
    Headers.fromRecordUnsafe(hasBody ? headersOfJson : headers),
    hasBody ? new CanonicalJson(content) : HttpBody.empty
  )
  return Effect.succeed({ request, secrets })
}

/**
 * Who calls: the `clientId` and the `consumerKey` of a Commercial key from SnapTrade's dashboard.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { told } from "./internal/told.ts"

/**
 * A key pair, trimmed and not empty, and where it is sent.
 */
export interface Credentials {
  readonly clientId: string
  readonly consumerKey: Redacted.Redacted
  readonly baseUrl: string
}

/**
 * What {@link make} takes: as it was pasted, with the default base URL when there is none.
 */
export interface CredentialsInput {
  readonly clientId: string
  readonly consumerKey: Redacted.Redacted
  readonly baseUrl?: string | undefined
}

const variables = {
  clientId: "SNAPTRADE_CLIENT_ID",
  consumerKey: "SNAPTRADE_CONSUMER_KEY",
  baseUrl: "SNAPTRADE_BASE_URL"
} as const

/**
 * A layer could not be built: a key is missing, or empty once white space and invisible characters are trimmed, or the
 * base URL is none. Nothing was sent. `detail` says what is wrong with the setting.
 */
export class InvalidCredentials extends told(
  Schema.TaggedError<InvalidCredentials>()("InvalidCredentials", {
    setting: Schema.Literals(["clientId", "consumerKey", "baseUrl"]),
    detail: Schema.String
  })
) {
  override get message(): string {
    return `${this.setting} (${variables[this.setting]}) ${this.detail}`
  }
}

/**
 * Where SnapTrade lives. Until June 2026 the API lived under `/api/v1` of the same host.
 */
const defaultBaseUrl = "https://api.snaptrade.com"

const keysComeFrom = "keys come from the SnapTrade dashboard, https://dashboard.snaptrade.com"

// White space, control characters and what Unicode calls default-ignorable: zero-width spaces, joiners, marks of direction.
const stray = /^[\s\p{Cc}\p{DI}]+|[\s\p{Cc}\p{DI}]+$/gu

// Whoever calls from JavaScript may give anything.
const trimmed = (pasted: unknown): string => (typeof pasted === "string" ? pasted.replace(stray, "") : "")

const parsedBaseUrl = (baseUrl: string): Effect.Effect<string, InvalidCredentials> => {
  const refuse = (detail: string) =>
    Effect.fail(new InvalidCredentials({ setting: "baseUrl", detail: `${detail}, such as ${defaultBaseUrl}` }))
  const url = URL.parse(baseUrl.replace(stray, ""))
  if (url === null || !/^https?:$/.test(url.protocol)) return refuse("must be an absolute http or https URL")
  if (url.username + url.password + url.search + url.hash !== "") {
    return refuse("must be a URL without user name, password, query or fragment")
  }
  return Effect.succeed(url.origin + url.pathname.replace(/\/+$/, ""))
}

/**
 * Trims white space and invisible characters around both keys (a known cause of signature failures) and fails with
 * {@link InvalidCredentials} when nothing is left, or when the base URL cannot be one.
 *
 * @example
 * ```ts
 * import { makeCredentials } from "@effect-snaptrade/core"
 * import * as Redacted from "effect/Redacted"
 *
 * const credentials = makeCredentials({ clientId: " MY-APP ", consumerKey: Redacted.make("key\n") })
 * ```
 */
export const make = Effect.fnUntraced(function* (
  input: CredentialsInput
): Effect.fn.Return<Credentials, InvalidCredentials> {
  const refuse = (setting: InvalidCredentials["setting"], detail: string) => new InvalidCredentials({ setting, detail })
  const missing = (setting: InvalidCredentials["setting"], too = "") =>
    refuse(setting, `is missing or empty${too}; ${keysComeFrom}`)
  if (typeof input.consumerKey === "string") return yield* refuse("consumerKey", "must be Redacted.make(…) of the key")
  const clientId = trimmed(input.clientId)
  const consumerKey = Redacted.isRedacted(input.consumerKey) ? trimmed(Redacted.value(input.consumerKey)) : ""
  if (clientId === "") {
    return yield* missing("clientId", consumerKey === "" ? `, and so is consumerKey (${variables.consumerKey})` : "")
  }
  if (consumerKey === "") return yield* missing("consumerKey")
  return {
    clientId,
    consumerKey: Redacted.make(consumerKey, { label: "consumerKey" }),
    baseUrl: yield* parsedBaseUrl(input.baseUrl ?? defaultBaseUrl)
  }
})

/**
 * The credentials as configuration: `SNAPTRADE_CLIENT_ID`, `SNAPTRADE_CONSUMER_KEY` and, when it is set,
 * `SNAPTRADE_BASE_URL`. One that is missing is empty here, and refused by {@link make}, which says what to do.
 */
export const config: Config.Config<CredentialsInput> = Config.all({
  clientId: Config.withDefault(Config.String(variables.clientId), ""),
  consumerKey: Config.withDefault(Config.Redacted(variables.consumerKey), Redacted.make("")),
  baseUrl: Config.option(Config.String(variables.baseUrl))
}).pipe(Config.map((values) => ({ ...values, baseUrl: Option.getOrUndefined(values.baseUrl) })))

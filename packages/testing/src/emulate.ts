/**
 * The command `emulate`: a local SnapTrade over HTTP. Standard output holds the settings to source in a shell, nothing else;
 * what happens is told on standard error.
 */
import { makeCredentials } from "@effect-snaptrade/core"
import * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ServeError } from "effect/http/HttpServerError"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { adminPath } from "./Admin.ts"
import { isTaken, redeliveryDelay } from "./internal/webhooks.ts"
import { type Delivery, LocalSnapTrade, type SeenRequest } from "./LocalSnapTrade.ts"
import { layerServer } from "./server.ts"
import * as SignatureExplainer from "./SignatureExplainer.ts"

/** A local SnapTrade could not be started. */
export class CannotEmulate extends Schema.TaggedError<CannotEmulate>()("CannotEmulate", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
  override get [CliError.userMessage](): string {
    return this.detail
  }
}

const whole = (name: string, least: number, most: number) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => value >= least && value <= most,
      (value) =>
        most === Number.MAX_SAFE_INTEGER
          ? `--${name} must be at least ${least}, not ${value}`
          : `--${name} must be from ${least} to ${most}, not ${value}`
    )
  )

const duration = (name: string) =>
  Flag.String(name).pipe(
    Flag.filterMap(
      (text) =>
        (/^\d+$/.test(text) ? Option.some(Duration.millis(Number(text))) : parsedDuration(text)).pipe(
          Option.filter((parsed) => Duration.isFinite(parsed) && !Duration.isNegative(parsed))
        ),
      (text) =>
        `--${name} must be a duration, such as 200 (milliseconds), "200 millis" or "5 seconds", not ${quoted(text)}`
    ),
    Flag.withMetavar("duration")
  )
const parsedDuration = Schema.decodeUnknownOption(Schema.DurationFromString)
const quoted = (text: string) => JSON.stringify(text)

const isHttp = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

/** Its flags. */
const flags = {
  port: whole("port", 0, 65_535).pipe(
    Flag.withDescription("The port to listen on; a free one unless told"),
    Flag.withDefault(0)
  ),
  host: Flag.String("host").pipe(Flag.withDescription("The address to listen on"), Flag.withDefault("127.0.0.1")),
  clientId: Flag.String("client-id").pipe(
    Flag.withDescription("The clientId that is taken; SNAPTRADE_CLIENT_ID, or LOCAL-SNAPTRADE, unless told"),
    Flag.withFallbackConfig(Config.String("SNAPTRADE_CLIENT_ID")),
    Flag.withDefault("LOCAL-SNAPTRADE")
  ),
  consumerKey: Flag.Redacted("consumer-key").pipe(
    Flag.withDescription("The key that requests are signed with; SNAPTRADE_CONSUMER_KEY, or a fixed one, unless told"),
    Flag.withFallbackConfig(Config.Redacted("SNAPTRADE_CONSUMER_KEY")),
    Flag.withDefault(Redacted.make("local-consumer-key-that-protects-nothing"))
  ),
  stateFile: Flag.String("state-file").pipe(
    Flag.withDescription("A file that keeps the users for the next run; nothing is kept unless told"),
    Flag.withMetavar("file"),
    Flag.filter(
      (path) => path !== "",
      () => "--state-file must name a file"
    ),
    Flag.optional
  ),
  requestsPerMinute: whole("requests-per-minute", 1, Number.MAX_SAFE_INTEGER).pipe(
    Flag.withDescription("The rate limit, of all requests together; SnapTrade's 250 unless told"),
    Flag.withDefault(250)
  ),
  latency: duration("latency").pipe(
    Flag.withDescription("How long every reply takes, a number being milliseconds; no time unless told"),
    Flag.withDefault(Duration.zero)
  ),
  timestampTolerance: duration("timestamp-tolerance").pipe(
    Flag.withDescription("How far a timestamp may be off, a number being milliseconds; 5 minutes unless told"),
    Flag.withDefault(Duration.minutes(5))
  ),
  deletionDelay: duration("deletion-delay").pipe(
    Flag.withDescription(
      "How long a deletion is queued before it happens, a number being milliseconds; 5 seconds unless told"
    ),
    Flag.withDefault(Duration.seconds(5))
  ),
  webhookUrl: Flag.String("webhook-url").pipe(
    Flag.withDescription("Where webhooks are delivered to; nowhere unless told"),
    Flag.withMetavar("url"),
    Flag.filter(
      isHttp,
      (text) =>
        `--webhook-url must be an http or https URL, such as http://127.0.0.1:4020/webhooks, not ${quoted(text)}`
    ),
    Flag.optional
  ),
  adminToken: Flag.Redacted("admin-token").pipe(
    Flag.withDescription("Opens the admin interface to those who have this token; without one there is none"),
    Flag.withMetavar("token"),
    Flag.filter(
      (token) => Redacted.value(token).trim() !== "",
      () => "--admin-token must not be empty: leave it out to have no admin interface"
    ),
    Flag.optional
  ),
  adminHosts: Flag.String("admin-host").pipe(
    Flag.withDescription("A name, beside localhost, under which the admin interface answers; may be given again"),
    Flag.withMetavar("name"),
    Flag.atLeast(0)
  ),
  inspector: Flag.Boolean("inspector").pipe(
    Flag.withDescription("Print the address of the inspector page; makes an admin token where none is given"),
    Flag.withDefault(false)
  ),
  untilStdinEnds: Flag.Boolean("until-stdin-ends").pipe(
    Flag.withDescription("Stop when standard input ends: with the program that started this one"),
    Flag.withDefault(false)
  )
}

const cannotListen = ({ cause }: ServeError, { host, port }: { readonly host: string; readonly port: number }) => {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} of ${host} is taken; choose another with --port.`
    case "EACCES":
      return `Port ${port} of ${host} is for the system's own programs; choose one above 1023 with --port.`
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${quoted(host)} is no address of this machine; choose another with --host, such as 127.0.0.1 or 0.0.0.0.`
    default:
      return `Cannot listen on ${host}, port ${port}: ${cause instanceof Error ? cause.message : String(cause)}`
  }
}

const stdinEnds = Effect.callback<void>((resume) => {
  process.stdin.resume().once("close", () => resume(Effect.void))
})

// No query: it can hold a userSecret.
const logged = (request: SeenRequest) => {
  const { answered, explanation, instruction, method, path, requestId } = request
  if (answered === undefined) return Effect.void
  const { code, duration: took, sent, status } = answered
  const line = [
    method,
    path,
    status ?? "-",
    ...(code === undefined ? [] : [code]),
    requestId,
    `${took} ms`,
    ...(sent === "nothing" ? ["(no reply)"] : []),
    ...(instruction === undefined ? [] : [`(instruction: ${instruction._tag})`])
  ].join(" ")
  return explanation === undefined
    ? Effect.logInfo(line)
    : Effect.logWarning(`${line}\n  ${SignatureExplainer.format(explanation).replaceAll("\n", "\n  ")}`)
}

const loggedDelivery =
  (url: string | undefined) =>
  (delivery: Delivery): Effect.Effect<void> => {
    const { status } = delivery
    if (isTaken(delivery)) return Effect.void
    const wait = redeliveryDelay(delivery)
    const what = status === 0 ? "gave no answer" : `was answered ${status}`
    const next =
      wait === undefined
        ? "It is not delivered again."
        : `It is delivered again in ${Duration.toMinutes(wait)} minutes.`
    return Effect.logWarning(`A webhook could not be delivered: ${url} ${what}. ${next}`)
  }

/** The time, and what happened; on standard error. */
const layerLog = Logger.layer([
  Logger.withConsoleError(
    Logger.make(({ date, message }) => {
      const text = Array.isArray(message) ? message.join(" ") : String(message)
      return `${date.toISOString().slice(11, 23)} ${text}`
    })
  )
])

// Every address is no address to ask.
const addressOf = (baseUrl: string) => baseUrl.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")

/** Where the inspector page is, with the token in the fragment, which is sent nowhere. */
const inspectorUrl = (baseUrl: string, token: Redacted.Redacted) =>
  `${baseUrl}${adminPath}/#token=${encodeURIComponent(Redacted.value(token))}`

// A shell takes the rest as it is.
const shellQuoted = (value: string) => (/^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`)

const told = Effect.fnUntraced(function* (options: {
  readonly adminToken: Redacted.Redacted | undefined
  readonly inspector: boolean
  readonly stateFile: string | undefined
}) {
  const { clientId, consumerKey, users, ...local } = yield* LocalSnapTrade
  const baseUrl = addressOf(local.baseUrl)
  yield* Console.log(`export SNAPTRADE_BASE_URL=${baseUrl}`)
  yield* Console.log(`export SNAPTRADE_CLIENT_ID=${shellQuoted(clientId)}`)
  yield* Console.log(`export SNAPTRADE_CONSUMER_KEY=${shellQuoted(Redacted.value(consumerKey))}`)
  if (options.stateFile !== undefined) {
    const count = (yield* users).length
    yield* Effect.logInfo(`${options.stateFile} has ${count} user${count === 1 ? "" : "s"}.`)
  }
  if (options.adminToken !== undefined) {
    yield* Effect.logInfo(
      `The admin interface is at ${baseUrl}${adminPath}, told of at ${baseUrl}${adminPath}/openapi.json.`
    )
    // Asked for, so said whatever the log level.
    if (options.inspector) yield* Console.error(`Its inspector: ${inspectorUrl(baseUrl, options.adminToken)}`)
  }
})

/**
 * The command, for a program that runs it alone or among others. It runs until it is interrupted.
 *
 * @example
 * ```ts
 * import { emulate } from "@effect-snaptrade/testing/emulate"
 * import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
 * import * as NodeServices from "@effect/platform-node/NodeServices"
 * import * as Command from "effect/cli/Command"
 * import * as Effect from "effect/Effect"
 *
 * const tools = Command.make("tools").pipe(Command.withSubcommands([emulate]))
 *
 * Command.run(tools, { version: "1.0.0" }).pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
 * ```
 */
export const emulate = Command.make("emulate", flags, (options) =>
  Effect.gen(function* () {
    const credentials = yield* makeCredentials(options)
    const webhookUrl = Option.getOrUndefined(options.webhookUrl)
    const stateFile = Option.getOrUndefined(options.stateFile)
    const adminToken = Option.getOrElse(options.adminToken, () =>
      options.inspector ? Redacted.make(crypto.randomUUID()) : undefined
    )
    const layer = layerServer({
      ...options,
      clientId: credentials.clientId,
      consumerKey: credentials.consumerKey,
      adminToken,
      stateFile,
      webhookUrl,
      // It may run for days.
      requestsKept: 10_000,
      observe: logged,
      observeDelivery: loggedDelivery(webhookUrl)
    })
    yield* Effect.gen(function* () {
      yield* told({ adminToken, inspector: options.inspector, stateFile })
      if (options.untilStdinEnds) return yield* stdinEnds
      yield* Effect.logInfo("A local SnapTrade is listening; stop it with Ctrl-C.")
      return yield* Effect.never
    }).pipe(Effect.provide(layer))
  }).pipe(
    Effect.catchTags({
      InvalidCredentials: ({ setting }) =>
        Effect.fail(
          new CannotEmulate({
            detail: `${setting === "clientId" ? "--client-id" : "--consumer-key"} must not be empty`
          })
        ),
      ServeError: (error) => Effect.fail(new CannotEmulate({ detail: cannotListen(error, options) })),
      StateFileError: ({ message }) => Effect.fail(new CannotEmulate({ detail: message }))
    }),
    Effect.provide(layerLog)
  )
).pipe(
  Command.withDescription(
    "Run a local SnapTrade over HTTP: it verifies signatures, says why one does not, and keeps users"
  )
)

/**
 * `pnpm emulate`: a local SnapTrade over HTTP. Standard output holds the settings to source in a shell, nothing else.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { ServeError } from "effect/http/HttpServerError"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { adminPath } from "../Admin.ts"
import { LocalSnapTrade } from "../LocalSnapTrade.ts"
import { layerServer } from "../server.ts"

const cannotListen = ({ cause }: ServeError, { host, port }: { readonly host: string; readonly port: number }) =>
  cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE"
    ? `Port ${port} of ${host} is taken; choose another with --port.`
    : `Cannot listen on ${host}, port ${port}: ${cause instanceof Error ? cause.message : String(cause)}`

/** Where the inspector page is, with the token in the fragment, which is sent nowhere. Every address is no address to ask. */
const inspectorUrl = (baseUrl: string, token: Redacted.Redacted) =>
  `${baseUrl.replace("//0.0.0.0:", "//127.0.0.1:")}${adminPath}/#token=${encodeURIComponent(Redacted.value(token))}`

const stdinEnds = Effect.callback<void>((resume) => {
  process.stdin.resume().once("close", () => resume(Effect.void))
})

const emulate = Command.make(
  "emulate",
  {
    port: Flag.Int("port").pipe(
      Flag.withDescription("The port to listen on; a free one unless told"),
      Flag.withDefault(0)
    ),
    host: Flag.String("host").pipe(Flag.withDescription("The address to listen on"), Flag.withDefault("127.0.0.1")),
    adminToken: Flag.Redacted("admin-token").pipe(
      Flag.withDescription("Opens the admin interface to those who have this token; without one there is none"),
      Flag.optional
    ),
    inspector: Flag.Boolean("inspector").pipe(
      Flag.withDescription("Print the address of the inspector page; makes an admin token where none is given"),
      Flag.withDefault(false)
    ),
    webhookUrl: Flag.String("webhook-url").pipe(
      Flag.withDescription("Where webhooks are delivered to; nowhere unless told"),
      Flag.optional
    ),
    requestsPerMinute: Flag.Int("requests-per-minute").pipe(
      Flag.withDescription("The rate limit, of all requests together; SnapTrade's unless told"),
      Flag.withDefault(250)
    ),
    untilStdinEnds: Flag.Boolean("until-stdin-ends").pipe(
      Flag.withDescription("Stop when standard input ends: with the program that started this one"),
      Flag.withDefault(false)
    )
  },
  (options) => {
    const adminToken = Option.getOrElse(options.adminToken, () =>
      options.inspector ? Redacted.make(crypto.randomUUID()) : undefined
    )
    return Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* Console.log(`export SNAPTRADE_BASE_URL=${local.baseUrl}`)
      yield* Console.log(`export SNAPTRADE_CLIENT_ID=${local.clientId}`)
      yield* Console.log(`export SNAPTRADE_CONSUMER_KEY=${Redacted.value(local.consumerKey)}`)
      if (!options.untilStdinEnds) yield* Console.error("A local SnapTrade is listening; stop it with Ctrl-C.")
      if (options.inspector && adminToken !== undefined) {
        yield* Console.error(`Its inspector: ${inspectorUrl(local.baseUrl, adminToken)}`)
      }
      return yield* options.untilStdinEnds ? stdinEnds : Effect.never
    }).pipe(
      Effect.provide(
        layerServer({
          ...options,
          adminToken,
          webhookUrl: Option.getOrUndefined(options.webhookUrl)
        })
      ),
      Effect.catchTag("ServeError", (error) =>
        Effect.andThen(
          Console.error(cannotListen(error, options)),
          Effect.sync(() => (process.exitCode = 1))
        )
      )
    )
  }
).pipe(Command.withDescription("Run a local SnapTrade over HTTP: it verifies signatures and keeps users in memory"))

emulate.pipe(Command.run({ version: "0.0.0" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain)

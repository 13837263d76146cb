/**
 * That no secret shows, as one suite: every ending of an operation is printed in every way, logged at the lowest level,
 * and exported over OTLP, whose bytes are searched on the wire: the local SnapTrade takes them like any other request.
 */
import { deleteUser, loginUser, registerUser, resetUserSecret, SnapTrade, withTimeout } from "@effect-snaptrade/core"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Otlp from "effect/observability/Otlp"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import type { Runtime } from "./conformance.ts"
import * as Failure from "./Failure.ts"
import * as Instruction from "./Instruction.ts"
import { LocalSnapTrade } from "./LocalSnapTrade.ts"

const canaries = { consumerKey: "canary+consumer/key é", userSecret: "canary-user-secret", userId: "canary-user-id" }
const owner = { userId: canaries.userId, userSecret: Redacted.make(canaries.userSecret) }
const user = { userId: canaries.userId, userSecret: canaries.userSecret }

const operations: Record<string, Effect.Effect<unknown, unknown, SnapTrade>> = {
  registerUser: registerUser({ userId: canaries.userId }),
  resetUserSecret: resetUserSecret(owner),
  loginUser: loginUser(owner),
  deleteUser: deleteUser({ userId: canaries.userId })
}

const endings: Record<string, Instruction.Instruction> = {
  success: Instruction.reply(200, {
    ...user,
    status: "deleted",
    redirectURI: `https://app.example.com/?token=${canaries.userSecret}`
  }),
  "an answer for another": Instruction.reply(200, { ...user, userId: "somebody-else", status: "deleted" }),
  "a body of something else": Instruction.reply(200, `<html>${canaries.userSecret}</html>`),
  "a refusal that echoes": Instruction.echo(400),
  "a rejected signature that echoes": Instruction.echo(401),
  "a server error that echoes": Instruction.echo(500),
  "a redirect that echoes": Instruction.reply(307, "", { location: `https://example.com/?s=${canaries.userSecret}` }),
  "a request id that echoes": Instruction.reply(404, {}, { "x-request-id": `id-${canaries.userId}` }),
  "a rate limit": Instruction.fail(Failure.throttled(3600)),
  "a lost reply": Instruction.dropReply,
  "a late reply": Instruction.delay("1 hour")
}

const spellings = (secret: string): ReadonlyArray<string> => {
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(secret)))
  return [secret, encodeURIComponent(secret), base64, JSON.stringify(secret).slice(1, -1)]
}

const json = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part)) ?? ""

// node:util where there is one: what console.log prints there.
const inspecting = Effect.promise(() =>
  import("node:util").then(
    ({ inspect }) =>
      (value: unknown) =>
        inspect(value, { depth: 20, showHidden: true }),
    () => String
  )
)

/**
 * Registers the suite for a runtime that reaches its local SnapTrade over a socket.
 *
 * @example
 * ```ts
 * import { NodeSnapTrade } from "@effect-snaptrade/node"
 * import { secretScan } from "@effect-snaptrade/testing/conformance"
 * import { layerServer } from "@effect-snaptrade/testing/server"
 *
 * secretScan({
 *   name: "Node",
 *   layer: NodeSnapTrade.layer,
 *   local: layerServer(),
 *   clock: "live",
 *   refusal: { by: "address", provable: true }
 * })
 * ```
 */
export const secretScan = <Host = never>(runtime: Runtime<Host>): void => {
  const scanning = (operation: Effect.Effect<unknown, unknown, SnapTrade>, instruction: Instruction.Instruction) =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.reset
      yield* local.next(instruction)
      const { baseUrl, clientId } = local
      const consumerKey = Redacted.make(canaries.consumerKey)
      const live = runtime.layer({ baseUrl, clientId, consumerKey })
      const inspect = yield* inspecting
      const printed: Array<string> = []
      const print = (value: unknown) => printed.push(String(value), json(value), inspect(value))

      yield* Effect.gen(function* () {
        const exit = yield* operation.pipe(
          withTimeout("500 millis"),
          Effect.tapCause((cause) => Effect.logFatal("it failed", cause)),
          Effect.tap((value) => Effect.logTrace("it succeeded", value)),
          Effect.exit
        )
        print(exit)
        if (Exit.isFailure(exit)) {
          printed.push(Cause.pretty(exit.cause))
          for (const reason of exit.cause.reasons) print("error" in reason ? reason.error : reason)
        } else print(exit.value)
        print(live)
        print(Context.make(SnapTrade, yield* SnapTrade))
      }).pipe(
        Effect.withSpan("application"),
        Effect.provide(live),
        // An application that wants to see everything must not make us show it.
        Effect.provideService(HttpClient.TracerHeaderFilter, () => true),
        Effect.provideService(HttpClient.TracerPropagationEnabled, true),
        Effect.provideService(HttpClient.TracerDisabledWhen, () => false),
        Effect.provideService(Headers.CurrentRedactedNames, []),
        Effect.provideService(References.MinimumLogLevel, "All"),
        Effect.provide(
          Otlp.layerJson({
            baseUrl,
            resource: { serviceName: "scan" },
            loggerMergeWithExisting: false,
            shutdownTimeout: "20 seconds"
          }).pipe(Layer.provide(FetchHttpClient.layer))
        )
      )

      const requests = yield* local.requests
      const exported = requests.filter(({ path }) => path.startsWith("/v1/")).map(({ body }) => body)
      const sent = requests.filter(({ path }) => !path.startsWith("/v1/"))
      assert.include(exported.join(), "SnapTrade.", "nothing was exported")
      const everything = [...printed, ...exported].join("\n")
      const secrets = [
        ...Object.values(canaries),
        ...sent.flatMap(({ headers, query }) => [headers["signature"] ?? "no signature", query])
      ]
      for (const secret of secrets) {
        for (const spelling of spellings(secret)) {
          // What the caller is given is the caller's: the userId of an answer.
          if (instruction === endings["success"] && secret === canaries.userId) continue
          // Not the whole haystack: it is long.
          const at = everything.indexOf(spelling)
          assert.strictEqual(at, -1, `${spelling} shows in ${everything.slice(Math.max(0, at - 200), at + 200)}`)
        }
      }
      for (const { headers } of sent) {
        assert.notProperty(headers, "traceparent")
        assert.notProperty(headers, "b3")
      }
    }).pipe(Effect.provide(runtime.local))

  describe(`secrets on ${runtime.name}`, () => {
    for (const [name, operation] of Object.entries(operations)) {
      for (const [ending, instruction] of Object.entries(endings)) {
        it.live(`nothing shows of ${name} that ends in ${ending}`, () => scanning(operation, instruction))
      }
    }
  })
}

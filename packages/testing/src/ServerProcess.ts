/**
 * The local SnapTrade in a Node process of its own: for tests on other runtimes, whose servers cannot break a reply, and
 * for those in which client and server must not wait for each other.
 */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { layerRemote } from "./Admin.ts"
import type { LocalSnapTrade } from "./LocalSnapTrade.ts"

const ofSources = import.meta.url.endsWith(".ts")
const emulate = fileURLToPath(new URL(ofSources ? "./bin/emulate.ts" : "./bin/emulate.js", import.meta.url))

const onNode = !("bun" in process.versions) && !("deno" in process.versions)

const start = async (args: ReadonlyArray<string>) => {
  const conditions = ofSources ? ["--conditions=@effect-snaptrade/source"] : []
  // Its end of standard input is the end of this process, however that comes.
  const quietly = ["--until-stdin-ends", "--log-level", "error"]
  const child = spawn(onNode ? process.execPath : "node", [...conditions, emulate, ...quietly, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
    // Not with the keys of whoever runs it.
    env: { ...process.env, SNAPTRADE_CLIENT_ID: undefined, SNAPTRADE_CONSUMER_KEY: undefined }
  })
  const baseUrl = await new Promise<string>((resolve, reject) => {
    let printed = ""
    child.stdout.on("data", (chunk) => {
      printed += chunk
      const line = /^export SNAPTRADE_BASE_URL=(.+)\n/m.exec(printed)
      if (line?.[1] !== undefined) resolve(line[1])
    })
    child.on("error", reject)
    child.on("exit", (code) => reject(new Error(`the local SnapTrade ended with ${code}`)))
  })
  return { child, baseUrl }
}

/**
 * Starts a local SnapTrade in a process of its own, elsewhere than on Node with the `node` on the path, and stops it with
 * the layer.
 *
 * @example
 * ```ts
 * import { Fault, LocalSnapTrade } from "@effect-snaptrade/testing"
 * import { layerServerProcess } from "@effect-snaptrade/testing/server"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const local = yield* LocalSnapTrade
 *   yield* local.next(Fault.cutAt(17))
 * }).pipe(Effect.provide(layerServerProcess()))
 * ```
 */
export const layerServerProcess = (
  options: { readonly requestsPerMinute?: number | undefined } = {}
): Layer.Layer<LocalSnapTrade> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const token = crypto.randomUUID()
      const limit =
        options.requestsPerMinute === undefined ? [] : ["--requests-per-minute", `${options.requestsPerMinute}`]
      const { baseUrl } = yield* Effect.acquireRelease(
        Effect.promise(() => start(["--admin-token", token, ...limit])),
        ({ child }) =>
          Effect.promise(async () => {
            if (child.exitCode !== null || child.signalCode !== null) return
            const exited = once(child, "exit")
            child.kill("SIGINT")
            await exited
          })
      )
      return layerRemote({ baseUrl, token: Redacted.make(token) }).pipe(Layer.provide(FetchHttpClient.layer))
    })
  )

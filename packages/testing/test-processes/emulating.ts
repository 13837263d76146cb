/**
 * `pnpm emulate` in a process of its own, as a user runs it, and the same in this one.
 */
import { LocalSnapTrade, type SeenRequest, SignatureExplainer } from "@effect-snaptrade/testing"
import { layerServer, type ServerOptions } from "@effect-snaptrade/testing/server"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

export const program = fileURLToPath(new URL("../src/bin/emulate.ts", import.meta.url))

/** What to do while it runs, with what it printed to source, and its log once that has a text. */
export type Use = (settings: Record<string, string>, logWith: (text: string) => Promise<string>) => Promise<void>

const running = async (command: string, signal: "SIGINT" | "SIGTERM", use: Use, args: ReadonlyArray<string>) => {
  const child = spawn(command, ["--conditions=@effect-snaptrade/source", program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, SNAPTRADE_CLIENT_ID: undefined, SNAPTRADE_CONSUMER_KEY: undefined }
  })
  const exited = once(child, "exit")
  let log = ""
  child.stderr.on("data", (chunk) => (log += chunk))
  const logWith = async (text: string) => {
    while (!log.includes(text)) await once(child.stderr, "data")
    return log
  }
  try {
    const settings: Record<string, string> = {}
    let printed = ""
    for await (const chunk of child.stdout) {
      printed += chunk
      for (const [, name, value] of printed.matchAll(/^export (\w+)=(.*)$/gm)) settings[name ?? ""] = value ?? ""
      if (settings["SNAPTRADE_CONSUMER_KEY"] !== undefined) break
    }
    assert.match(printed, /^(export SNAPTRADE_\w+=\S+\n){3}$/, log)
    await use(settings, logWith)
  } finally {
    child.kill(signal)
    const [code] = await exited
    assert.strictEqual(code, 0)
  }
}

/** Runs it until `use` is done with it, then ends it by a signal, to which it answers 0. */
export const emulatingUntil = (signal: "SIGINT" | "SIGTERM", use: Use, ...args: ReadonlyArray<string>) =>
  running(process.execPath, signal, use, args)

export const emulating = (use: Use, ...args: ReadonlyArray<string>) => emulatingUntil("SIGINT", use, ...args)

const bun = fileURLToPath(new URL("../../../node_modules/.bin/bun", import.meta.url))

/** The same on Bun. */
export const emulatingOnBun = (use: Use, ...args: ReadonlyArray<string>) => running(bun, "SIGTERM", use, args)

export { bun }

/** A local SnapTrade in this process, which starts in no time. */
export const serving = (use: Use, options: ServerOptions = {}) => {
  const log: Array<string> = []
  const observe = ({ explanation }: SeenRequest) =>
    Effect.sync(() => {
      if (explanation !== undefined) log.push(SignatureExplainer.format(explanation))
    })
  return Effect.gen(function* () {
    const { baseUrl, clientId, consumerKey } = yield* LocalSnapTrade
    const settings = {
      SNAPTRADE_BASE_URL: baseUrl,
      SNAPTRADE_CLIENT_ID: clientId,
      SNAPTRADE_CONSUMER_KEY: Redacted.value(consumerKey)
    }
    // A request is told of before it is answered.
    yield* Effect.promise(() => use(settings, async () => log.join("\n")))
  }).pipe(Effect.provide(layerServer({ ...options, observe })), Effect.runPromise)
}

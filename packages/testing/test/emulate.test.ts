import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { Snaptrade, SnaptradeAuth, SnaptradeError } from "snaptrade-typescript-sdk"

const program = fileURLToPath(new URL("../src/bin/emulate.ts", import.meta.url))

/** Runs `pnpm emulate` as a user does, until `use` is done with it. */
const emulating = async (use: (settings: Record<string, string>) => Promise<void>, ...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, ["--conditions=@effect-snaptrade/source", program, ...args], {
    stdio: ["ignore", "pipe", "pipe"]
  })
  const exited = once(child, "exit")
  try {
    const settings: Record<string, string> = {}
    let printed = ""
    for await (const chunk of child.stdout) {
      printed += chunk
      for (const [, name, value] of printed.matchAll(/^export (\w+)=(.*)$/gm)) settings[name ?? ""] = value ?? ""
      if (settings["SNAPTRADE_CONSUMER_KEY"] !== undefined) break
    }
    assert.match(printed, /^(export SNAPTRADE_\w+=\S+\n){3}$/)
    await use(settings)
  } finally {
    child.kill("SIGINT")
    await exited
  }
}

const sdk = (settings: Record<string, string>, consumerKey = settings["SNAPTRADE_CONSUMER_KEY"]) =>
  new Snaptrade({
    auth: SnaptradeAuth.commercialApiKey({
      clientId: settings["SNAPTRADE_CLIENT_ID"] ?? "",
      consumerKey: consumerKey ?? ""
    }),
    basePath: settings["SNAPTRADE_BASE_URL"] ?? ""
  }).authentication

/** What the official SDK throws. */
const failure = (call: Promise<unknown>) =>
  call.then(
    () => assert.fail("the SDK did not throw"),
    (error: unknown) => {
      assert.instanceOf(error, SnaptradeError)
      return { status: error.status, body: JSON.stringify(error.responseBody) }
    }
  )

describe("pnpm emulate", () => {
  it("registers a user for the official SDK, refuses its duplicate with 1010 and a wrong key with 1076", async () => {
    await emulating(async (settings) => {
      const { data, status } = await sdk(settings).registerSnapTradeUser({ userId: "user-123" })
      assert.strictEqual(status, 200)
      assert.strictEqual(data.userId, "user-123")
      assert.match(data.userSecret ?? "", /^[0-9a-f-]{36}$/)

      const duplicate = await failure(sdk(settings).registerSnapTradeUser({ userId: "user-123" }))
      assert.strictEqual(duplicate.status, 400)
      assert.include(duplicate.body, '"code":"1010"')

      const wrongKey = await failure(sdk(settings, "another-key").registerSnapTradeUser({ userId: "user-124" }))
      assert.strictEqual(wrongKey.status, 401)
      assert.include(wrongKey.body, '"code":"1076"')
    })
  })

  it("says in a sentence that a port is taken, and exits with 1", async () => {
    await emulating(async (settings) => {
      const { port } = new URL(settings["SNAPTRADE_BASE_URL"] ?? "")
      const second = spawn(process.execPath, ["--conditions=@effect-snaptrade/source", program, "--port", port])
      let said = ""
      second.stderr.on("data", (chunk) => (said += chunk))
      second.stdout.on("data", (chunk) => (said += chunk))
      const [code] = await once(second, "close")
      assert.strictEqual(code, 1)
      assert.include(said, `Port ${port} of 127.0.0.1 is taken; choose another with --port.`)
      assert.notInclude(said, "    at ")
    })
  })
})

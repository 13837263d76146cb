import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
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

const client = (settings: Record<string, string>, consumerKey = settings["SNAPTRADE_CONSUMER_KEY"]) =>
  new Snaptrade({
    auth: SnaptradeAuth.commercialApiKey({
      clientId: settings["SNAPTRADE_CLIENT_ID"] ?? "",
      consumerKey: consumerKey ?? ""
    }),
    basePath: settings["SNAPTRADE_BASE_URL"] ?? ""
  })

const sdk = (settings: Record<string, string>, consumerKey?: string) => client(settings, consumerKey).authentication

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

  it("does every authentication operation of the official SDK, and the status", async () => {
    await emulating(async (settings) => {
      const { apiStatus, authentication } = client(settings)
      const userId = "é 👩‍💻 & ="
      const { userSecret = "" } = (await authentication.registerSnapTradeUser({ userId })).data
      assert.deepStrictEqual((await authentication.listSnapTradeUsers()).data, [userId])

      const link = (await authentication.loginSnapTradeUser({ userId, userSecret })).data
      assert.match(
        "redirectURI" in link ? (link.redirectURI ?? "") : "",
        /^http:\/\/127\.0\.0\.1:\d+\/snapTrade\/redeemToken\?/
      )

      const rotated = (await authentication.resetSnapTradeUserSecret({ userId, userSecret })).data
      assert.notStrictEqual(rotated.userSecret, userSecret)
      const dead = await failure(authentication.loginSnapTradeUser({ userId, userSecret }))
      assert.strictEqual(dead.status, 401)
      assert.include(dead.body, '"code":"1083"')

      const deletion = (await authentication.deleteSnapTradeUser({ userId })).data
      assert.strictEqual(deletion.status, "deleted")
      assert.strictEqual(deletion.userId, userId)
      assert.isTrue((await apiStatus.check()).data.online)
    })
  })

  it("delivers webhooks to a URL, signed", async () => {
    const received: Array<{ readonly signature: string | undefined; readonly body: string }> = []
    const receiver = createServer((request, response) => {
      let body = ""
      request.on("data", (chunk) => (body += chunk))
      request.on("end", () => {
        received.push({ signature: String(request.headers["signature"]), body })
        response.end()
      })
    })
    receiver.listen(0, "127.0.0.1")
    await once(receiver, "listening")
    const address = receiver.address()
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : address}/`
    await emulating(
      async (settings) => {
        await sdk(settings).registerSnapTradeUser({ userId: "user-123" })
        while (received.length === 0) await new Promise((resolve) => setImmediate(resolve))
        const [{ body, signature } = { body: "", signature: "" }] = received
        const { eventType, userId } = JSON.parse(body)
        assert.deepStrictEqual({ eventType, userId }, { eventType: "USER_REGISTERED", userId: "user-123" })
        const sorted = JSON.stringify(
          Object.fromEntries(Object.entries(JSON.parse(body)).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        )
        const key = settings["SNAPTRADE_CONSUMER_KEY"] ?? ""
        assert.strictEqual(signature, createHmac("sha256", key).update(sorted).digest("base64"))
      },
      "--webhook-url",
      url
    )
    receiver.close()
  })

  it("with --inspector prints where the page is, token and all, on standard error", async () => {
    const child = spawn(process.execPath, ["--conditions=@effect-snaptrade/source", program, "--inspector"])
    const exited = once(child, "exit")
    try {
      let said = ""
      for await (const chunk of child.stderr) if (/#token=\S+\n/.test((said += chunk))) break
      const [, page = "", token = ""] = /(http:\/\/127\.0\.0\.1:\d+\/_local\/)#token=(\S+)\n/.exec(said) ?? []
      assert.strictEqual((await fetch(page)).status, 200)
      const feed = (authorization: string) => fetch(`${page}inspector/feed`, { headers: { authorization } })
      assert.strictEqual((await feed(`Bearer ${token}`)).status, 200)
      assert.strictEqual((await feed("Bearer another")).status, 401)
      assert.match(token, /^[0-9a-f-]{36}$/)
    } finally {
      child.kill("SIGINT")
      await exited
    }
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

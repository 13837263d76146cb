import { emulate } from "@effect-snaptrade/testing/emulate"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { spawn } from "node:child_process"
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, request as httpRequest } from "node:http"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Snaptrade, SnaptradeAuth, SnaptradeError } from "snaptrade-typescript-sdk"
import { afterAll, vi } from "vitest"
import { emulating, emulatingUntil, program } from "./emulating.ts"

// Each starts processes, which takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 })

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

  it("answers its admin interface under the names that it was told, and no other", async () => {
    await emulating(
      async (settings) => {
        const askedUnder = async (host: string) => {
          const headers = { host, authorization: "Bearer let-me-in" }
          const [response] = await once(
            httpRequest(`${settings["SNAPTRADE_BASE_URL"]}/_local/users`, { headers, agent: false }).end(),
            "response"
          )
          response.resume()
          return response.statusCode
        }
        assert.strictEqual(await askedUnder("snaptrade:4010"), 200)
        assert.strictEqual(await askedUnder("another.test"), 200)
        assert.strictEqual(await askedUnder("elsewhere.test"), 403)
      },
      "--admin-token=let-me-in",
      "--admin-host=snaptrade",
      "--admin-host=Another.test:4010"
    )
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

  it("says on standard error why a signature does not verify, and shows nobody's secret there", async () => {
    await emulating(
      async (settings, logWith) => {
        const key = "a%key%with%percent%signs"
        // The SDK passes the key through encodeURI.
        assert.strictEqual(
          (await failure(sdk(settings, key).registerSnapTradeUser({ userId: "user-123" }))).status,
          401
        )
        const told = await logWith("signature received")
        assert.match(told, /POST \/snapTrade\/registerUser 401 1076 local-1 /)
        assert.include(told, "key-uri-encoded: The consumerKey was URI-encoded before use. Use it as it is.")
        assert.match(told, /signature expected: .{44}\n {2}signature received: .{44}\n/)
        await failure(sdk(settings, key).loginSnapTradeUser({ userId: "user-123", userSecret: "a-user-secret" }))
        const log = await logWith("<userSecret>")
        assert.include(log, "local-2")
        assert.notInclude(log, "a-user-secret")
        assert.notInclude(log, key)
      },
      "--consumer-key",
      "a%key%with%percent%signs"
    )
  })

  it("keeps users in a state file across restarts, whichever signal ends it", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "snaptrade-state-")), "state.json")
    const secrets: Array<string | undefined> = []
    await emulatingUntil(
      "SIGTERM",
      async (settings) => {
        const { data } = await sdk(settings).registerSnapTradeUser({ userId: "user-123" })
        secrets.push(data.userSecret)
      },
      "--state-file",
      file
    )
    await emulating(
      async (settings) => {
        const { authentication } = client(settings)
        assert.deepStrictEqual((await authentication.listSnapTradeUsers()).data, ["user-123"])
        const [userSecret = ""] = secrets
        assert.strictEqual((await authentication.loginSnapTradeUser({ userId: "user-123", userSecret })).status, 200)
      },
      "--state-file",
      file
    )
    rmSync(dirname(file), { recursive: true })
  })

  it("logs a webhook that could not be delivered", async () => {
    await emulating(
      async (settings, logWith) => {
        await sdk(settings).registerSnapTradeUser({ userId: "user-123" })
        const log = await logWith("delivered again")
        assert.match(log, /A webhook could not be delivered: http:\/\/127\.0\.0\.1:1\/ .* again in 30 minutes\./)
      },
      "--webhook-url",
      "http://127.0.0.1:1/"
    )
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

describe("pnpm emulate refuses in a sentence", () => {
  const directory = mkdtempSync(join(tmpdir(), "snaptrade-state-"))
  const corrupted = join(directory, "corrupted.json")
  const half = '{"version":1,"users":[{"userId":"user-123","userSec'
  writeFileSync(corrupted, half)
  afterAll(() => rmSync(directory, { recursive: true }))

  const rows: ReadonlyArray<readonly [args: ReadonlyArray<string>, sentence: string]> = [
    [["--port", "99999"], "--port must be from 0 to 65535, not 99999"],
    [["--port", "-1"], "--port must be from 0 to 65535, not -1"],
    [["--requests-per-minute", "0"], "--requests-per-minute must be at least 1, not 0"],
    [["--requests-per-minute", "-5"], "--requests-per-minute must be at least 1, not -5"],
    [["--webhook-url", "nowhere"], "--webhook-url must be an http or https URL, such as"],
    [["--admin-token", ""], "--admin-token must not be empty"],
    [["--client-id", " "], "--client-id must not be empty"],
    [["--consumer-key", " "], "--consumer-key must not be empty"],
    [["--latency", "never"], '--latency must be a duration, such as 200 (milliseconds), "200 millis"'],
    [["--latency", "-1"], "--latency must be a duration"],
    [["--host", "no-host.invalid"], '"no-host.invalid" is no address of this machine'],
    [["--state-file", "/no/such/directory/state.json"], "cannot be written: its directory does not exist"],
    [["--state-file", directory], "cannot be read: it is no file"],
    [["--state-file", corrupted], "does not hold what a local SnapTrade keeps there, so it was left as it is"]
  ]
  for (const [args, sentence] of rows) {
    it(`${args.join(" ").replace(directory, "…")}`, async () => {
      const error = await Effect.runPromise(
        Effect.flip(Command.runWith(emulate, { version: "0", renderErrors: false })(args)).pipe(
          Effect.provide(Layer.mergeAll(NodeServices.layer, CliOutput.layerPresenter({ present: () => Effect.void })))
        )
      )
      const messages = "errors" in error ? error.errors.map(({ message }) => message) : [error.message]
      assert.lengthOf(messages, 1)
      assert.include(messages[0], sentence)
    })
  }

  it("and leaves a corrupted state file as it is", () => {
    assert.strictEqual(readFileSync(corrupted, "utf8"), half)
    assert.deepStrictEqual(readdirSync(directory), ["corrupted.json"])
  })
})

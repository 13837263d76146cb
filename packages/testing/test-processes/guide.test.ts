import { namedInstructions, SignatureExplainer } from "@effect-snaptrade/testing"
import { emulate } from "@effect-snaptrade/testing/emulate"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { execFile, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"
import { vi } from "vitest"
import { serving } from "./emulating.ts"

// Each starts processes, which takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 })

const guide = readFileSync(new URL("../../../docs/guides/local-snaptrade.md", import.meta.url), "utf8")

const blocks = (language: string) =>
  Array.from(guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms")), ([, code = ""]) => code)

const block = (language: string, containing: string) =>
  blocks(language).find((code) => code.includes(containing)) ?? assert.fail(`the guide has no ${containing}`)

const missing = ["bash", "curl", "openssl", "python3"].filter((command) => spawnSync(command, ["--help"]).error)
const aloud = missing.length === 0 ? "" : ` (SKIPPED: no ${missing.join(", ")} here)`

const printed = async (settings: Record<string, string>, command: string, code: string) =>
  (await promisify(execFile)(command, ["-c", code], { env: { ...process.env, ...settings } })).stdout

describe("the guide to the local SnapTrade", () => {
  it("has every mistake, every instruction and every flag", async () => {
    for (const mistake of SignatureExplainer.SignatureMistake.literals) assert.include(guide, `| \`${mistake}\` |`)
    for (const name of Object.keys(namedInstructions)) assert.include(guide, `\`"${name}"\``)
    const flags: Array<string> = []
    const present: CliOutput.Presenter["present"] = (event) =>
      Effect.sync(() => {
        if (event._tag === "Help") flags.push(...event.helpDoc.flags.map(({ name }) => name))
      })
    await Effect.runPromise(
      Command.runWith(emulate, { version: "0" })(["--help"]).pipe(
        Effect.provide(Layer.mergeAll(NodeServices.layer, CliOutput.layerPresenter({ present })))
      )
    )
    assert.include(flags, "port")
    for (const flag of flags) assert.include(guide, `| \`--${flag}\` |`)
  })

  it.skipIf(aloud !== "")(`registers with curl and openssl as it says${aloud}`, async () => {
    await serving(async (settings) => {
      const register = block("sh", "openssl dgst")
      assert.match(await printed(settings, "bash", register), /^{"userId":"user-123","userSecret":"[0-9a-f-]{36}"}$/)
      assert.include(await printed(settings, "bash", register), '"code":"1010"')
    })
  })

  it.skipIf(aloud !== "")(`registers with python3 as it says, and is told of ensure_ascii${aloud}`, async () => {
    await serving(async (settings, logWith) => {
      const register = block("python", "hmac.new")
      assert.include(await printed(settings, "python3", register), '{"userId":"zoë","userSecret":"')
      const escaped = await printed(settings, "python3", register.replace(", ensure_ascii=False", ""))
      assert.match(escaped, /^401 .*"code":"1076"/)
      assert.include(await logWith("signature received"), "non-ascii-escaped: ")
    })
  })

  it.skipIf(aloud !== "")(`instructs it with curl as it says${aloud}`, async () => {
    await serving(
      async (settings) => {
        const [define = "", drop = ""] = block("sh", "admin()").split("\n")
        const register = block("sh", "openssl dgst")
        const bash = (code: string) => printed(settings, "bash", `${define}\n${code}`)
        const users = async () => (await bash("admin users")).matchAll(/"userId":"([^"]+)"/g)

        assert.strictEqual(await bash(`${drop}\n${register.trim()} 2>/dev/null || echo "curl: $?"`), "curl: 52\n")
        assert.lengthOf(Array.from(await users()), 1)

        assert.strictEqual(await bash(block("sh", "admin nextFor")), "")
        const answers = [await bash(register), await bash(register)].join()
        assert.include(answers, "Request was throttled.")
        assert.include(answers, "Bad Gateway")

        const looked = await bash(block("sh", "admin requests"))
        assert.include(looked, '"_tag":"Close"')
        assert.include(looked, '"attempt":1')
        assert.isEmpty(Array.from(await users()))
      },
      { adminToken: Redacted.make("let-me-in"), webhookUrl: "http://127.0.0.1:1/" }
    )
  })
})

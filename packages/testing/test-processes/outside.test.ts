import { assert, describe, it } from "@effect/vitest"
import { execFile, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { vi } from "vitest"
import { bun, emulatingOnBun, serving } from "./emulating.ts"

// Each starts processes, which takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 })

const file = (name: string) => fileURLToPath(new URL(`outside/${name}`, import.meta.url))

/** Runs a program of somebody else's with the settings, as a shell that sourced them does. */
const printed = async (settings: Record<string, string>, command: string, ...args: ReadonlyArray<string>) => {
  const { stdout } = await promisify(execFile)(command, args, { env: { ...process.env, ...settings } })
  const [, status, body = ""] = /^(\d+) (.*)/.exec(stdout) ?? []
  return { status: Number(status), body: JSON.parse(body) }
}

describe("the official SDK registers", () => {
  it("from Bun", async () => {
    await serving(async (settings) => {
      const { body, status } = await printed(settings, bun, file("register.mjs"), "é & 1")
      assert.strictEqual(status, 200)
      assert.strictEqual(body.userId, "é & 1")
      assert.match(body.userSecret, /^[0-9a-f-]{36}$/)
    })
  })

  it("at a local SnapTrade that runs on Bun, from Node and from Bun", async () => {
    await emulatingOnBun(async (settings) => {
      assert.strictEqual((await printed(settings, process.execPath, file("register.mjs"), "1")).status, 200)
      assert.strictEqual((await printed(settings, bun, file("register.mjs"), "2")).status, 200)
    })
  })
})

const pythonIsThere = spawnSync("python3", ["--version"]).status === 0
const aloud = pythonIsThere ? "" : " (SKIPPED: no python3 here)"

describe("python3, with its standard library only", () => {
  it.skipIf(!pythonIsThere)(`registers as SnapTrade's documents show${aloud}`, async () => {
    await serving(async (settings) => {
      const python = (userId: string) => printed(settings, "python3", file("register.py"), userId, "utf-8")
      assert.strictEqual((await python("user-123")).status, 200)
      assert.strictEqual((await python("é 👩‍💻")).body.userId, "é 👩‍💻")
      const { body, status } = await python("user-123")
      assert.deepStrictEqual({ status, code: body.code }, { status: 400, code: "1010" })
    })
  })

  it.skipIf(!pythonIsThere)(`is told that json.dumps escaped what it signed${aloud}`, async () => {
    await serving(async (settings, logWith) => {
      const python = (userId: string) => printed(settings, "python3", file("register.py"), userId, "ensure_ascii")
      assert.strictEqual((await python("user-123")).status, 200)
      const { body, status } = await python("é")
      assert.deepStrictEqual({ status, code: body.code }, { status: 401, code: "1076" })
      assert.match(await logWith("non-ascii-escaped"), /non-ascii-escaped: .* ensure_ascii=False/)
    })
  })
})

import { Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer } from "@effect-snaptrade/testing/server"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("main.ts", import.meta.url))
const command = [process.execPath, "--conditions=@effect-snaptrade/source", main]
const anySecret = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/

interface Run {
  readonly args?: ReadonlyArray<string>
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** What runs the command, when it is not run as it is. */
  readonly through?: ReadonlyArray<string>
}

// As a user runs it, with no variable of this process' environment but the PATH.
const run = ({ args = [], cwd = process.cwd(), env = {}, through = [] }: Run) =>
  Effect.callback<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }>((resume) => {
    const [file = "", ...rest] = [...through, ...command, ...args]
    const options = { cwd, env: { PATH: process.env["PATH"], ...env }, timeout: 110_000 }
    const child = execFile(file, rest, options, (_, stdout, stderr) =>
      resume(Effect.succeed({ exitCode: child.exitCode, stdout, stderr }))
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const inTemporaryDirectory = FileSystem.FileSystem.use((files) => files.makeTempDirectoryScoped())

const environment = Effect.gen(function* () {
  const { baseUrl, clientId, consumerKey } = yield* LocalSnapTrade
  return {
    SNAPTRADE_CLIENT_ID: clientId,
    SNAPTRADE_CONSUMER_KEY: Redacted.value(consumerKey),
    SNAPTRADE_BASE_URL: baseUrl
  }
})

const services = Layer.merge(layerServer(), NodeServices.layer)

const readJson = (path: string) =>
  FileSystem.FileSystem.use((files) => files.readFileString(path)).pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Record(Schema.String, Schema.String))))
  )

describe.concurrent("demo", { timeout: 120_000 }, () => {
  it.live("registers, fails on a duplicate, loses a reply, and shows no secret", () =>
    Effect.gen(function* () {
      const { exitCode, stderr, stdout } = yield* run({})
      assert.strictEqual(exitCode, 0)
      assert.strictEqual(stderr, "")
      assert.match(stdout, /listens at http:\/\/127\.0\.0\.1:\d+\n/)
      assert.match(stdout, /user id +demo-ada\n/)
      assert.match(stdout, /user secret +<redacted:userSecret>\n/)
      assert.include(stdout, "Redacted.value(user.userSecret)")
      assert.match(stdout, /request id +local-1\n/)
      assert.match(stdout, /rate limit +249 of 250 requests left\n/)
      assert.match(stdout, /error +UserAlreadyExists\n +outcome +not-applied\n +message +\S/)
      assert.match(stdout, /error +ConnectionLost\n +outcome +unknown\n +message +\S/)
      assert.match(stdout, /at SnapTrade +demo-grace is registered\n/)
      assert.notMatch(stdout, anySecret)
    })
  )

  it.live("--reveal prints the secret", () =>
    Effect.gen(function* () {
      const { exitCode, stdout } = yield* run({ args: ["--reveal"] })
      assert.strictEqual(exitCode, 0)
      assert.match(stdout, anySecret)
    })
  )
})

describe.concurrent("demo --user-id", { timeout: 120_000 }, () => {
  it.live("is refused without --live, where it would be ignored", () =>
    Effect.gen(function* () {
      const { exitCode, stderr, stdout } = yield* run({ args: ["--user-id", "me"] })
      assert.strictEqual(exitCode, 1)
      assert.include(stderr, "--user-id goes with --live")
      assert.strictEqual(stdout, "")
    })
  )
})

describe.concurrent("demo --live", { timeout: 120_000 }, () => {
  it.live("names the variables that are missing, and where keys come from", () =>
    Effect.gen(function* () {
      const { exitCode, stderr, stdout } = yield* run({ args: ["--live"] })
      assert.strictEqual(exitCode, 1)
      assert.include(stderr, "Set SNAPTRADE_CLIENT_ID and SNAPTRADE_CONSUMER_KEY")
      assert.include(stderr, "https://dashboard.snaptrade.com")
      assert.notMatch(stdout + stderr, /\n\s+at /)
      const half = yield* run({ args: ["--live"], env: { SNAPTRADE_CLIENT_ID: "MY-APP" } })
      assert.include(half.stderr, "Set SNAPTRADE_CONSUMER_KEY in")
    })
  )

  it.live("saves the secret to a file for its owner only", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const cwd = yield* inTemporaryDirectory
      const { exitCode, stderr, stdout } = yield* run({ args: ["--live"], cwd, env: yield* environment })
      assert.strictEqual(exitCode, 0, stderr)
      const [user] = yield* (yield* LocalSnapTrade).users
      assert(user !== undefined)
      assert.match(user.userId, /^demo-[0-9a-f]{8}$/)
      const path = `${cwd}/snaptrade-demo-${user.userId}.json`
      const userSecret = Redacted.value(user.userSecret)
      assert.deepStrictEqual(yield* readJson(path), { userId: user.userId, userSecret })
      assert.strictEqual((yield* files.stat(path)).mode & 0o777, 0o600)
      assert.include(stdout, path)
      assert.notInclude(stdout + stderr, userSecret)
    }).pipe(Effect.provide(services))
  )

  it.live("--reveal prints the secret and writes no file", () =>
    Effect.gen(function* () {
      const cwd = yield* inTemporaryDirectory
      const { stdout } = yield* run({ args: ["--live", "--reveal", "--user-id", "me"], cwd, env: yield* environment })
      const [user] = yield* (yield* LocalSnapTrade).users
      assert(user !== undefined)
      assert.include(stdout, Redacted.value(user.userSecret))
      assert.deepStrictEqual(yield* (yield* FileSystem.FileSystem).readDirectory(cwd), [])
    }).pipe(Effect.provide(services))
  )

  it.live("overwrites no file, and registers nobody then", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const cwd = yield* inTemporaryDirectory
      const path = `${cwd}/snaptrade-demo-a_b.json`
      yield* files.writeFileString(path, "precious")
      const { exitCode, stderr } = yield* run({ args: ["--live", "--user-id", "a/b"], cwd, env: yield* environment })
      assert.strictEqual(exitCode, 1)
      assert.include(stderr, "exists already")
      assert.strictEqual(yield* files.readFileString(path), "precious")
      assert.deepStrictEqual(yield* (yield* LocalSnapTrade).requests, [])
    }).pipe(Effect.provide(services))
  )

  it.live("leaves no file behind when nothing was registered", () =>
    Effect.gen(function* () {
      const cwd = yield* inTemporaryDirectory
      const env = { ...(yield* environment), SNAPTRADE_CONSUMER_KEY: "wrong" }
      const { exitCode, stderr } = yield* run({ args: ["--live"], cwd, env })
      assert.strictEqual(exitCode, 1)
      assert.include(stderr, "could not verify the signature")
      assert.notMatch(stderr, /\n\s+at /)
      assert.deepStrictEqual(yield* (yield* FileSystem.FileSystem).readDirectory(cwd), [])
    }).pipe(Effect.provide(services))
  )

  it.live("keeps a file that says so when the reply was lost", () =>
    Effect.gen(function* () {
      const cwd = yield* inTemporaryDirectory
      yield* (yield* LocalSnapTrade).next(Instruction.dropReply)
      const { exitCode, stderr } = yield* run({ args: ["--live", "--user-id", "me"], cwd, env: yield* environment })
      assert.strictEqual(exitCode, 1)
      assert.include(stderr, "whether it was carried out is unknown")
      const { outcome } = yield* readJson(`${cwd}/snaptrade-demo-me.json`)
      assert.strictEqual(outcome, "unknown")
    }).pipe(Effect.provide(services))
  )

  it.live.skipIf(process.platform === "win32")("prints a secret that cannot be written, rather than losing it", () =>
    Effect.gen(function* () {
      const cwd = yield* inTemporaryDirectory
      // A limit on the size of files: creating one works, writing to it does not.
      const through = ["sh", "-c", 'ulimit -f 0 && exec "$@"', "sh"]
      const { exitCode, stderr, stdout } = yield* run({ args: ["--live"], cwd, env: yield* environment, through })
      const [user] = yield* (yield* LocalSnapTrade).users
      assert(user !== undefined)
      assert.strictEqual(exitCode, 1)
      assert.include(stderr, Redacted.value(user.userSecret))
      assert.include(stderr, "Store it now")
      assert.notInclude(stdout, Redacted.value(user.userSecret))
    }).pipe(Effect.provide(services))
  )
})

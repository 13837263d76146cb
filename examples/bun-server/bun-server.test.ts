import { BunSnapTrade } from "@effect-snaptrade/bun"
import type { User } from "@effect-snaptrade/core"
import { Failure, Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer } from "@effect-snaptrade/testing/server"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { type ChildProcessByStdio, spawn } from "node:child_process"
import { once } from "node:events"
import type { Readable } from "node:stream"
import { fileURLToPath } from "node:url"
import { layerUsers, Secrets } from "./Users.ts"

const main = fileURLToPath(new URL("main.ts", import.meta.url))

interface Server {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly url: string
  /** Everything that it printed so far. */
  readonly printed: () => string
}

// As a user starts it, with no variable of this process' environment but the PATH.
const start = (env: Readonly<Record<string, string>>) =>
  spawn(process.execPath, ["--conditions=@effect-snaptrade/source", main], {
    env: { PATH: process.env["PATH"], NO_COLOR: "1", PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })

const listening = (child: Server["child"]) =>
  new Promise<Server>((resolve, reject) => {
    let text = ""
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding("utf8").on("data", (chunk) => {
        text += chunk
        const url = /Listening at (\S+)/.exec(text)?.[1]
        if (url !== undefined) resolve({ child, url, printed: () => text })
      })
    }
    child.once("close", () => reject(new Error(`the server ended: ${text}`)))
  })

const serving = Effect.gen(function* () {
  const { baseUrl, clientId, consumerKey } = yield* LocalSnapTrade
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      start({
        SNAPTRADE_BASE_URL: baseUrl,
        SNAPTRADE_CLIENT_ID: clientId,
        SNAPTRADE_CONSUMER_KEY: Redacted.value(consumerKey)
      })
    ),
    (started) => Effect.sync(() => started.kill("SIGKILL"))
  )
  return yield* Effect.promise(() => listening(child))
})

const send = ({ url }: Server, body: string) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}users`, { method: "POST", body })
    return { status: response.status, retryAfter: response.headers.get("retry-after"), body: await response.text() }
  })

const post = (server: Server, userId: string) => send(server, JSON.stringify({ userId }))

describe("bun-server", { timeout: 120_000 }, () => {
  it.live("registers a user, once, and shows no secret", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      const server = yield* serving
      const created = yield* post(server, "ada")
      assert.deepInclude(created, { status: 201, body: '{"userId":"ada"}' })
      const again = yield* post(server, "ada")
      assert.strictEqual(again.status, 409)
      const [registered, ...others] = yield* local.users
      assert(registered !== undefined)
      assert.isEmpty(others)
      const shown = `${created.body}${again.body}${server.printed()}`
      assert.notInclude(shown, Redacted.value(registered.userSecret))
      assert.notInclude(shown, Redacted.value(local.consumerKey))
    }).pipe(Effect.provide(layerServer()), Effect.scoped)
  )

  it.live("says that a user may exist when its reply was lost, and does not try again", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      const server = yield* serving
      yield* local.next(Instruction.dropReply)
      const { body, status } = yield* post(server, "ada")
      assert.strictEqual(status, 502)
      assert.include(body, "may be registered")
      assert.lengthOf(yield* local.requests, 1)
      const [registered] = yield* local.users
      assert(registered !== undefined)
      assert.notInclude(server.printed(), Redacted.value(registered.userSecret))
    }).pipe(Effect.provide(layerServer()), Effect.scoped)
  )

  it.live("tells refusals apart", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      const server = yield* serving
      yield* local.next(Instruction.reply(429, {}, { "retry-after": "600" }), Instruction.fail(Failure.personalKey))
      assert.deepInclude(yield* post(server, "ada"), { status: 429, retryAfter: "600" })
      const refused = yield* post(server, "ada")
      assert.strictEqual(refused.status, 502)
      assert.include(refused.body, "Nothing changed")
      for (const body of ["", "{}", '{"userId":""}', '{"userId":1}']) {
        assert.strictEqual((yield* send(server, body)).status, 400, body)
      }
      assert.lengthOf(yield* local.requests, 2)
    }).pipe(Effect.provide(layerServer()), Effect.scoped)
  )

  it.live("answers what it began before it stops", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      const server = yield* serving
      yield* local.next(Instruction.delay("1 second"))
      const answer = yield* Effect.forkChild(post(server, "ada"))
      while ((yield* local.requests).length === 0) yield* Effect.sleep(1)
      const ended = once(server.child, "close")
      server.child.kill("SIGTERM")
      assert.strictEqual((yield* Fiber.join(answer)).status, 201)
      yield* Effect.promise(() => ended)
    }).pipe(Effect.provide(layerServer()), Effect.scoped)
  )

  it.live("keeps the secret of a caller that hung up", () =>
    Effect.gen(function* () {
      const { baseUrl, clientId, consumerKey, next, requests } = yield* LocalSnapTrade
      const saved: Array<User> = []
      const layerSecrets = Layer.succeed(Secrets, { save: (user) => Effect.sync(() => void saved.push(user)) })
      const services = Layer.merge(BunSnapTrade.layer({ baseUrl, clientId, consumerKey }), layerSecrets)
      const { handler } = yield* Effect.acquireRelease(
        Effect.sync(() => HttpRouter.toWebHandler(layerUsers.pipe(Layer.provideMerge(services)))),
        ({ dispose }) => Effect.promise(() => dispose())
      )
      yield* next(Instruction.delay("200 millis"))
      const caller = new AbortController()
      const init = { method: "POST", body: '{"userId":"ada"}', signal: caller.signal }
      const answer = handler(new Request("http://localhost/users", init))
      while ((yield* requests).length === 0) yield* Effect.sleep(1)
      caller.abort()
      yield* Effect.promise(() => Promise.allSettled([answer]))
      assert.deepStrictEqual(
        saved.map(({ userId }) => userId),
        ["ada"]
      )
    }).pipe(Effect.provide(layerServer()), Effect.scoped)
  )

  it.live("does not start without keys", () =>
    Effect.gen(function* () {
      const child = start({})
      const failure = yield* Effect.flip(Effect.tryPromise(() => listening(child)))
      assert.include(String(failure.cause), "SNAPTRADE_CLIENT_ID")
      assert.notStrictEqual(child.exitCode, 0)
    })
  )
})

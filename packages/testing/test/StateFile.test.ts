import {
  type CallOptions,
  deleteUser,
  layerSnapTrade,
  listUsers,
  loginUser,
  registerUser,
  resetUserSecret
} from "@effect-snaptrade/core"
import { LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { layerServer, type ServerOptions } from "@effect-snaptrade/testing/server"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"

const directory = mkdtempSync(join(tmpdir(), "snaptrade-state-"))
afterAll(() => rmSync(directory, { recursive: true }))

let files = 0
const newFile = () => join(directory, `${files++}.json`)

const layer = (options: ServerOptions, call: CallOptions = {}) =>
  Layer.unwrap(Effect.map(LocalSnapTrade, (local) => Layer.orDie(layerSnapTrade({ ...local, ...call })))).pipe(
    Layer.provide([FetchHttpClient.layer, TestSnapTrade.layerSigner]),
    Layer.provideMerge(Layer.orDie(layerServer(options)))
  )

/** What a local SnapTrade with this file says, for as long as that takes. */
const during = <A, E>(
  stateFile: string,
  effect: Effect.Effect<A, E, Layer.Success<ReturnType<typeof layer>>>,
  options: ServerOptions = {}
) => Effect.provide(effect, layer({ ...options, stateFile }))

describe("a state file", () => {
  it.live("keeps users and their secrets, those that were rotated too", () =>
    Effect.gen(function* () {
      const file = newFile()
      const user = yield* during(file, Effect.flatMap(registerUser({ userId: "é & 1" }), resetUserSecret))
      assert.deepStrictEqual(yield* during(file, listUsers()), ["é & 1"])
      assert.isDefined(yield* during(file, loginUser(user)))
    })
  )

  it.live("has a user before its registration is answered", () =>
    Effect.gen(function* () {
      const file = newFile()
      yield* during(
        file,
        Effect.gen(function* () {
          yield* Effect.forEach(
            Array.from({ length: 20 }, (_, i) => `user-${i}`),
            (userId) =>
              Effect.andThen(
                registerUser({ userId }),
                Effect.sync(() => assert.include(readFileSync(file, "utf8"), `"${userId}"`))
              ),
            { concurrency: 5 }
          )
        })
      )
      assert.lengthOf(yield* during(file, listUsers()), 20)
    })
  )

  it.live("keeps deletions that are queued: they happen in the next run", () =>
    Effect.gen(function* () {
      const file = newFile()
      const slow: ServerOptions = { deletionDelay: "1 hour" }
      yield* during(file, Effect.andThen(registerUser({ userId: "1" }), deleteUser({ userId: "1" })), slow)
      yield* during(
        file,
        Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          assert.deepInclude((yield* local.users)[0], { userId: "1", deletionQueued: true })
          yield* local.adjustClock("1 hour")
          assert.isEmpty(yield* local.users)
        }),
        slow
      )
      assert.isEmpty(yield* during(file, listUsers()))
    })
  )

  it.live("is for its owner alone, leaves nothing beside it, and a link to it stays one", () =>
    Effect.gen(function* () {
      const file = newFile()
      yield* during(file, registerUser({ userId: "1" }))
      const link = newFile()
      symlinkSync(file, link)
      yield* during(link, registerUser({ userId: "2" }))
      assert.deepStrictEqual(yield* during(file, listUsers()), ["1", "2"])
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      assert.isEmpty(readdirSync(directory).filter((name) => name.includes("tmp")))
    })
  )

  it.live("that somebody else has changed meanwhile is not overwritten", () =>
    Effect.gen(function* () {
      const file = newFile()
      yield* during(
        file,
        Effect.gen(function* () {
          yield* registerUser({ userId: "1" })
          writeFileSync(file, "somebody else's")
          yield* registerUser({ userId: "2" })
        })
      )
      assert.strictEqual(readFileSync(file, "utf8"), "somebody else's")
    })
  )

  it.live("that is none is refused without showing what is in it, and left as it is", () =>
    Effect.gen(function* () {
      const file = newFile()
      const contents = '{"version":1,"users":[{"userId":1,"userSecret":"a-user-secret"}]}'
      writeFileSync(file, contents)
      const error = yield* Effect.flip(Effect.scoped(Layer.build(layerServer({ stateFile: file }))))
      assert.strictEqual(error._tag, "StateFileError")
      assert.notInclude(JSON.stringify(error) + error.message, "a-user-secret")
      assert.strictEqual(readFileSync(file, "utf8"), contents)
    })
  )
})

// A user's program, plain JavaScript: packed-packages.mjs copies it into a project that has only the packed packages. The
// arguments are a package and its namespace, such as @effect-snaptrade/node and NodeSnapTrade.
import { registerUser } from "@effect-snaptrade/core"
import { Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer } from "@effect-snaptrade/testing/server"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import assert from "node:assert/strict"
import process from "node:process"

const [name, namespace] = process.argv.slice(2)
const { [namespace]: layers } = await import(name)

const program = Effect.gen(function* () {
  const local = yield* LocalSnapTrade
  const { baseUrl, clientId, consumerKey } = local
  const register = registerUser({ userId: "user-123" }).pipe(
    Effect.provide(layers.layer({ baseUrl, clientId, consumerKey }))
  )
  // The inspector page is no module: it has to be packed by name.
  for (const file of ["", "page/inspector.js", "page/inspector.css"]) {
    const response = yield* Effect.promise(() => fetch(`${baseUrl}/_local/${file}`))
    assert.equal(response.status, 200, file)
    yield* Effect.promise(() => response.arrayBuffer())
  }
  yield* local.next(Instruction.dropReply)
  assert.equal((yield* Effect.flip(register)).outcome, "unknown")
  yield* local.reset
  const user = yield* register
  const [registered] = yield* local.users
  assert.equal(Redacted.value(user.userSecret), Redacted.value(registered.userSecret))
  assert.equal((yield* Effect.flip(register))._tag, "UserAlreadyExists")
})

await Effect.runPromise(Effect.provide(program, layerServer({ adminToken: Redacted.make("a-token") })))

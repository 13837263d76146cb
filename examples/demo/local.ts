/**
 * The tour: a local SnapTrade, a user registered over real HTTP, and two ways to fail.
 */
import { registerUser } from "@effect-snaptrade/core"
import { NodeSnapTrade } from "@effect-snaptrade/node"
import { Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer } from "@effect-snaptrade/testing/server"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { heading, row } from "./print.ts"
import { showRegistration } from "./registration.ts"

// The Node layer as an app uses it, pointed at the local server's address and keys.
const layerLocal = Layer.unwrap(
  Effect.map(LocalSnapTrade, ({ baseUrl, clientId, consumerKey }) =>
    NodeSnapTrade.layer({ baseUrl, clientId, consumerKey })
  )
).pipe(Layer.provideMerge(layerServer()))

const showFailure = (userId: string) =>
  registerUser({ userId }).pipe(
    Effect.matchEffect({
      onSuccess: () => row("unexpected", `${userId} was registered`),
      onFailure: Effect.fnUntraced(function* (error) {
        yield* row("error", error._tag)
        yield* row("outcome", error.outcome)
        yield* row("message", error.message)
      })
    })
  )

/**
 * Runs the tour against a local SnapTrade on a free port. Nothing leaves this machine.
 */
export const local = Effect.fn("local")(function* (options: { readonly reveal: boolean }) {
  const snapTrade = yield* LocalSnapTrade
  yield* Console.log(`A local SnapTrade listens at ${snapTrade.baseUrl}`)
  yield* Console.log("It runs in this process and keeps its users in memory: no account, nothing leaves this machine.")

  yield* heading("1. Register a user")
  const response = yield* registerUser.withResponse({ userId: "demo-ada" })
  yield* showRegistration(response, options)
  yield* options.reveal
    ? row("", "Run without --reveal, this is <redacted:userSecret>.")
    : row("to reveal it", "Redacted.value(user.userSecret) in code, --reveal here")

  yield* heading("2. Register the same user again")
  yield* showFailure("demo-ada")

  yield* heading("3. Register another user, and lose the reply")
  // The local SnapTrade carries out the next request, then closes the connection without an answer.
  yield* snapTrade.next(Instruction.dropReply)
  yield* row("user id", "demo-grace")
  yield* showFailure("demo-grace")
  const users = yield* snapTrade.users
  const exists = users.some((user) => user.userId === "demo-grace")
  yield* row("at SnapTrade", exists ? "demo-grace is registered" : "demo-grace is not registered")
  yield* row("so", "The user exists, but the only copy of its secret was in the reply that got lost.")
  yield* row(
    "",
    "That is why nothing was retried: a retry would have answered UserAlreadyExists and hidden the loss. Give up this id and register the user under another."
  )
}, Effect.provide(layerLocal))

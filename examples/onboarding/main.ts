/**
 * The application: its layers, and one user onboarded. See README.md.
 */
import { NodeSnapTrade } from "@effect-snaptrade/node"
import { LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer } from "@effect-snaptrade/testing/server"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { randomBytes } from "node:crypto"
import { Onboarding } from "./Onboarding.ts"
import { signUp } from "./SignUp.ts"
import { UserStore } from "./UserStore.ts"

// So that the example runs without an account.
const layerLocal = Layer.unwrap(
  Effect.map(LocalSnapTrade, ({ baseUrl, clientId, consumerKey }) =>
    NodeSnapTrade.layer({ baseUrl, clientId, consumerKey })
  )
).pipe(Layer.provide(layerServer()))

const layerSnapTrade = Layer.unwrap(
  Effect.gen(function* () {
    const clientId = yield* Config.option(Config.String("SNAPTRADE_CLIENT_ID"))
    if (Option.isNone(clientId)) {
      yield* Console.log("SNAPTRADE_CLIENT_ID is not set: using a local SnapTrade.")
      // That it cannot start is a defect: no failure of the application's own.
      return Layer.orDie(layerLocal)
    }
    yield* Console.log("Using the keys of the environment. The store is in memory: the secret ends with this process.")
    return NodeSnapTrade.layerConfig()
  })
)

const layerApp = Onboarding.layer.pipe(Layer.provide(UserStore.layerMemory), Layer.provideMerge(layerSnapTrade))

const program = Effect.gen(function* () {
  const { onboard } = yield* Onboarding
  // A fresh id: with a store that forgets, a person's own id would be burnt.
  const userId = `onboarding-${randomBytes(4).toString("hex")}`
  const user = yield* onboard(userId)
  yield* Console.log(`Onboarded ${user.userId}, secret ${user.userSecret}`)
  yield* onboard(userId)
  yield* Console.log("Onboarded again: answered from the store, without a request.")
  const link = yield* signUp(userId)
  yield* Console.log(`Send ${userId} to ${link}, which lives five minutes`)
})

program.pipe(Effect.provide(layerApp), NodeRuntime.runMain)

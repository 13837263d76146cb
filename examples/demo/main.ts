/**
 * `pnpm demo`: see README.md.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { live } from "./live.ts"
import { local } from "./local.ts"

class UserIdWithoutLive extends Data.TaggedError("UserIdWithoutLive") {
  override readonly message = "--user-id goes with --live: the local tour registers users of its own"
}

const demo = Command.make(
  "demo",
  {
    live: Flag.Boolean("live").pipe(
      Flag.withDescription("Register one user at SnapTrade, with SNAPTRADE_CLIENT_ID and SNAPTRADE_CONSUMER_KEY"),
      Flag.withDefault(false)
    ),
    userId: Flag.String("user-id").pipe(
      Flag.withDescription("The userId for --live; a fresh one unless told"),
      Flag.optional
    ),
    reveal: Flag.Boolean("reveal").pipe(Flag.withDescription("Print the secret"), Flag.withDefault(false))
  },
  Effect.fnUntraced(
    function* (options) {
      if (!options.live && Option.isSome(options.userId)) {
        return yield* new UserIdWithoutLive()
      }
      yield* options.live ? live(options) : local(options)
    },
    // For a person at a terminal the message says it all; a defect still shows its stack.
    Effect.mapError((error) => new CliError.UserError({ cause: error, userMessage: error.message }))
  )
).pipe(Command.withDescription("Register a user, at a local SnapTrade or, with --live, at SnapTrade itself"))

demo.pipe(Command.run({ version: "0.0.0" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain)

#!/usr/bin/env node
/**
 * `pnpm emulate`, and `snaptrade-emulate` of the published package.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import type * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import { emulate } from "../emulate.ts"

// What a flag of ours says of its value is a sentence of its own.
const sentence = (error: CliError.CliError): string =>
  error._tag === "InvalidValue" && error.expected.startsWith("--") ? error.expected : error.message

// Standard output is for a shell to source: what is wrong with an invocation does not belong there.
const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Console.error([...event.errors.map(sentence), "See --help."].join("\n"))
      : CliOutput.defaultPresenter.present(event)
})

emulate.pipe(
  Command.run({ version: "0.0.0" }),
  Effect.provide(Layer.mergeAll(NodeServices.layer, presenter)),
  NodeRuntime.runMain({
    // To be told to stop is how it ends.
    teardown: (exit, onExit) => Runtime.defaultTeardown(exit, (code) => onExit(code === 130 ? 0 : code))
  })
)

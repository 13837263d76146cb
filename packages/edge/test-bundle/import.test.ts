import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { vi } from "vitest"
import { bundle, run } from "./workerd.ts"

vi.setConfig({ testTimeout: 30_000 })

const decodeAnswer = Schema.decodeUnknownSync(
  Schema.Struct({ exported: Schema.Array(Schema.String), touched: Schema.Array(Schema.String) })
)

const answerOf = Effect.fnUntraced(function* (entry: URL) {
  const script = yield* Effect.promise(() => bundle(entry))
  const { worker } = yield* run({ imports: { script } })
  const { fetch } = yield* worker("imports")
  const response = yield* fetch("/")
  return yield* Effect.promise(async () => decodeAnswer(await response.json()))
})

describe("Importing core and edge at the global scope of a Worker", () => {
  it.live("is allowed by workerd, which throws on timers, randomness and requests there", () =>
    Effect.gen(function* () {
      const { exported } = yield* answerOf(new URL("workers/importing.ts", import.meta.url))
      assert.includeMembers([...exported], ["registerUser", "EdgeSnapTrade", "layerConfig"])
    })
  )

  it.live("touches no clock, no randomness, no cryptography, no timer and no network", () =>
    Effect.gen(function* () {
      const { exported, touched } = yield* answerOf(new URL("workers/recorded.ts", import.meta.url))
      assert.includeMembers([...exported], ["registerUser", "EdgeSnapTrade", "layerConfig"])
      assert.deepStrictEqual(touched, [])
    })
  )

  it.live("would be noticed if it touched any of them", () =>
    Effect.gen(function* () {
      const { touched } = yield* answerOf(new URL("workers/touching.ts", import.meta.url))
      assert.deepStrictEqual(touched, [
        "Date.now",
        "Date",
        "performance.now",
        "Math.random",
        "crypto.getRandomValues",
        "crypto.randomUUID",
        "crypto.subtle.digest",
        "crypto.subtle.importKey",
        "setTimeout",
        "setInterval",
        "queueMicrotask",
        "fetch",
        "WebSocket"
      ])
    })
  )
})

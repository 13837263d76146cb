import { registerUser } from "@effect-snaptrade/core"
import { NodeSnapTrade } from "@effect-snaptrade/node"
import { Fault, LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServerProcess } from "@effect-snaptrade/testing/server"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"

const megabyte = 1024 * 1024

// The most that the process has held, which Node and Bun tell in kilobytes.
const peak = () => process.resourceUsage().maxRSS * 1024

it.live(
  "200 kB of gzip that would be 200 MB end in UnexpectedReply, and never take half of it",
  () =>
    Effect.gen(function* () {
      const { baseUrl, clientId, consumerKey, next } = yield* LocalSnapTrade
      const bomb = yield* Fault.gzipBomb(200 * megabyte)
      const before = peak()
      yield* next(bomb)
      const error = yield* Effect.flip(
        registerUser({ userId: "user-123" }).pipe(
          Effect.provide(NodeSnapTrade.layer({ baseUrl, clientId, consumerKey }))
        )
      )
      assert.deepInclude(error, { _tag: "UnexpectedReply", outcome: "applied" })
      assert.isBelow(peak() - before, 100 * megabyte)
    }).pipe(Effect.provide(layerServerProcess())),
  // A process that is started takes its time on a machine that is busy.
  120_000
)

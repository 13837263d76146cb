/**
 * A reply that is small on the wire and huge once it is unfolded.
 */
import { registerUser } from "@effect-snaptrade/core"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Fault from "./Fault.ts"
import type { FaultRuntime } from "./faultMatrix.ts"
import { LocalSnapTrade } from "./LocalSnapTrade.ts"

const megabyte = 1024 * 1024

// The most that the process has ever held, which is told in kilobytes.
const peak = () => process.resourceUsage().maxRSS * 1024

/** By how many bytes the process grows at the most while an effect runs; above its peak, or above what it held when that began. */
const growthOf = <E, R>(effect: Effect.Effect<unknown, E, R>) =>
  Effect.gen(function* () {
    const peakBefore = peak()
    const before = process.memoryUsage().rss
    let most = before
    const look = Effect.sync(() => {
      most = Math.max(most, process.memoryUsage().rss)
    })
    yield* Effect.raceFirst(effect, Effect.repeat(look, Schedule.spaced("2 millis")))
    yield* look
    return Math.max(most - before, peak() - peakBefore)
  })

/**
 * Registers the test for a runtime whose memory `process` tells: Node, Bun, Deno.
 *
 * @example
 * ```ts
 * import { NodeSnapTrade } from "@effect-snaptrade/node"
 * import { gzipBomb } from "@effect-snaptrade/testing/conformance"
 * import { layerServerProcess } from "@effect-snaptrade/testing/server"
 *
 * gzipBomb({ name: "Node", layer: NodeSnapTrade.layer, local: layerServerProcess() })
 * ```
 */
export const gzipBomb = <Host = never>(runtime: FaultRuntime<Host>): void => {
  layer(runtime.local, { excludeTestServices: true, timeout: "1 minute" })(`a gzip bomb on ${runtime.name}`, (it) => {
    it.effect("of 200 kB that would be 200 MB ends in UnexpectedReply, and never takes half of it", () =>
      Effect.gen(function* () {
        const local = yield* LocalSnapTrade
        const { baseUrl, clientId, consumerKey } = local
        const bomb = yield* Fault.gzipBomb(200 * megabyte)
        const register = Effect.fnUntraced(function* (userId: string) {
          yield* local.next(bomb)
          const error = yield* Effect.flip(registerUser({ userId }))
          assert.deepInclude(error, { _tag: "UnexpectedReply", outcome: "applied" })
        })
        // Ten times: what is unfolded before it is read may depend on how fast it came.
        const userIds = Array.from({ length: 10 }, (_, index) => `user-${index}`)
        const growth = yield* growthOf(Effect.forEach(userIds, register, { discard: true })).pipe(
          Effect.provide(runtime.layer({ baseUrl, clientId, consumerKey }))
        )
        assert.isBelow(growth, 100 * megabyte)
      })
    )
  })
}

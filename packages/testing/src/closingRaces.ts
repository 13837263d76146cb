/**
 * Connections that end just as the next request wants to use them, many times over.
 */
import { noRetry, registerUser } from "@effect-snaptrade/core"
import { assert, layer } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fault from "./Fault.ts"
import type { FaultRuntime } from "./faultMatrix.ts"
import { assertSound, ended, endingOf } from "./internal/soundness.ts"
import { LocalSnapTrade } from "./LocalSnapTrade.ts"

const races = {
  closed: (wait: Duration.Duration) => Fault.closeAfter(wait),
  reset: (wait: Duration.Duration) => Fault.closeAfter(wait, "reset"),
  "given a stray 408": (wait: Duration.Duration) => Fault.strayReply(408, wait)
}

// From 0 to 1 ms, evenly, in no order.
const waitOf = (index: number) => Duration.millis((index * 0.618) % 1)

/**
 * Registers the tests for a runtime: so many registrations, each of whose connections ends 0 to 1 ms after the reply.
 *
 * @example
 * ```ts
 * import { NodeSnapTrade } from "@effect-snaptrade/node"
 * import { closingRaces } from "@effect-snaptrade/testing/conformance"
 * import { layerServerProcess } from "@effect-snaptrade/testing/server"
 *
 * const local = layerServerProcess({ requestsPerMinute: 1_000_000 })
 *
 * closingRaces({ name: "Node", layer: NodeSnapTrade.layer, local }, 1000)
 * ```
 */
export const closingRaces = <Host = never>(runtime: FaultRuntime<Host>, registrations: number): void => {
  layer(runtime.local, { excludeTestServices: true, timeout: "1 minute" })(`races on ${runtime.name}`, (it) => {
    for (const [what, fault] of Object.entries(races)) {
      it.effect(
        `${registrations} registrations, each connection ${what} 0 to 1 ms after its reply`,
        (context) =>
          Effect.gen(function* () {
            const local = yield* LocalSnapTrade
            yield* local.reset
            const { clientId, consumerKey } = local
            const baseUrl = yield* local.door("open")
            yield* local.next(...Array.from({ length: registrations }, (_, index) => fault(waitOf(index))))
            const exits = yield* Effect.forEach(
              Array.from({ length: registrations }, (_, index) => `user-${index}`),
              (userId) => Effect.exit(registerUser.withResponse({ userId })),
              { concurrency: 4 }
            ).pipe(
              Effect.provide(
                runtime.layer({ baseUrl, clientId, consumerKey, timeout: "10 seconds", retryPolicy: noRetry })
              ),
              Effect.timeout("3 minutes")
            )
            const users = new Map((yield* local.users).map((user) => [user.userId, user]))
            const requests = yield* local.requests
            const counts = new Map<string, number>()
            for (const [index, exit] of exits.entries()) {
              const end = ended(exit)
              assertSound(end, users.get(`user-${index}`), `registration ${index}`)
              const ending = `${endingOf(end)}${users.has(`user-${index}`) ? "" : ", nobody registered"}`
              counts.set(ending, (counts.get(ending) ?? 0) + 1)
            }
            context.task.meta.summary = Array.from(counts, ([ending, count]) => `${count} ${ending}`).join("; ")
            assert.isAtMost(requests.length, registrations, "nothing is sent twice")
          }),
        200_000
      )
    }
  })
}

/**
 * Every fault of the catalogue, met by a registration on one runtime: it ends, in time, in the right failure, and what is
 * said of it is true.
 */
import { defaultRetryPolicy, noRetry, type Options, registerUser, type SnapTrade } from "@effect-snaptrade/core"
import { assert, describe, layer } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { CataloguedFault, Ending, Transport } from "./CataloguedFault.ts"
import { faultCatalogue } from "./FaultCatalogue.ts"
import { assertSilent, assertSound, ended, endingOf } from "./internal/soundness.ts"
import { LocalSnapTrade } from "./LocalSnapTrade.ts"

/**
 * What the matrix runs on.
 */
export interface FaultRuntime<Host = never> {
  /** The runtime's name, in the tests' names. */
  readonly name: string
  /** What carries HTTP there, when it is one whose endings are known exactly. */
  readonly transport?: Transport
  /** The layer under test. */
  readonly layer: (options: Options) => Layer.Layer<SnapTrade, unknown, Host>
  /** A local SnapTrade on Node, with a rate limit that is never reached, and whatever else the layer needs. */
  readonly local: Layer.Layer<LocalSnapTrade | Host, unknown>
}

/** What a test tells of its fault, for whoever reads vitest's report. */
export interface FaultFacts {
  /** The failure's tag and outcome; more than one where that is a matter of microseconds. */
  readonly ends: string
  readonly when: "in time" | "at the time-out"
}

declare module "vitest" {
  interface TaskMeta {
    /** What became of a fault. */
    fault?: FaultFacts
    /** What became of a test that met many. */
    summary?: string
  }
}

const generous = Duration.seconds(10)
const short = Duration.seconds(1)

const expectedEndings = ({ ends }: CataloguedFault, transport: Transport | undefined): ReadonlyArray<Ending> => {
  if (typeof ends === "string" || !("undici" in ends)) return [ends].flat()
  return transport === undefined ? Object.values(ends).flat() : [ends[transport]].flat()
}

const unknown = new Set<Ending>(["ServerError", "ConnectionLost", "RequestTimeout"])

// With the outcome, where the name does not say it.
const told = (ending: Ending): string =>
  ending === "success" || ending.includes(",")
    ? ending
    : `${ending}, ${unknown.has(ending) ? "unknown" : "not-applied"}`

// What is done late is waited for.
const userIn = Effect.fnUntraced(function* (local: LocalSnapTrade["Service"], userId: string, awaited: boolean) {
  for (;;) {
    const registered = (yield* local.users).find((user) => user.userId === userId)
    if (registered !== undefined || !awaited) return registered
    yield* Effect.sleep("10 millis")
  }
}, Effect.timeout(generous))

/** Meets one fault, and answers what is to be told of it. */
const meet = Effect.fnUntraced(function* <Host>(runtime: FaultRuntime<Host>, fault: CataloguedFault) {
  const local = yield* LocalSnapTrade
  yield* local.reset
  const userId = "u".repeat(fault.userIdLength ?? 8)
  // A door of its own: an origin that no connection of another fault is kept for.
  const timeout = fault.stalls === true ? short : generous
  const expected = expectedEndings(fault, runtime.transport)
  const baseUrl = yield* local.door(fault.door ?? "open")
  const elsewhere = yield* local.door("open")
  const instructions = fault.instructions?.({ userId, baseUrl, elsewhere }) ?? []
  yield* local.next(...(Effect.isEffect(instructions) ? yield* instructions : instructions))

  const { elapsed, exit } = yield* Effect.gen(function* () {
    if (fault.afterIdle !== undefined) {
      yield* registerUser({ userId: "before" })
      yield* Effect.sleep(fault.afterIdle)
    }
    const startedAt = yield* Clock.currentTimeMillis
    return {
      exit: yield* Effect.exit(registerUser.withResponse({ userId })),
      elapsed: (yield* Clock.currentTimeMillis) - startedAt
    }
  }).pipe(
    Effect.timeout("25 seconds"),
    Effect.provide(
      runtime.layer({
        baseUrl,
        clientId: local.clientId,
        consumerKey: local.consumerKey,
        timeout,
        retryPolicy: fault.retries === true ? defaultRetryPolicy : noRetry
      })
    )
  )

  const registered = yield* userIn(local, userId, fault.applied)
  const requests = yield* local.requests
  const ownRequests = requests.filter(({ body }) => body.includes(`"${userId}"`))
  const end = ended(exit)

  assertSilent(exit, { consumerKey: local.consumerKey, registered, requests: ownRequests })
  assert.strictEqual(registered !== undefined, fault.applied, "whether the fault registers the user")
  if (fault.deceives !== true) assertSound(end, registered)
  if (fault.retries !== true) assert.isAtMost(ownRequests.length, 1, "nothing is sent twice")
  assert.isFalse(
    requests.some(({ path }) => path.endsWith("/followed")),
    "no redirect is followed"
  )
  assert.include(expected, endingOf(end), Result.isFailure(end) ? end.failure.message : "")
  if (fault.retryAfter !== undefined && Result.isFailure(end) && end.failure._tag === "RateLimited") {
    assert.deepStrictEqual(end.failure.retryAfter, Duration.fromInputUnsafe(fault.retryAfter))
  }
  if ("requestId" in fault) {
    assert.strictEqual(Result.isSuccess(end) ? end.success.requestId : end.failure._tag, fault.requestId)
  }
  return {
    ends: expected.map(told).join(" or ") + (fault.deceives === true ? " (deceived)" : ""),
    when: elapsed >= Duration.toMillis(timeout) ? "at the time-out" : "in time"
  } satisfies FaultFacts
})

/**
 * Registers the matrix for a runtime: one test for each fault.
 *
 * @example
 * ```ts
 * import { NodeSnapTrade } from "@effect-snaptrade/node"
 * import { faultMatrix } from "@effect-snaptrade/testing/conformance"
 * import { layerServerProcess } from "@effect-snaptrade/testing/server"
 *
 * const local = layerServerProcess({ requestsPerMinute: 1_000_000 })
 *
 * faultMatrix({ name: "Node", transport: "undici", layer: NodeSnapTrade.layer, local })
 * ```
 */
export const faultMatrix = <Host = never>(runtime: FaultRuntime<Host>): void => {
  // A server that is a process of its own may take its time to start, on a machine that is busy.
  layer(runtime.local, { excludeTestServices: true, timeout: "1 minute" })(`faults on ${runtime.name}`, (it) => {
    for (const group of faultCatalogue) {
      describe(`${group.name}`, () => {
        for (const fault of group.faults) {
          it.effect(
            fault.name,
            (context) => Effect.map(meet(runtime, fault), (facts) => void (context.task.meta.fault = facts)),
            40_000
          )
        }
      })
    }
  })
}

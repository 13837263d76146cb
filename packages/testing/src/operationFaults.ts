/**
 * The other operations under faults: whatever breaks, what is said of a deletion, a rotation, a login or a list is true by
 * what the local SnapTrade did.
 */
import {
  deleteUser,
  listUsers,
  loginUser,
  noRetry,
  registerUser,
  resetUserSecret,
  type SnapTrade,
  withTimeout
} from "@effect-snaptrade/core"
import { assert, describe, layer } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Failure from "./Failure.ts"
import * as Fault from "./Fault.ts"
import type { FaultRuntime } from "./faultMatrix.ts"
import { applied, dropReply, echo, fail, type Instruction, reply } from "./Instruction.ts"
import { LocalSnapTrade, type RegisteredUser } from "./LocalSnapTrade.ts"

const cuts = [0, 5, 12, 40, 90, 150, 200, 260]

const faults: Record<string, Instruction> = {
  "a reply that is dropped": dropReply,
  "a connection that is reset after it was applied": Fault.closeAfterApplying("reset"),
  "a connection that is closed before it was applied": Fault.closeAfterRequest("end"),
  "a connection that is reset before it was applied": Fault.closeAfterRequest("reset"),
  "a connection that is closed before it was read": Fault.closeAfterHead("end"),
  "silence before the reply": Fault.stallAt(0),
  "silence in the headers": Fault.stallAt(60),
  "a length that is too long": Fault.lengthTooLong,
  "two framings": Fault.bothFramings,
  "a chunk that is none": Fault.badChunkSize,
  "a last chunk that is missing": Fault.missingLastChunk,
  "what is no HTTP": Fault.notHttp,
  "a server error after it was applied": applied(reply(500, { detail: "failed", code: 1000 })),
  "a server error before": fail(Failure.upstreamFailure),
  "a refusal that echoes": echo(401),
  "a rate limit": fail(Failure.throttled(60)),
  "a 408": applied(reply(408, "")),
  "a redirect": Fault.redirect(307, "/followed"),
  HTML: applied(reply(200, "<html></html>")),
  nothing: applied(reply(200, "")),
  null: applied(reply(200, null)),
  "a number": applied(reply(200, 42)),
  ...Object.fromEntries(cuts.map((bytes) => [`a reply that is closed at byte ${bytes}`, Fault.cutAt(bytes)])),
  ...Object.fromEntries(
    cuts.map((bytes) => [`a reply that is reset at byte ${bytes}`, Fault.cutAt(bytes, { by: "reset" })])
  )
}

interface Faulty {
  /** Does it, and says whether the answer is right, given the user as it is afterwards. */
  readonly run: (
    user: RegisteredUser
  ) => Effect.Effect<
    (after: RegisteredUser | undefined) => boolean,
    { readonly outcome: string; readonly message: string },
    SnapTrade
  >
  /** Whether it was carried out, where that leaves a trace. */
  readonly done?: (before: RegisteredUser, after: RegisteredUser | undefined) => boolean
}

const secretOf = (user: RegisteredUser | undefined) =>
  user === undefined ? undefined : Redacted.value(user.userSecret)

const operations: Record<string, Faulty> = {
  deleteUser: {
    run: ({ userId }) => Effect.as(deleteUser({ userId }), (after) => after?.deletionQueued !== false),
    done: (_, after) => after?.deletionQueued !== false
  },
  resetUserSecret: {
    run: (user) =>
      Effect.map(resetUserSecret(user), (rotated) => (after) => Redacted.value(rotated.userSecret) === secretOf(after)),
    done: (before, after) => secretOf(before) !== secretOf(after)
  },
  loginUser: {
    run: (user) => Effect.map(loginUser(user), (login) => () => "redirectURI" in login)
  },
  listUsers: {
    run: ({ userId }) => Effect.map(listUsers(), (ids) => () => ids.length === 1 && ids[0] === userId)
  }
}

const meet = Effect.fnUntraced(function* <Host>(runtime: FaultRuntime<Host>, faulty: Faulty, fault: Instruction) {
  const local = yield* LocalSnapTrade
  yield* local.reset
  const { clientId, consumerKey } = local
  const baseUrl = yield* local.door("open")
  const snapTrade = runtime.layer({ baseUrl, clientId, consumerKey, timeout: "500 millis", retryPolicy: noRetry })

  const { before, result } = yield* Effect.gen(function* () {
    yield* registerUser({ userId: "canary-user-id" }).pipe(withTimeout("10 seconds"))
    const [user = yield* Effect.die("nobody is registered")] = yield* local.users
    yield* local.next(fault)
    return { before: user, result: yield* Effect.result(faulty.run(user)) }
  }).pipe(Effect.timeout("25 seconds"), Effect.provide(snapTrade))
  const after = (yield* local.users).find((user) => user.userId === before.userId)
  const done = faulty.done?.(before, after)

  assert.isFalse(
    (yield* local.requests).some(({ path }) => path.endsWith("/followed")),
    "no redirect is followed"
  )
  if (Result.isSuccess(result)) {
    assert.isTrue(result.success(after), "the answer is the right one")
    assert.notStrictEqual(done, false, "what succeeded was carried out")
    return
  }
  const error = result.failure
  if (done !== undefined && error.outcome === "not-applied") assert.isFalse(done, error.message)
  if (done !== undefined && error.outcome === "applied") assert.isTrue(done, error.message)
  for (const printed of [error.message, JSON.stringify(error), Cause.pretty(Cause.fail(error))]) {
    for (const secret of [secretOf(before), secretOf(after), "canary-user-id"]) {
      if (secret !== undefined) assert.notInclude(printed, secret)
    }
  }
})

/**
 * Registers the suite for a runtime: one test for each operation, which meets every fault.
 *
 * @example
 * ```ts
 * import { NodeSnapTrade } from "@effect-snaptrade/node"
 * import { operationFaults } from "@effect-snaptrade/testing/conformance"
 * import { layerServerProcess } from "@effect-snaptrade/testing/server"
 *
 * operationFaults({
 *   name: "Node",
 *   layer: NodeSnapTrade.layer,
 *   local: layerServerProcess({ requestsPerMinute: 1_000_000 })
 * })
 * ```
 */
export const operationFaults = <Host = never>(runtime: FaultRuntime<Host>): void => {
  describe(`faults of the other operations on ${runtime.name}`, () => {
    layer(runtime.local, { excludeTestServices: true, timeout: "1 minute" })((it) => {
      for (const [name, faulty] of Object.entries(operations)) {
        for (const [fault, instruction] of Object.entries(faults)) {
          it.effect(`${name} that meets ${fault}`, () => meet(runtime, faulty, instruction))
        }
      }
    })
  })
}

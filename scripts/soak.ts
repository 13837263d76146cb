/**
 * Registers many users at a local SnapTrade that fails at random, and accounts for each of them: what was said against
 * what was done, the memory that it took, the sockets that are left. Run by `pnpm soak`, shortly by `pnpm test:full`.
 */
import { registerUser, withTimeout } from "@effect-snaptrade/core"
import { NodeSnapTrade } from "@effect-snaptrade/node"
import { Failure, Fault, Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServerProcess } from "@effect-snaptrade/testing/server"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"

const endings = ["success", "not-applied", "applied", "unknown"] as const

// A secret in four bytes: enough to tell that it is another, and nothing that grows while memory is measured.
const fingerprint = (secret: string): number => Number.parseInt(secret.slice(0, 8), 16)

const faults: ReadonlyArray<(random: number) => Instruction.Instruction> = [
  (random) => Fault.cutAt(Math.floor(random * 300)),
  (random) => Fault.cutAt(Math.floor(random * 300), { by: "reset" }),
  () => Fault.closeAfterRequest("end"),
  () => Fault.closeAfterRequest("reset"),
  () => Fault.closeAfterApplying("end"),
  () => Fault.closeAfterApplying("reset"),
  (random) => Fault.closeAfter(random * 2),
  () => Instruction.fail(Failure.unexpectedException),
  () => Instruction.fail(Failure.throttled(0)),
  () => Instruction.fail(Failure.signatureRejected),
  () => Instruction.applied(Instruction.reply(200, "<html></html>")),
  () => Fault.deliverTwice("first"),
  () => Fault.bodyOf(100_000),
  // A stall takes the whole time budget: a few are enough.
  (random) => (random < 0.1 ? Fault.stallAt(40) : Fault.cutAt(40))
]

const inUse = Effect.sync(() => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
})

const sockets = () => process.getActiveResourcesInfo().filter((resource) => resource === "TCPSocketWrap").length

// Bytes by which the heap grows with each registration: least squares over what was measured.
const slope = (points: ReadonlyArray<readonly [count: number, bytes: number]>): number => {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const over = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
  return points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / over
}

const soak = Effect.fnUntraced(function* (options: { readonly count: number; readonly concurrency: number }) {
  const local = yield* LocalSnapTrade
  const { baseUrl, clientId, consumerKey } = local
  const ended = new Uint8Array(options.count)
  const secrets = new Uint32Array(options.count)
  const tags = new Map<string, number>()
  const heap: Array<readonly [number, number]> = []
  const socketsBefore = sockets()
  const batch = Math.max(1, Math.floor(options.count / 20))

  const register = Effect.fnUntraced(function* (i: number) {
    if ((yield* Random.next) < 0.3) {
      const fault = faults[Math.floor((yield* Random.next) * faults.length)] ?? Fault.drip
      yield* local.nextFor(`user-${i}`, fault(yield* Random.next))
    }
    const result = yield* Effect.result(registerUser({ userId: `user-${i}` }))
    const tag = Result.isSuccess(result) ? "success" : `${result.failure._tag}, ${result.failure.outcome}`
    tags.set(tag, (tags.get(tag) ?? 0) + 1)
    ended[i] = endings.indexOf(Result.isSuccess(result) ? "success" : result.failure.outcome)
    if (Result.isSuccess(result)) secrets[i] = fingerprint(Redacted.value(result.success.userSecret))
  })

  yield* Effect.gen(function* () {
    for (let from = 0; from < options.count; from += batch) {
      const batchOf = Array.from({ length: Math.min(batch, options.count - from) }, (_, i) => from + i)
      yield* Effect.forEach(batchOf, register, { concurrency: options.concurrency, discard: true })
      heap.push([from + batchOf.length, yield* inUse])
      yield* Console.error(`${from + batchOf.length} of ${options.count}`)
    }
  }).pipe(withTimeout("1 second"), Effect.provide(NodeSnapTrade.layer({ baseUrl, clientId, consumerKey })))
  // Closing a socket takes the event loop a turn, and the server's word.
  for (let i = 0; i < 50 && sockets() > socketsBefore; i++) yield* Effect.sleep("100 millis")
  const socketsLeft = sockets() - socketsBefore

  const registered = new Map(
    (yield* local.users).map((user) => [user.userId, fingerprint(Redacted.value(user.userSecret))])
  )
  let lies = 0
  for (let i = 0; i < options.count; i++) {
    const secret = registered.get(`user-${i}`)
    const ending = endings[ended[i] ?? 0]
    const isTrue =
      ending === "success"
        ? secret === secrets[i]
        : ending === "not-applied"
          ? secret === undefined
          : ending === "unknown" || secret !== undefined
    if (!isTrue) lies++
  }
  // The first fifth warms up caches and the compiler.
  const growth = slope(heap.slice(Math.floor(heap.length / 5)))

  yield* Console.log(`registrations        ${options.count}, ${options.concurrency} at once`)
  for (const [tag, count] of [...tags].toSorted(([a], [b]) => a.localeCompare(b))) {
    yield* Console.log(`  ${tag.padEnd(30)} ${count}`)
  }
  yield* Console.log(`registered           ${registered.size}`)
  yield* Console.log(`said against done    ${lies} lies`)
  yield* Console.log(`heap growth          ${growth.toFixed(0)} bytes a registration, after warm-up`)
  yield* Console.log(`sockets left         ${socketsLeft}`)
  const sound = lies === 0 && growth < 1024 && socketsLeft <= 0
  yield* Console.log(sound ? "1 passed, 0 failed" : "0 passed, 1 failed")
  if (!sound) process.exitCode = 1
})

const command = Command.make(
  "soak",
  {
    count: Flag.Int("count").pipe(Flag.withDescription("How many users to register"), Flag.withDefault(100_000)),
    concurrency: Flag.Int("concurrency").pipe(Flag.withDescription("How many at once"), Flag.withDefault(50))
  },
  (options) => soak(options).pipe(Effect.provide(layerServerProcess({ requestsPerMinute: 1_000_000_000 })))
).pipe(Command.withDescription("Register many users at a local SnapTrade that fails at random, and account for each"))

command.pipe(Command.run({ version: "0.0.0" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain)

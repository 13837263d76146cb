/**
 * The reply to a registration, broken off at every one of its bytes.
 */
import { noRetry, registerUser } from "@effect-snaptrade/core"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Ending } from "./CataloguedFault.ts"
import type { FaultRuntime } from "./faultMatrix.ts"
import type { Framing } from "./Fault.ts"
import type { Wire } from "./Instruction.ts"
import { assertSound, ended, endingOf } from "./internal/soundness.ts"
import { bytesOf } from "./internal/wire.ts"
import { LocalSnapTrade } from "./LocalSnapTrade.ts"

// Of a length that does not depend on how many requests came before.
const head = [
  "HTTP/1.1 200 OK",
  "date: Mon, 23 Nov 2026 10:00:00 GMT",
  "content-type: application/json",
  "x-ratelimit-limit: 250",
  "x-ratelimit-remaining: 249",
  "x-ratelimit-reset: 60",
  "x-request-id: 7b7a1f4e-2f0c-4b0e-9f38-5f3f6a1a9c11"
]
  .map((line) => `${line}\r\n`)
  .join("")

const framed: Record<Framing, string> = {
  "content-length": `${head}content-length: {length}\r\n\r\n{body}`,
  chunked: `${head}transfer-encoding: chunked\r\n\r\n{size}\r\n{body}\r\n0\r\n\r\n`,
  close: `${head}connection: close\r\n\r\n{body}`
}

const whole = (framing: Framing): Wire => ({ _tag: "Wire", parts: [framed[framing]], applied: true, closing: "end" })

const userIdAt = (byte: number) => `user-${String(byte).padStart(4, "0")}`
const bodyLength = JSON.stringify({ userId: userIdAt(0), userSecret: crypto.randomUUID() }).length
const lengthOf = (framing: Framing) =>
  bytesOf(whole(framing), { status: 200, headers: {}, body: new Uint8Array(bodyLength) }).reduce(
    (length, piece) => length + piece.length,
    0
  )

const breaks = {
  closed: { closing: "end", timeout: "10 seconds", ends: ["ConnectionLost", "UnexpectedReply, applied"] },
  reset: { closing: "reset", timeout: "10 seconds", ends: ["ConnectionLost", "UnexpectedReply, applied"] },
  "followed by silence": { closing: "never", timeout: "4 seconds", ends: ["RequestTimeout"] }
} as const satisfies Record<
  string,
  { readonly closing: Wire["closing"]; readonly timeout: string; readonly ends: ReadonlyArray<Ending> }
>

// Which endings at which bytes, such as "0-233 ConnectionLost; 234-307 UnexpectedReply, applied".
const summaryOf = (endings: ReadonlyArray<Ending>): string => {
  const runs: Array<{ readonly from: number; to: number; readonly ending: Ending }> = []
  for (const [byte, ending] of endings.entries()) {
    const last = runs.at(-1)
    if (last?.ending === ending) last.to = byte
    else runs.push({ from: byte, to: byte, ending })
  }
  return runs.map(({ ending, from, to }) => `${from === to ? from : `${from}-${to}`} ${ending}`).join("; ")
}

/**
 * Registers the tests for a runtime: for each framing and each way to break off, one test that goes through every byte.
 *
 * @example
 * ```ts
 * import { NodeSnapTrade } from "@effect-snaptrade/node"
 * import { byteBoundaries } from "@effect-snaptrade/testing/conformance"
 * import { layerServerProcess } from "@effect-snaptrade/testing/server"
 *
 * const local = layerServerProcess({ requestsPerMinute: 1_000_000 })
 *
 * byteBoundaries({ name: "Node", layer: NodeSnapTrade.layer, local }, ["chunked"])
 * ```
 */
export const byteBoundaries = <Host = never>(
  runtime: FaultRuntime<Host>,
  framings: ReadonlyArray<Framing> = ["content-length", "chunked", "close"]
): void => {
  layer(runtime.local, { excludeTestServices: true, timeout: "1 minute" })(
    `byte boundaries on ${runtime.name}`,
    (it) => {
      for (const framing of framings) {
        for (const [broken, { closing, ends, timeout }] of Object.entries(breaks)) {
          it.effect(
            `a reply framed by ${framing === "close" ? "the end of the connection" : framing}, ${broken} at each byte`,
            (context) =>
              Effect.gen(function* () {
                const local = yield* LocalSnapTrade
                yield* local.reset
                const { clientId, consumerKey } = local
                const baseUrl = yield* local.door("open")
                const length = lengthOf(framing)
                const offsets = Array.from({ length: length + 1 }, (_, byte) => byte)
                const exits = yield* Effect.forEach(
                  offsets,
                  (byte) =>
                    Effect.andThen(
                      local.nextFor(userIdAt(byte), { ...whole(framing), cutAt: byte, closing }),
                      Effect.exit(registerUser.withResponse({ userId: userIdAt(byte) }))
                    ),
                  // Silence costs its time-out: many wait for it together.
                  { concurrency: closing === "never" ? 160 : 10 }
                ).pipe(
                  Effect.provide(runtime.layer({ baseUrl, clientId, consumerKey, timeout, retryPolicy: noRetry })),
                  Effect.timeout("1 minute")
                )
                const users = new Map((yield* local.users).map((user) => [user.userId, user]))
                const endings = exits.map(ended).map((end, byte) => {
                  assertSound(end, users.get(userIdAt(byte)), `the reply broken off at byte ${byte}`)
                  return endingOf(end)
                })
                context.task.meta.summary = summaryOf(endings.slice(0, length))
                // A chunked body is whole before its last chunk is.
                const complete = framing === "chunked" ? length - "0\r\n\r\n".length : length
                assert.isEmpty(
                  endings.flatMap((ending, byte) =>
                    byte < complete && !(ends as ReadonlyArray<Ending>).includes(ending) ? [`${byte} ${ending}`] : []
                  )
                )
                if (closing === "end") assert.strictEqual(endings[length], "success")
              }),
            70_000
          )
        }
      }
    }
  )
}

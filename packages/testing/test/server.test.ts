import { type Door, Fault, type Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer, layerServerProcess } from "@effect-snaptrade/testing/server"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"

const request = "POST /snapTrade/registerUser HTTP/1.1\r\nhost: local\r\ncontent-length: 2\r\n\r\n{}"

/** What a socket reads until its connection is closed, and by what. */
const conversation = async (socket: Socket, sent: string) => {
  let read = ""
  socket.on("data", (chunk) => (read += chunk.toString("latin1")))
  // node:net tells a reset by an error, a FIN by none.
  const closedBy = new Promise<string>((resolve) => {
    socket.on("error", (error) => resolve("code" in error ? String(error.code) : error.message))
    socket.on("end", () => resolve("FIN"))
  })
  socket.write(sent)
  const by = await closedBy
  socket.destroy()
  return { read, by }
}

const socketTo = (url: string) => connect({ host: "127.0.0.1", port: Number(new URL(url).port) })

const talkingTo = (instruction: Instruction.Instruction) =>
  Effect.gen(function* () {
    const local = yield* LocalSnapTrade
    yield* local.next(instruction)
    const url = yield* local.door("open")
    return yield* Effect.promise(() => conversation(socketTo(url), request))
  }).pipe(Effect.provide(layerServer()))

// The request is not signed.
const head = "HTTP/1.1 401 Error\r\ncontent-type: application/json\r\n"
const body = '{"detail":"Credentials are missing.","status_code":401,"code":"0000"}'

describe("over a socket, a reply", () => {
  const readOf = (instruction: Instruction.Instruction) =>
    Effect.map(talkingTo(instruction), ({ read }) => read.replaceAll(/x-[^\r]+\r\n/g, ""))

  it.live("is its head, a framing and its body", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* readOf(Fault.closeAfter(0)), `${head}content-length: 69\r\n\r\n${body}`)
      assert.strictEqual(
        yield* readOf(Fault.cutAt(1000, { framing: "chunked" })),
        `${head}transfer-encoding: chunked\r\n\r\n45\r\n${body}\r\n0\r\n\r\n`
      )
    })
  )

  it.live("is cut after exactly so many bytes, by FIN or RST", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* talkingTo(Fault.cutAt(0)), { read: "", by: "FIN" })
      assert.deepStrictEqual(yield* talkingTo(Fault.cutAt(17)), { read: "HTTP/1.1 401 Erro", by: "FIN" })
      assert.deepStrictEqual(yield* talkingTo(Fault.cutAt(12, { by: "reset" })), {
        read: "HTTP/1.1 401",
        by: "ECONNRESET"
      })
    })
  )

  it.live("is cut before its last so many bytes", () =>
    Effect.gen(function* () {
      const read = yield* readOf(Fault.cutAt(-60))
      assert.strictEqual(read, `${head}content-length: 69\r\n\r\n${body.slice(0, 9)}`)
    })
  )

  it.live("that drips is whole in the end", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* readOf(Fault.drip("0.1 millis")), `${head}content-length: 69\r\n\r\n${body}`)
    })
  )

  it.live("is padded with so many letters", () =>
    Effect.gen(function* () {
      const { read } = yield* talkingTo(Fault.headersOf(5))
      assert.include(read, "x-padding: xxxxx\r\n")
    })
  )

  it.live("is none: the connection is closed without a word, by FIN or RST", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* talkingTo(Fault.closeAfterRequest()), { read: "", by: "FIN" })
      assert.deepStrictEqual(yield* talkingTo(Fault.closeAfterRequest("reset")), { read: "", by: "ECONNRESET" })
    })
  )
})

describe("a door", () => {
  const knocking = (door: Door, sent: string) =>
    Effect.gen(function* () {
      const url = yield* (yield* LocalSnapTrade).door(door)
      return { url, ...(yield* Effect.promise(() => conversation(socketTo(url), sent))) }
    }).pipe(Effect.provide(layerServer()))

  it.live("that is open leads to the local SnapTrade, at another origin", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      const url = yield* local.door("open")
      assert.notStrictEqual(url, local.baseUrl)
      const { status } = yield* Effect.promise(() => fetch(`${url}/snapTrade/registerUser`, { method: "POST" }))
      assert.strictEqual(status, 401)
      assert.lengthOf(yield* local.requests, 1)
    }).pipe(Effect.provide(layerServer()))
  )

  const endings: ReadonlyArray<readonly [Door, by: string, scheme: string]> = [
    ["refusing", "ECONNREFUSED", "http:"],
    ["closing", "FIN", "http:"],
    ["resetting", "ECONNRESET", "http:"],
    ["handshake-closing", "FIN", "https:"],
    ["handshake-resetting", "ECONNRESET", "https:"]
  ]
  for (const [door, by, scheme] of endings) {
    it.live(`that is ${door} ends a connection by ${by}`, () =>
      Effect.gen(function* () {
        const knocked = yield* knocking(door, by === "FIN" && door === "closing" ? "" : "hello")
        assert.strictEqual(knocked.by, by)
        assert.strictEqual(new URL(knocked.url).protocol, scheme)
      })
    )
  }

  const trustingAnybody = (door: Door) =>
    Effect.gen(function* () {
      const url = yield* (yield* LocalSnapTrade).door(door)
      const socket = connectTls({ port: Number(new URL(url).port), host: "127.0.0.1", rejectUnauthorized: false })
      yield* Effect.promise(() => once(socket, "secureConnect"))
      const certificate = socket.getPeerX509Certificate()
      const { read } = yield* Effect.promise(() =>
        conversation(socket, request.replace("host", "connection: close\r\nhost"))
      )
      assert.match(read, /^HTTP\/1\.1 401 /)
      return certificate ?? assert.fail("there is no certificate")
    }).pipe(Effect.provide(layerServer()))

  it.live("over TLS leads to the local SnapTrade, with a certificate of its own making", () =>
    Effect.gen(function* () {
      const certificate = yield* trustingAnybody("self-signed")
      assert.isTrue(certificate.verify(certificate.publicKey))
      assert.strictEqual(certificate.checkIP("127.0.0.1"), "127.0.0.1")
      assert.isAbove(certificate.validToDate.getTime(), Date.now())
    })
  )

  it.live("whose certificate has expired leads there too", () =>
    Effect.gen(function* () {
      const certificate = yield* trustingAnybody("expired")
      assert.isTrue(certificate.verify(certificate.publicKey))
      assert.isBelow(certificate.validToDate.getTime(), Date.now())
    })
  )
})

describe("in a process of its own", () => {
  it.live(
    "it is instructed and looked at as any other, and ends with its layer",
    () =>
      Effect.gen(function* () {
        const url = yield* Effect.gen(function* () {
          const local = yield* LocalSnapTrade
          yield* local.next(Fault.cutAt(8))
          const { read } = yield* Effect.promise(() => conversation(socketTo(local.baseUrl), request))
          assert.strictEqual(read, "HTTP/1.1")
          assert.lengthOf(yield* local.requests, 1)
          return local.baseUrl
        }).pipe(Effect.provide(layerServerProcess()))
        const [error] = yield* Effect.promise(() => once(socketTo(url), "error").catch((cause: unknown) => [cause]))
        assert.propertyVal(error, "code", "ECONNREFUSED")
      }),
    120_000
  )
})

import {
  listUsers,
  registerUser,
  RequestNotSent,
  Signer,
  SnapTrade,
  UserAlreadyExists,
  withTimeout
} from "@effect-snaptrade/core"
import { NodeSnapTrade } from "@effect-snaptrade/node"
import { Failure, Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer } from "@effect-snaptrade/testing/server"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { constVoid } from "effect/Function"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { AsyncLocalStorage } from "node:async_hooks"
import { spawn } from "node:child_process"
import { createHmac } from "node:crypto"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Agent, interceptors } from "undici"
import AgentAlone from "undici/lib/dispatcher/agent.js"

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

const key = Redacted.make("local-consumer-key-that-protects-nothing")

/** SnapTrade on Node, over a real socket to a local SnapTrade. */
const overHttp = Layer.unwrap(
  Effect.map(LocalSnapTrade, ({ baseUrl, clientId, consumerKey }) =>
    NodeSnapTrade.layer({ baseUrl, clientId, consumerKey })
  )
).pipe(Layer.provideMerge(layerServer()))

/** SnapTrade on Node, against a TCP server that does whatever a test wants with a connection. */
const against = (onConnection: (socket: Socket) => void) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const sockets = new Set<Socket>()
      const server: Server = createServer((socket) => {
        sockets.add(socket)
        socket.on("error", () => {})
        onConnection(socket)
      })
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      return { server, sockets }
    }),
    ({ server, sockets }) =>
      Effect.promise(async () => {
        for (const socket of sockets) socket.destroy()
        server.close()
        await once(server, "close")
      })
  ).pipe(
    Effect.map(({ server }) => {
      const address = server.address()
      return typeof address === "object" ? (address?.port ?? 0) : 0
    })
  )

// Listens, and never comes to accept.
const listener = `require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, function () {
  require("node:fs").writeSync(1, String(this.address().port))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`

/** The port of a server whose queue is full: whoever connects waits. */
const neverAccepting = Effect.acquireRelease(
  Effect.promise(async () => {
    const child = spawn(process.execPath, ["-e", listener], { stdio: ["ignore", "pipe", "inherit"] })
    const port = Number(await once(child.stdout, "data"))
    const queue = Array.from({ length: 4 }, () => connect(port, "127.0.0.1").on("error", () => {}))
    // The first two find a place, and the others none.
    await Promise.all(queue.slice(0, 2).map((socket) => once(socket, "connect")))
    return { child, port, queue }
  }),
  ({ child, queue }) =>
    Effect.sync(() => {
      for (const socket of queue) socket.destroy()
      child.kill("SIGKILL")
    })
).pipe(Effect.map(({ port }) => port))

const registerAt = (port: number, options?: Partial<NodeSnapTrade.HttpClientOptions>) =>
  registerUser({ userId: "user-123" }).pipe(
    Effect.provide(
      NodeSnapTrade.layer({ clientId: "MY-APP", consumerKey: key, baseUrl: `http://127.0.0.1:${port}`, ...options })
    )
  )

describe("over a real socket", () => {
  it.live("a user is registered, and the local SnapTrade verified the signature", () =>
    Effect.gen(function* () {
      const { requestId, value } = yield* registerUser.withResponse({ userId: "é 👩‍💻" })
      const [registered] = yield* (yield* LocalSnapTrade).users
      assert.strictEqual(registered?.userId, "é 👩‍💻")
      assert.strictEqual(
        Redacted.value(value.userSecret),
        Redacted.value(registered?.userSecret ?? Redacted.make("nobody is registered"))
      )
      assert.strictEqual(requestId, "local-1")
    }).pipe(Effect.provide(overHttp))
  )

  it.live("undici announces each of many requests in its caller's AsyncLocalStorage, by which it is traced", () =>
    Effect.gen(function* () {
      const context = yield* Effect.context<SnapTrade>()
      const caller = new AsyncLocalStorage<string>()
      const userIds = Array.from({ length: 20 }, (_, i) => `user-${i}`)
      const announced: Array<string> = []
      const onCreate = (message: unknown) => {
        const body = Schema.decodeUnknownSync(Schema.Struct({ request: Schema.Struct({ body: Schema.Uint8Array }) }))(
          message
        ).request.body
        announced.push(`${caller.getStore()}: ${new TextDecoder().decode(body)}`)
      }
      subscribe("undici:request:create", onCreate)
      yield* Effect.promise(() =>
        Promise.all(
          userIds.map((userId) => caller.run(userId, () => Effect.runPromiseWith(context)(registerUser({ userId }))))
        )
      ).pipe(Effect.ensuring(Effect.sync(() => unsubscribe("undici:request:create", onCreate))))
      assert.deepStrictEqual(
        announced,
        userIds.map((userId) => `${userId}: {"userId":"${userId}"}`)
      )
    }).pipe(Effect.provide(overHttp))
  )

  it.live("a call that is interrupted at once is not sent", () =>
    Effect.gen(function* () {
      const context = yield* Effect.context<SnapTrade>()
      const call = (userId: string) => Effect.runForkWith(context)(registerUser({ userId }))
      const kept = call("kept")
      for (const userId of ["one", "two", "three"]) call(userId).interruptUnsafe()
      yield* Fiber.join(kept)
      assert.deepStrictEqual(
        (yield* (yield* LocalSnapTrade).users).map(({ userId }) => userId),
        ["kept"]
      )
      assert.lengthOf(yield* (yield* LocalSnapTrade).requests, 1)
    }).pipe(Effect.provide(overHttp))
  )

  it.live("a duplicate fails with UserAlreadyExists", () =>
    Effect.gen(function* () {
      yield* registerUser({ userId: "user-123" })
      const error = yield* Effect.flip(registerUser({ userId: "user-123" }))
      assert.instanceOf(error, UserAlreadyExists)
      assert.strictEqual(error.requestId, "local-2")
    }).pipe(Effect.provide(overHttp))
  )

  it.live("a reply that is dropped after the user was committed is ConnectionLost, unknown, and sent once", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.next(Instruction.dropReply)
      const error = yield* Effect.flip(registerUser({ userId: "user-123" }))
      assert.strictEqual(error._tag, "ConnectionLost")
      assert.strictEqual(error.outcome, "unknown")
      assert.lengthOf(yield* local.users, 1)
      assert.lengthOf(yield* local.requests, 1)
    }).pipe(Effect.provide(overHttp))
  )

  it.live("a reply that does not come in time is RequestTimeout, unknown", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.delay("1 hour"))
      const error = yield* Effect.flip(registerUser({ userId: "user-123" }).pipe(withTimeout("2 seconds")))
      assert.strictEqual(error._tag, "RequestTimeout")
      assert.strictEqual(error.outcome, "unknown")
    }).pipe(Effect.provide(overHttp))
  )

  it.live("a redirect is not followed: the other server sees nothing", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      const elsewhere = `${local.baseUrl}/elsewhere`
      for (const status of [301, 302, 303, 307, 308]) {
        yield* local.next(Instruction.reply(status, "", { location: elsewhere }))
        const error = yield* Effect.flip(registerUser({ userId: "user-123" }))
        assert.deepInclude(error, { _tag: "UnexpectedReply", outcome: "unknown", status })
      }
      assert.isFalse((yield* local.requests).some(({ path }) => path === "/elsewhere"))
    }).pipe(Effect.provide(overHttp))
  )

  it.live("the failures of the table come as they are in memory", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.next(Instruction.fail(Failure.signatureRejected), Instruction.fail(Failure.upstreamFailure))
      assert.strictEqual((yield* Effect.flip(registerUser({ userId: "u" })))._tag, "SignatureRejected")
      assert.strictEqual((yield* Effect.flip(registerUser({ userId: "u" })))._tag, "ServerError")
    }).pipe(Effect.provide(overHttp))
  )

  it.live("layerConfig takes credentials and base URL from the environment", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      const env = {
        SNAPTRADE_CLIENT_ID: local.clientId,
        SNAPTRADE_CONSUMER_KEY: Redacted.value(local.consumerKey),
        SNAPTRADE_BASE_URL: local.baseUrl
      }
      const user = yield* registerUser({ userId: "user-123" }).pipe(
        Effect.provide(
          NodeSnapTrade.layerConfig().pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
        )
      )
      assert.strictEqual(user.userId, "user-123")
    }).pipe(Effect.provide(layerServer()))
  )
})

describe("a transformed client", () => {
  const transformed = (transformClient: (client: HttpClient.HttpClient) => HttpClient.HttpClient) =>
    Layer.unwrap(
      Effect.map(LocalSnapTrade, ({ baseUrl, clientId, consumerKey }) =>
        NodeSnapTrade.layer({ baseUrl, clientId, consumerKey, transformClient })
      )
    ).pipe(Layer.provideMerge(layerServer()))

  it.live("may read the body before the operation does", () =>
    Effect.gen(function* () {
      const user = yield* registerUser({ userId: "user-123" })
      assert.strictEqual(user.userId, "user-123")
      assert.strictEqual((yield* Effect.flip(registerUser({ userId: "user-123" })))._tag, "UserAlreadyExists")
    }).pipe(Effect.provide(transformed(HttpClient.tap((response) => response.text))))
  )

  it.live("that sends from another fiber leaves nothing proven: what was applied is not called RequestNotSent", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.next(Instruction.dropReply)
      const error = yield* Effect.flip(registerUser({ userId: "user-123" }))
      assert.deepInclude(error, { _tag: "ConnectionLost", outcome: "unknown" })
      assert.lengthOf(yield* local.requests, 1)
    }).pipe(
      Effect.provide(
        transformed(
          HttpClient.transform((sending) =>
            Effect.callback((resume) => void Effect.runCallback(sending, { onExit: resume }))
          )
        )
      )
    )
  )
})

describe("proof that nothing was sent", () => {
  it.live("a refused connection is RequestNotSent", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(against(() => {}))
      const error = yield* Effect.flip(registerAt(port))
      assert.instanceOf(error, RequestNotSent)
      assert.include(error.detail, "ECONNREFUSED")
    })
  )

  it.live("time that runs out in the TLS handshake is RequestNotSent, not RequestTimeout", () =>
    Effect.gen(function* () {
      const port = yield* against(() => {})
      const error = yield* Effect.flip(
        registerUser({ userId: "user-123" }).pipe(
          Effect.provide(
            NodeSnapTrade.layer({
              clientId: "MY-APP",
              consumerKey: key,
              baseUrl: `https://127.0.0.1:${port}`,
              timeout: "200 millis"
            })
          )
        )
      )
      assert.instanceOf(error, RequestNotSent)
      assert.include(error.detail, "no connection within 0.2 s")
    }).pipe(Effect.scoped)
  )

  it.live("time that runs out while an address does not answer is RequestNotSent", () =>
    Effect.gen(function* () {
      const port = yield* neverAccepting
      const error = yield* Effect.flip(registerAt(port).pipe(withTimeout("300 millis")))
      assert.instanceOf(error, RequestNotSent)
    }).pipe(Effect.scoped)
  )

  it.live("time that runs out behind another request, on the only connection, is RequestNotSent", () =>
    Effect.gen(function* () {
      const received = yield* Deferred.make<void>()
      const port = yield* against((socket) =>
        socket.once("data", () => void Deferred.doneUnsafe(received, Effect.void))
      )
      const dispatcher = new Agent({ allowH2: false, connections: 1, pipelining: 1 })
      const first = yield* Effect.forkChild(registerAt(port, { dispatcher }))
      yield* Deferred.await(received)
      const error = yield* Effect.flip(registerAt(port, { dispatcher }).pipe(withTimeout("300 millis")))
      assert.instanceOf(error, RequestNotSent)
      yield* Fiber.interrupt(first)
      yield* Effect.promise(() => dispatcher.destroy())
    }).pipe(Effect.scoped)
  )

  it.live("what an interceptor cannot do with a reply is ConnectionLost: the request was sent", () =>
    Effect.gen(function* () {
      const port = yield* against((socket) =>
        socket.once("data", () =>
          socket.end("HTTP/1.1 307 Temporary Redirect\r\nlocation: ftp://127.0.0.1/\r\ncontent-length: 0\r\n\r\n")
        )
      )
      const agent = new Agent({ allowH2: false })
      const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 1 }))
      const error = yield* Effect.flip(registerAt(port, { dispatcher }))
      assert.deepInclude(error, { _tag: "ConnectionLost", outcome: "unknown" })
      assert.include(error.message, "UND_ERR_INVALID_ARG")
      yield* Effect.promise(() => agent.destroy())
    }).pipe(Effect.scoped)
  )

  it.live("a server that speaks no TLS is RequestNotSent", () =>
    Effect.gen(function* () {
      const port = yield* against((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
      const error = yield* Effect.flip(
        registerUser({ userId: "user-123" }).pipe(
          Effect.provide(
            NodeSnapTrade.layer({ clientId: "MY-APP", consumerKey: key, baseUrl: `https://127.0.0.1:${port}` })
          )
        )
      )
      assert.instanceOf(error, RequestNotSent)
    }).pipe(Effect.scoped)
  )

  it.live("a connection that is closed before the request was read is unknown: it may have left", () =>
    Effect.gen(function* () {
      const port = yield* against((socket) => socket.destroy())
      const error = yield* Effect.flip(registerAt(port))
      assert.deepInclude(error, { _tag: "ConnectionLost", outcome: "unknown" })
    }).pipe(Effect.scoped)
  )

  it.live("a reset after the request was read is unknown", () =>
    Effect.gen(function* () {
      const port = yield* against((socket) => socket.once("data", () => socket.resetAndDestroy()))
      const error = yield* Effect.flip(registerAt(port))
      assert.deepInclude(error, { _tag: "ConnectionLost", outcome: "unknown" })
    }).pipe(Effect.scoped)
  )

  it.live("a reply that breaks off is ConnectionLost", () =>
    Effect.gen(function* () {
      const port = yield* against((socket) =>
        socket.once("data", () => {
          socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"userId":"user-1')
        })
      )
      const error = yield* Effect.flip(registerAt(port))
      assert.deepInclude(error, { _tag: "ConnectionLost", outcome: "unknown", status: 200 })
    }).pipe(Effect.scoped)
  )

  it.live("a failure whose body breaks off keeps its row", () =>
    Effect.gen(function* () {
      const port = yield* against((socket) =>
        socket.once("data", () => {
          socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\n{"detail":"us')
        })
      )
      const error = yield* Effect.flip(registerAt(port))
      assert.deepInclude(error, { _tag: "InvalidRequest", outcome: "not-applied", status: 400 })
    }).pipe(Effect.scoped)
  )

  it.live("a byte that is not UTF-8 does not become part of a secret", () =>
    Effect.gen(function* () {
      const body = Buffer.concat([
        Buffer.from('{"userId":"user-123","userSecret":"abc'),
        Buffer.from([0xff]),
        Buffer.from('def"}')
      ])
      const port = yield* against((socket) =>
        socket.once("data", () => {
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`)
          socket.end(body)
        })
      )
      const error = yield* Effect.flip(registerAt(port))
      assert.deepInclude(error, { _tag: "UnexpectedReply", outcome: "applied" })
    }).pipe(Effect.scoped)
  )
})

describe("a long body", () => {
  it.live("that nobody reads, nor ever will, lets its connection go", () =>
    Effect.gen(function* () {
      const closed: Array<Socket> = []
      const port = yield* against((socket) => {
        socket.on("close", () => closed.push(socket))
        socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n[\r\n"))
      })
      const layer = NodeSnapTrade.layer({ clientId: "MY-APP", consumerKey: key, baseUrl: `http://127.0.0.1:${port}` })
      const context = yield* Layer.build(layer)
      // The stream of users is what the fiber ends with.
      const stream = SnapTrade.use((snapTrade) => snapTrade.execute(listUsers.streamDefinition, {}))
      yield* Effect.promise(() => Effect.runPromiseWith(context)(stream).then(constVoid))
      assert.lengthOf(closed, 0)
      for (let i = 0; i < 100 && closed.length === 0; i++) {
        collectGarbage()
        yield* Effect.sleep("10 millis")
      }
      assert.lengthOf(closed, 1)
    }).pipe(Effect.scoped)
  )

  it.live("in one chunk is read whole, piece by piece, while the process goes on", () =>
    Effect.gen(function* () {
      const length = 5_000_000
      const port = yield* against((socket) =>
        socket.once("data", () => {
          socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
          socket.write(`5\r\nfirst\r\n${length.toString(16)}\r\n${"x".repeat(length)}\r\n0\r\n\r\n`)
        })
      )
      const { stream } = yield* HttpClient.get(`http://127.0.0.1:${port}`)
      const read = yield* Stream.runFold(
        stream,
        () => 0,
        (sum, chunk) => sum + chunk.length
      )
      assert.strictEqual(read, length + "first".length)
    }).pipe(Effect.scoped, Effect.provide(NodeSnapTrade.layerHttpClient()))
  )
})

describe("the layers", () => {
  it.effect("layerSigner signs as node:crypto does, with one key for all messages", () =>
    Effect.gen(function* () {
      const sign = (yield* Signer).signWith(Redacted.make("7xY0example0consumer0key0AbCdEf"))
      const message =
        '{"content":{"userId":"snaptrade-user-123"},"path":"/snapTrade/registerUser","query":"clientId=PASSIVTEST&timestamp=1715123456"}'
      assert.strictEqual(yield* sign(message), "poqUgx8hq30XCiT+WMMR9dIDemkWw6VmLOwkWNAVA3A=")
      assert.strictEqual(yield* sign(message), "poqUgx8hq30XCiT+WMMR9dIDemkWw6VmLOwkWNAVA3A=")
    }).pipe(Effect.provide(NodeSnapTrade.layerSigner))
  )

  const signed = (consumerKey: string, message: string) =>
    Effect.flatMap(Signer, (signer) => signer.signWith(Redacted.make(consumerKey))(message)).pipe(
      Effect.provide(NodeSnapTrade.layerSigner)
    )
  const byOpenSSL = (consumerKey: string, message: string) =>
    createHmac("sha256", consumerKey).update(message).digest("base64")

  it.effect.prop(
    "layerSigner signs as OpenSSL's HMAC does, whatever key and message",
    [Schema.String, Schema.String],
    (given) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* signed(...given), byOpenSSL(...given))
      })
  )

  for (const length of [0, 1, 63, 64, 65, 960, 961, 5000]) {
    it.effect(`layerSigner signs as OpenSSL's HMAC does with a key and a message of ${length} characters`, () =>
      Effect.gen(function* () {
        for (const text of ["k".repeat(length), "é".repeat(length)]) {
          assert.strictEqual(yield* signed(text, text), byOpenSSL(text, text))
        }
      })
    )
  }

  it("has undici's own agent, though it loads nothing else of undici", () => {
    assert.strictEqual(AgentAlone, Agent)
  })

  it.effect("cannot be built from an empty key", () =>
    Effect.gen(function* () {
      const layer: Layer.Layer<SnapTrade, { readonly _tag: string }> = NodeSnapTrade.layer({
        clientId: "",
        consumerKey: key
      })
      const error = yield* Effect.flip(Effect.scoped(Layer.build(layer)))
      assert.strictEqual(error._tag, "InvalidCredentials")
    })
  )
})

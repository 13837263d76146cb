/**
 * The doors of a local SnapTrade on Node: a server of its own for each.
 */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { once } from "node:events"
import type { Server as HttpServer } from "node:http"
import { createServer, type Server, type Socket } from "node:net"
import { createServer as createTlsServer } from "node:tls"
import type { Door } from "../Door.ts"
import { selfSigned } from "./certificate.ts"

const longAgo = new Date("2020-01-01")

const serverOf = (door: Door, serve: (socket: Socket) => void): Server => {
  switch (door) {
    case "open":
    case "plain":
      return createServer(serve)
    case "self-signed":
      return createTlsServer(selfSigned(new Date()), serve)
    case "expired":
      return createTlsServer(selfSigned(longAgo), serve)
    case "closing":
      return createServer((socket) => void socket.destroy())
    case "resetting":
      return createServer((socket) => void socket.resetAndDestroy())
    case "handshake-closing":
      return createServer((socket) => void socket.once("data", () => socket.destroy()))
    case "handshake-resetting":
      return createServer((socket) => void socket.once("data", () => socket.resetAndDestroy()))
    case "refusing":
    case "silent":
    case "handshake-silent":
      return createServer(() => {})
  }
}

const ofTls = (door: Door) =>
  door === "self-signed" || door === "expired" || door === "plain" || door.startsWith("handshake-")

/**
 * Opens doors that lead to an HTTP server, until the scope ends.
 */
export const makeDoors = (http: HttpServer, scope: Scope.Scope) => {
  const open = (door: Door) =>
    Effect.promise(async () => {
      const sockets = new Set<Socket>()
      const server = serverOf(door, (socket) => http.emit("connection", socket))
      server.on("connection", (socket) => {
        sockets.add(socket)
        socket.on("error", () => {})
        socket.on("close", () => sockets.delete(socket))
      })
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      const address = server.address()
      const close = () => {
        server.close()
        for (const socket of sockets) socket.destroy()
      }
      if (door === "refusing") close()
      const port = typeof address === "object" ? address?.port : undefined
      return { close, url: `${ofTls(door) ? "https" : "http"}://127.0.0.1:${port}` }
    })

  return Effect.fnUntraced(function* (door: Door) {
    const { close, url } = yield* open(door)
    yield* Scope.addFinalizer(scope, Effect.sync(close))
    return url
  })
}

/**
 * A server that sees the bytes: it tells every whole request it read, and how each connection ended.
 */
import { once } from "node:events"
import { createServer, type Socket } from "node:net"
import { setTimeout } from "node:timers/promises"
import { createServer as createTlsServer } from "node:tls"
import { selfSigned } from "../../packages/testing/src/internal/certificate.ts"

/** Made for this run. */
export const certificate = selfSigned(new Date())

export interface Received {
  readonly method: string
  readonly socket: Socket
  /** Its place among all requests, from 1, and among those of its connection. */
  readonly nth: number
  readonly onConnection: number
}

export interface Ended {
  readonly by: "FIN" | "RST"
  readonly at: number
}

interface Serving {
  readonly tls?: boolean
  readonly connected?: (socket: Socket) => void
  /** When the head of a request has come. */
  readonly began?: (socket: Socket) => void
  readonly received?: (request: Received) => void
}

export const ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"

export const serve = async ({ began, connected, received, tls = false }: Serving) => {
  const requests: Array<Received> = []
  const sockets = new Set<Socket>()
  const ended = Promise.withResolvers<Ended>()

  const take = (socket: Socket) => {
    let read = Buffer.alloc(0)
    let count = 0
    let begun = 0
    socket.on("data", (chunk: Buffer) => {
      read = Buffer.concat([read, chunk])
      for (;;) {
        const head = read.indexOf("\r\n\r\n")
        if (head < 0) return
        if (begun === count) {
          begun++
          began?.(socket)
        }
        const text = read.subarray(0, head).toString()
        const whole = head + 4 + Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0)
        if (read.length < whole) return
        read = read.subarray(whole)
        const request = { method: text.split(" ", 1).join(""), socket, nth: requests.length + 1, onConnection: ++count }
        requests.push(request)
        received?.(request)
      }
    })
  }

  const server = tls ? createTlsServer(certificate, take) : createServer(take)
  server.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.once("end", () => ended.resolve({ by: "FIN", at: Date.now() }))
    socket.on("error", () => ended.resolve({ by: "RST", at: Date.now() }))
    connected?.(socket)
  })
  server.on("secureConnection", (socket: Socket) => socket.on("error", () => {}))
  server.on("tlsClientError", () => {})
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  const port = typeof address === "object" ? address?.port : address
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}/`,
    /** What was read as a whole. */
    requests,
    /** How a client ended a connection first, if it does within so many milliseconds. */
    firstEnd: (within: number) => Promise.race([ended.promise, setTimeout(within, undefined, { ref: false })]),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    }
  }
}

/** A port where nobody listens any more. */
export const refusing = async (): Promise<string> => {
  await using server = await serve({})
  return server.url
}

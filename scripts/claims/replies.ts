/**
 * Replies that are odd.
 */
import type { Socket } from "node:net"
import { setTimeout as pause } from "node:timers/promises"
import { type Claim, each, failed, isWorkerd, onNode, told } from "./claim.ts"
import type { Client } from "./clients.ts"
import { ok, serve } from "./server.ts"

/** What a client makes of bytes, and of how the connection ends. */
const answering = (reply: (socket: Socket) => void) => async (client: Client) => {
  await using server = await serve({ received: ({ socket }) => reply(socket) })
  const answer = await client.send({ url: server.url, timeout: 2000 })
  return answer.status === 200 ? `200 with ${answer.length} bytes` : failed(answer)
}

const unasked = (status: number) => async (client: Client) => {
  const atOnce = await answering((socket) => void socket.write(`HTTP/1.1 ${status} Unasked\r\n\r\n${ok}`))(client)
  const later = await answering((socket) => {
    socket.write(`HTTP/1.1 ${status} Unasked\r\n\r\n`)
    setTimeout(() => socket.write(ok), 50)
  })(client)
  return atOnce === later ? atOnce : `${atOnce} at once, ${later} later`
}

/** A 408 that comes on the idle connection, so long before the next request. */
const stray408 = (before: number) => async (client: Client) => {
  const statuses: Array<string> = []
  for (let i = 0; i < 20; i++) {
    await using server = await serve({
      received: ({ nth, socket }) => {
        socket.write(ok)
        if (nth === 1) setTimeout(() => socket.end("HTTP/1.1 408 Timeout\r\ncontent-length: 0\r\n\r\n"), 20)
      }
    })
    await client.send({ url: server.url })
    await pause(20 + before)
    statuses.push(failed(await client.send({ url: server.url, timeout: 2000 })))
  }
  return [...Map.groupBy(statuses, (status) => status)].map(([status, of]) => `${of.length}× ${status}`).join(", ")
}

/** A 413 when only the head was read. */
const early = (end: (socket: Socket) => void) => async (client: Client) => {
  await using server = await serve({
    began: (socket) => {
      socket.pause()
      socket.write("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
      end(socket)
    }
  })
  return failed(await client.send({ url: server.url, bytes: 8_000_000, timeout: 2000 }))
}

export const replies: ReadonlyArray<Claim> = [
  {
    claim: "A body that ends with the connection and is cut is a silent 200 everywhere",
    measure: async (clients) => {
      const answers = await each(
        clients,
        answering((socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n{"userSecr`))
      )
      return { holds: [...answers.values()].map((answer) => answer === "200 with 10 bytes"), measured: told(answers) }
    }
  },
  ...[100, 103].map((status): Claim => ({
    claim: `An unsolicited ${status} is an error with undici, and resolves on workerd with status ${status}`,
    measure: async (clients) => {
      const answers = await each(clients, unasked(status))
      const concerned = [...answers].filter(([name]) => name === "undici" || isWorkerd({ name }))
      const holds = concerned.map(([name, answer]) =>
        name === "undici" ? !answer.startsWith("200") : answer.startsWith(`status ${status}`)
      )
      return { holds, measured: told(answers) }
    }
  })),
  {
    claim: "A 408 on the idle connection is taken by workerd as the answer to the next request",
    measure: async (clients) => {
      const seen = await each(clients, stray408(30))
      const racing = await each(clients, stray408(0))
      return {
        holds: [...seen].filter(([name]) => isWorkerd({ name })).map(([, answer]) => answer.includes("408")),
        measured: `30 ms before the request: ${told(seen)}; as it leaves: ${told(racing)}`
      }
    }
  },
  {
    claim: "72 kB of headers are `UND_ERR_HEADERS_OVERFLOW` with undici; others accept them",
    measure: async (clients) => {
      const padded = ok.replace("\r\n", `\r\nx-padding: ${"x".repeat(72_000)}\r\n`)
      const answers = await each(
        clients,
        answering((socket) => void socket.write(padded))
      )
      const holds = [...answers].map(([name, answer]) =>
        onNode({ name }) ? answer === "UND_ERR_HEADERS_OVERFLOW" : answer === "200 with 2 bytes"
      )
      return { holds, measured: told(answers) }
    }
  },
  {
    claim: "undici loses an early 413 to a request with a body of 8 MB",
    measure: async (clients) => {
      const closed = await each(
        clients,
        early((socket) => void socket.end())
      )
      const later = await each(
        clients,
        early((socket) => void setTimeout(() => socket.resetAndDestroy(), 2))
      )
      const atOnce = await each(
        clients,
        early((socket) => socket.resetAndDestroy())
      )
      return {
        holds: [closed, later, atOnce].map((answers) => answers.get("undici") !== "status 413"),
        measured: `then a FIN: ${told(closed)}; then an RST 2 ms later: ${told(later)}; at once: ${told(atOnce)}`
      }
    }
  }
]

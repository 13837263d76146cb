/**
 * A process that sends what it is asked to, a line of JSON each: by undici, or by the fetch of its runtime.
 */
import { createInterface } from "node:readline"
import { type Ask, overFetch, send, type Transport } from "./send.ts"

const undici = async (): Promise<Transport> => {
  const { Agent, request } = await import("@effect/platform-node/Undici")
  const connect = { rejectUnauthorized: false }
  const agents = [new Agent({ allowH2: false, connect }), new Agent({ allowH2: true, connect })] as const
  return async ({ body, fresh = false, h2 = false, method = "POST", signal, url }) => {
    const reply = await request(url, { dispatcher: agents[h2 ? 1 : 0], method, body, signal, reset: fresh })
    return { status: reply.statusCode, body: reply.body }
  }
}

// The interface of handlers is another in the undici that Node brings.
const agentUnderFetch = async (): Promise<Transport> => {
  const { Agent } = await import("@effect/platform-node/Undici")
  const dispatcher = new Agent()
  const init: object = { dispatcher }
  return ({ method = "POST", url }) => fetch(url, { method, ...init })
}

const transports: Readonly<Record<string, () => Promise<Transport>>> = { undici, agentUnderFetch }
const transport = (await transports[process.argv[2] ?? ""]?.()) ?? overFetch

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, id }: { readonly id: number; readonly ask: Ask } = JSON.parse(line)
  void send(ask, transport).then((told) => console.log(JSON.stringify({ id, told })))
}
// What was interrupted may still hold a socket.
process.exit(0)

/**
 * How much memory a gzip bomb takes.
 */
import { createGzip } from "node:zlib"
import { once } from "node:events"
import { type Claim, each, isWorkerd, told } from "./claim.ts"
import { growth, startClients } from "./clients.ts"
import type { Ask, Told } from "./send.ts"
import { ok, serve } from "./server.ts"

const bomb = async (megabytes: number): Promise<Buffer> => {
  const gzip = createGzip()
  const pieces: Array<Buffer> = []
  gzip.on("data", (piece: Buffer) => pieces.push(piece))
  const zeros = Buffer.alloc(1_000_000)
  for (let i = 0; i < megabytes; i++) if (!gzip.write(zeros)) await once(gzip, "drain")
  gzip.end()
  await once(gzip, "end")
  return Buffer.concat(pieces)
}

interface Reading {
  readonly grown: number
  readonly length: number
  readonly milliseconds: number
}

/** What a gzip bomb of so many megabytes does to each client, in processes that held nothing before. */
const readings = async (megabytes: number, ask: Partial<Ask>, times = 1): Promise<ReadonlyMap<string, Reading>> => {
  const body = await bomb(megabytes)
  const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`
  await using server = await serve({ received: ({ socket }) => void (socket.write(head) && socket.write(body)) })
  await using small = await serve({ received: ({ socket }) => void socket.write(ok) })
  const clients = await startClients()
  const answers = await each(clients, async (client) => {
    // What is set up at the first request is not the bomb's.
    await client.send({ url: small.url })
    let last: Told | undefined
    const grown = await growth(client, async () => {
      for (let i = 0; i < times; i++) last = await client.send({ url: server.url, timeout: 30_000, ...ask })
    })
    return { grown, length: last?.length ?? 0, milliseconds: last?.milliseconds ?? 0 }
  })
  for (const client of clients) await client.stop()
  return answers
}

const asText = (answers: ReadonlyMap<string, Reading>, text: (reading: Reading) => string) =>
  told(new Map([...answers].map(([name, reading]) => [name, text(reading)])))

export const memory: ReadonlyArray<Claim> = [
  {
    claim: "undici does not decompress; fetch does, without a limit: a gzip bomb of 200 MB takes 150 to 212 MB",
    measure: async () => {
      const answers = await readings(200, {})
      return {
        holds: [...answers].map(([name, { grown, length }]) =>
          name === "undici" ? grown < 50 : length === 200_000_000 && grown >= 150
        ),
        measured: asText(answers, ({ grown, length }) => `${Math.round(length / 1e6)} MB read, ${grown} MB grown`)
      }
    }
  },
  {
    claim: "On workerd a timeout fires seconds late under a gzip bomb",
    measure: async () => {
      const answers = await readings(1000, { timeout: 200 })
      return {
        holds: [...answers].filter(([name]) => isWorkerd({ name })).map(([, { milliseconds }]) => milliseconds > 1200),
        measured: `200 ms, 1 GB: ${asText(answers, ({ grown, milliseconds }) => `${milliseconds} ms, ${grown} MB grown`)}`
      }
    }
  },
  {
    claim: "Counting what is read, and stopping, caps it",
    measure: async () => {
      const answers = await readings(200, { limit: 64 * 1024 }, 10)
      return {
        holds: [...answers.values()].map(({ grown }) => grown < 100),
        measured: `the most of 10 reads: ${asText(answers, ({ grown }) => `${grown} MB grown`)}`
      }
    }
  }
]

/**
 * Who sends a request again by itself.
 */
import { type Claim, each, told } from "./claim.ts"
import type { Client } from "./clients.ts"
import { ok, serve } from "./server.ts"

/** How often a request arrives whose connection, used before, ends when it has been read. */
const arrivals = async (client: Client, method: string, by: "FIN" | "RST") => {
  await using server = await serve({
    received: ({ nth, socket }) => {
      if (nth === 1) socket.write(ok)
      else if (by === "FIN") socket.end()
      else socket.resetAndDestroy()
    }
  })
  await client.send({ url: server.url })
  await client.send({ url: server.url, method, timeout: 2000 })
  return server.requests.length - 1
}

const times =
  (...methods: ReadonlyArray<string>) =>
  async (client: Client) => {
    const counts: Array<string> = []
    for (const method of methods) {
      counts.push(
        `${method} ${Math.max(await arrivals(client, method, "FIN"), await arrivals(client, method, "RST"))}×`
      )
    }
    return counts.join(", ")
  }

export const repeats: ReadonlyArray<Claim> = [
  {
    claim: "Over HTTP/1 no client repeats a POST",
    measure: async (clients) => {
      const counts = await each(clients, times("POST"))
      return { holds: [...counts.values()].map((count) => count === "POST 1×"), measured: told(counts) }
    }
  },
  {
    claim: "Bun repeats PUT and DELETE",
    measure: async (clients) => {
      const counts = await each(clients, times("PUT", "DELETE", "GET"))
      return { holds: [counts.get("Bun")?.startsWith("PUT 2×, DELETE 2×") === true], measured: told(counts) }
    }
  }
]

/**
 * Holds what is said of HTTP clients against raw clients and servers that see the bytes, on loopback, and writes into
 * docs/reliability.md what came of it. On Linux: memory is read from /proc. With a word: only the claims that have it, and
 * nothing is written.
 */
import { execFileSync } from "node:child_process"
import { createRequire } from "node:module"
import { bun, type Client, startClients } from "./claims/clients.ts"
import { codes } from "./claims/codes.ts"
import { connecting } from "./claims/connecting.ts"
import { connections } from "./claims/connections.ts"
import { http2 } from "./claims/http2.ts"
import { interrupting } from "./claims/interrupting.ts"
import { memory } from "./claims/memory.ts"
import { repeats } from "./claims/repeats.ts"
import { replies } from "./claims/replies.ts"
import { row, writeClaims } from "./claims/table.ts"

const word = process.argv[2]
const claims = [repeats, http2, connecting, codes, interrupting, connections, replies, memory].flat()

const verdict = (holds: ReadonlyArray<boolean>) => {
  if (holds.length === 0) return "not measured"
  if (holds.every(Boolean)) return "reproduced"
  return holds.some(Boolean) ? "corrected in part" : "corrected"
}

const measureAll = async (clients: ReadonlyArray<Client>) => {
  const rows: Array<string> = []
  for (const { claim, measure } of claims.filter((one) => one.claim.includes(word ?? ""))) {
    const { holds, measured } = await measure(clients)
    rows.push(row([claim, verdict(holds), measured]))
    console.log(rows.at(-1))
  }
  return rows
}

const clients = await startClients()
const rows = await measureAll(clients).finally(() => Promise.all(clients.map((client) => client.stop())))

if (word === undefined) {
  const versions = [
    `Node ${process.versions.node} (fetch by undici ${process.versions["undici"]})`,
    `undici ${createRequire(import.meta.resolve("@effect/platform-node/Undici"))("undici/package.json").version}`,
    `Bun ${execFileSync(bun, ["--version"], { encoding: "utf8" }).trim()}`,
    ...clients.flatMap(({ name }) => (name.startsWith("workerd") ? [name] : []))
  ]
  writeClaims(versions, rows)
}

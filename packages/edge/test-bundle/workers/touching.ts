/**
 * A Worker that does at global scope all that an import must not, and answers what was noticed.
 */
import { touched } from "./recorders.ts"

const attempts: ReadonlyArray<() => unknown> = [
  () => Date.now(),
  () => new Date(),
  () => performance.now(),
  () => Math.random(),
  () => crypto.getRandomValues(new Uint8Array(1)),
  () => crypto.randomUUID(),
  () => crypto.subtle.digest("SHA-256", new Uint8Array(1)),
  () => crypto.subtle.importKey("raw", new Uint8Array(1), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
  () => setTimeout(() => {}, 0),
  () => setInterval(() => {}, 1000),
  () => queueMicrotask(() => {}),
  () => fetch("http://127.0.0.1:1"),
  () => new WebSocket("ws://127.0.0.1:1")
]

for (const attempt of attempts) {
  try {
    // workerd refuses most of these, some at once and some later.
    Promise.resolve(attempt()).catch(() => {})
  } catch {}
}

const worker = { fetch: () => Response.json({ exported: [], touched }) }

export default worker

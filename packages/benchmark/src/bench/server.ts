/**
 * The server of the benchmark, in a process of its own: as little work as `node:http` allows, so that it is the client
 * that is measured. It answers a registration, and echoes the userId. For a userId that begins with `verified` it verifies the
 * signature: so no contender gets by without one.
 */
import { createHmac, createSecretKey } from "node:crypto"
import { createServer, type ServerResponse } from "node:http"
import process from "node:process"

const key = createSecretKey(process.argv[2] ?? "", "utf8")
const userSecret = "4d1c8a0e-8a4a-4c5b-9b56-3f5f0c1e7a21"
const path = "/snapTrade/registerUser"

const answer = (response: ServerResponse, status: number, json: string) => {
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(json),
    "x-request-id": "a3f0b1d2c4e5",
    "x-ratelimit-limit": "250",
    "x-ratelimit-remaining": "249",
    "x-ratelimit-reset": "60"
  })
  response.end(json)
}

const signatureOf = (userId: string, query: string) =>
  createHmac("sha256", key)
    .update(JSON.stringify({ content: { userId }, path, query }))
    .digest("base64")

const server = createServer((request, response) => {
  const [pathname, query = ""] = (request.url ?? "").split("?")
  const { signature } = request.headers
  let body = ""
  request.setEncoding("utf8")
  request.on("data", (chunk: string) => (body += chunk))
  request.on("end", () => {
    const { userId }: { readonly userId: string } = JSON.parse(body)
    const signed =
      signature?.length === 44 && (!userId.startsWith("verified") || signature === signatureOf(userId, query))
    if (request.method !== "POST" || pathname !== path || !signed || !/clientId=.+&timestamp=\d{10}$/.test(query)) {
      answer(response, 401, '{"detail":"Not a registration.","status_code":401,"code":"1076"}')
    } else {
      answer(response, 200, JSON.stringify({ userId, userSecret }))
    }
  })
})
// Connections outlive the rounds in which the others are measured.
server.keepAliveTimeout = 600_000
server.requestTimeout = 0
server.headersTimeout = 0
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  const address = server.address()
  if (address !== null && typeof address === "object") process.send?.(address.port)
})
process.on("disconnect", () => process.exit(0))

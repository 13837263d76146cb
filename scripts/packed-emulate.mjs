// Copied into a project that has installed the packed packages: starts the command that comes with them, asks it for its
// status, and stops it.
import { spawn } from "node:child_process"
import { once } from "node:events"

const child = spawn("node_modules/.bin/snaptrade-emulate", ["--port", "0"], { stdio: ["ignore", "pipe", "inherit"] })
const exited = once(child, "exit")
let printed = ""
for await (const chunk of child.stdout) {
  printed += chunk
  if (printed.includes("SNAPTRADE_CONSUMER_KEY")) break
}
const [, baseUrl] = /^export SNAPTRADE_BASE_URL=(.+)$/m.exec(printed) ?? []
const { online } = await (await fetch(`${baseUrl}/`)).json()
child.kill("SIGTERM")
const [code] = await exited
if (online !== true || code !== 0) throw new Error(`online: ${online}, exit code: ${code}`)

/**
 * The local SnapTrades for the tests inside workerd, where no server can run: they run in processes of their own, and are
 * instructed over their admin interface.
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { TestProject } from "vitest/node"

interface Address {
  readonly baseUrl: string
  readonly token: string
}

declare module "vitest" {
  export interface ProvidedContext {
    readonly localSnapTrade: Address
    /** Another one, so that the faults disturb nobody; without a rate limit. */
    readonly faultySnapTrade: Address
    /** Whether the long tests run at full length. */
    readonly full: boolean
  }
}

const emulate = fileURLToPath(new URL("../../testing/src/bin/emulate.ts", import.meta.url))
const token = crypto.randomUUID()
const children: Array<ReturnType<typeof spawn>> = []

const start = async (...options: ReadonlyArray<string>): Promise<Address> => {
  const args = [
    "--conditions=@effect-snaptrade/source",
    emulate,
    "--admin-token",
    token,
    "--log-level",
    "error",
    ...options
  ]
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
  children.push(child)
  const baseUrl = await new Promise<string>((resolve, reject) => {
    let printed = ""
    child.stdout.on("data", (chunk) => {
      printed += chunk
      const line = /^export SNAPTRADE_BASE_URL=(.+)\n/m.exec(printed)
      if (line?.[1] !== undefined) resolve(line[1])
    })
    child.on("exit", (code) => reject(new Error(`the local SnapTrade ended with ${code}`)))
  })
  return { baseUrl, token }
}

export const setup = async ({ provide }: TestProject) => {
  const [local, faulty] = await Promise.all([start(), start("--requests-per-minute", "1000000")])
  provide("localSnapTrade", local)
  provide("faultySnapTrade", faulty)
  provide("full", process.env["SNAPTRADE_FULL"] === "1")
}

export const teardown = () => {
  for (const child of children) child.kill("SIGINT")
}

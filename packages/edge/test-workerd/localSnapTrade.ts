/**
 * The local SnapTrade for the tests inside workerd, where no server can run: it runs in a process of its own, and is
 * instructed over its admin interface.
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  export interface ProvidedContext {
    readonly localSnapTrade: { readonly baseUrl: string; readonly token: string }
  }
}

const emulate = fileURLToPath(new URL("../../testing/src/bin/emulate.ts", import.meta.url))
const token = crypto.randomUUID()
let child: ReturnType<typeof spawn> | undefined

export const setup = async ({ provide }: TestProject) => {
  const args = ["--conditions=@effect-snaptrade/source", emulate, "--admin-token", token]
  const started = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
  child = started
  const baseUrl = await new Promise<string>((resolve, reject) => {
    let printed = ""
    started.stdout.on("data", (chunk) => {
      printed += chunk
      const line = /^export SNAPTRADE_BASE_URL=(.+)\n/m.exec(printed)
      if (line?.[1] !== undefined) resolve(line[1])
    })
    started.on("exit", (code) => reject(new Error(`the local SnapTrade ended with ${code}`)))
  })
  provide("localSnapTrade", { baseUrl, token })
}

export const teardown = () => {
  child?.kill("SIGINT")
}

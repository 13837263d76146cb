/**
 * The raw clients: undici and fetch in a process of Node, fetch in one of Bun, and fetch in two versions of workerd, which
 * do not agree: the one that miniflare brings, and the one that the tests run in.
 */
import { build } from "esbuild"
import { Miniflare } from "miniflare"
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, readlinkSync, writeFileSync } from "node:fs"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { fileURLToPath } from "node:url"
import type { Ask, Told } from "./send.ts"
import { certificate } from "./server.ts"

export interface Client {
  /** With its version where there are two. */
  readonly name: string
  readonly send: (ask: Ask) => Promise<Told>
  readonly process: number
  readonly stop: () => Promise<void>
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))
export const bun = here("../../node_modules/.bin/bun")

/** Bun, and Node with its own undici and with ours. */
const programs = {
  undici: [process.execPath, here("child.ts"), "undici"],
  "Node fetch": [process.execPath, here("child.ts")],
  Bun: [bun, here("child.ts")],
  "agent under fetch": [process.execPath, here("child.ts"), "agentUnderFetch"]
} as const

/** Starts a process; behind another program, if told, such as one that takes the network away. */
export const child = async (name: keyof typeof programs, before: ReadonlyArray<string> = []) => {
  const [program, ...args] = [...before, ...programs[name]]
  if (program === undefined) throw new Error("nothing to start")
  const started = spawn(program, args, {
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: "0" }
  })
  const waiting = new Map<number, (told: Told) => void>()
  createInterface({ input: started.stdout }).on("line", (line) => {
    const { id, told }: { readonly id: number; readonly told: Told } = JSON.parse(line)
    waiting.get(id)?.(told)
    waiting.delete(id)
  })
  let sent = 0
  return {
    send: (ask: Ask) =>
      new Promise<Told>((resolve) => {
        waiting.set(++sent, resolve)
        started.stdin.write(`${JSON.stringify({ id: sent, ask })}\n`)
      }),
    process: started.pid ?? 0,
    stop: async () => {
      started.stdin.end()
      if (started.exitCode === null) await once(started, "exit")
    }
  }
}

const children = (): ReadonlyArray<string> =>
  readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ")

const workerd = async (binary?: string): Promise<Client> => {
  const { outputFiles } = await build({
    entryPoints: [here("worker.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser"
  })
  const tlsOptions = { trustedCertificates: [certificate.cert] }
  const before = new Set(children())
  if (binary !== undefined) process.env["MINIFLARE_WORKERD_PATH"] = binary
  const miniflare = new Miniflare({
    modules: true,
    script: outputFiles.map(({ text }) => text).join(""),
    compatibilityDate: "2026-07-01",
    cf: false,
    outboundService: { network: { allow: ["public", "private"], tlsOptions } },
    // What it logs of its own failures.
    handleRuntimeStdio: (...outputs: ReadonlyArray<Readable>) => {
      for (const output of outputs) output.resume()
    }
  })
  await miniflare.ready
  delete process.env["MINIFLARE_WORKERD_PATH"]
  const started = children().find((pid) => !before.has(pid))
  const file = readlinkSync(`/proc/${started}/exe`)
  return {
    // "workerd 2026-07-30"
    name: execFileSync(file, ["--version"], { encoding: "utf8" }).trim(),
    send: async (ask) => {
      const reply = await miniflare.dispatchFetch("http://worker/", { method: "POST", body: JSON.stringify(ask) })
      return JSON.parse(await reply.text())
    },
    process: Number(started),
    stop: () => miniflare.dispose()
  }
}

/** Starts them all. */
export const startClients = async (): Promise<ReadonlyArray<Client>> => [
  { name: "undici", ...(await child("undici")) },
  { name: "Node fetch", ...(await child("Node fetch")) },
  { name: "Bun", ...(await child("Bun")) },
  await workerd(),
  await workerd(fileURLToPath(import.meta.resolve("workerd/bin/workerd")))
]

const kilobytes = (pid: number, line: string) =>
  Number(new RegExp(`^${line}:\\s*(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1])

/** By how many megabytes a client's process grew at its highest, beyond what it held before. As Linux counts it. */
export const growth = async (client: Pick<Client, "process">, during: () => Promise<unknown>): Promise<number> => {
  writeFileSync(`/proc/${client.process}/clear_refs`, "5")
  const before = kilobytes(client.process, "VmRSS")
  await during()
  return Math.round((kilobytes(client.process, "VmHWM") - before) / 1024)
}

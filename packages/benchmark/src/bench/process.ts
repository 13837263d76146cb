/**
 * A process that holds one contender and does what the benchmark's main process tells it, line by line.
 */
import { readFileSync } from "node:fs"
import process from "node:process"
import { createInterface } from "node:readline"
import { checked, type Client, type Connect } from "../../contenders/contender.ts"
import type { Answers, Command } from "./commands.ts"
import { calls, callsFor, latencies } from "./load.ts"
import { profiled } from "./profiled.ts"

// The kernel's word where it gives one: what Bun calls maxRSS is not what Node calls so.
const peakKilobytes = (): number => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1])
  } catch {
    return process.resourceUsage().maxRSS
  }
}

const measured = async <A>(run: () => Promise<A>) => {
  const cpu = process.cpuUsage()
  const before = performance.now()
  const value = await run()
  const milliseconds = performance.now() - before
  const { system, user } = process.cpuUsage(cpu)
  return { value, milliseconds, cpuMicroseconds: system + user }
}

const doing: {
  readonly [Do in Command["do"]]: (client: Client, command: Extract<Command, { do: Do }>) => Promise<Answers[Do]>
} = {
  verify: async (client) => {
    for (let i = 0; i < 3; i++) await checked(client, `verified-${i}-é`)
  },
  sequential: async (client, { milliseconds }) => ({ latencies: await latencies(client, milliseconds) }),
  together: async (client, { concurrency, milliseconds }) => {
    // Connections are opened before the clock runs.
    await calls(client, concurrency, concurrency)
    const { value, ...rest } = await measured(() => callsFor(client, milliseconds, concurrency))
    return { calls: value, ...rest }
  },
  calls: async (client, { concurrency, count }) => {
    const { cpuMicroseconds, milliseconds } = await measured(() => calls(client, count, concurrency))
    return { calls: count, milliseconds, cpuMicroseconds, peakKilobytes: peakKilobytes() }
  },
  profile: (client, { concurrency, file, milliseconds }) =>
    profiled(file, () => callsFor(client, milliseconds, concurrency))
}

/** Serves until its standard input ends. */
export const serve = async (connect: Connect): Promise<void> => {
  const [, , baseUrl = "", clientId = "", consumerKey = ""] = process.argv
  const client = await connect({ baseUrl, clientId, consumerKey })
  for await (const line of createInterface({ input: process.stdin })) {
    const command: Command = JSON.parse(line)
    // The command's name picks the function that takes it: TypeScript does not see that.
    const run = doing[command.do] as (client: Client, command: Command) => Promise<unknown>
    process.stdout.write(`${JSON.stringify((await run(client, command)) ?? null)}\n`)
  }
  process.exit(0)
}

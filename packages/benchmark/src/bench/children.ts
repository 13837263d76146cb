/**
 * The other processes: the server, and those that hold a contender.
 */
import { fork, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import type { Answers, Command } from "./commands.ts"

export const clientId = "BENCHMARK"
export const consumerKey = "a-consumer-key-of-the-benchmark-0123456789"

export interface Server extends Disposable {
  readonly baseUrl: string
  readonly args: ReadonlyArray<string>
}

export const startServer = async (program: string): Promise<Server> => {
  const child = fork(program, [consumerKey], { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  const [port] = await once(child, "message")
  const baseUrl = `http://127.0.0.1:${Number(port)}`
  return {
    baseUrl,
    args: [baseUrl, clientId, consumerKey],
    [Symbol.dispose]: () => {
      child.kill()
    }
  }
}

export interface ContenderProcess extends AsyncDisposable {
  readonly tell: <C extends Command>(command: C) => Promise<Answers[C["do"]]>
}

export const startContender = (binary: string, program: string, args: ReadonlyArray<string>): ContenderProcess => {
  const child = spawn(binary, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] })
  const exited = once(child, "exit")
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    tell: async (command) => {
      child.stdin.write(`${JSON.stringify(command)}\n`)
      const line = await lines.next()
      if (line.done === true) throw new Error(`${program} on ${binary} ended while it was to ${command.do}`)
      return JSON.parse(line.value)
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await exited
    }
  }
}

/** Runs a program to its end: what it printed, and how long it was there. */
export const runToEnd = async (binary: string, args: ReadonlyArray<string>) => {
  const before = performance.now()
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] })
  let printed = ""
  child.stdout.on("data", (chunk) => (printed += String(chunk)))
  const [code] = await once(child, "exit")
  const milliseconds = performance.now() - before
  if (code !== 0) throw new Error(`${binary} ${args.join(" ")} ended with ${String(code)}`)
  return { printed, milliseconds }
}

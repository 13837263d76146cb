import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("claimant.ts", import.meta.url))

/** Lets processes claim app users of one database at once; answers what each won. */
export const claimInProcesses = async (
  processes: number,
  kind: "sqlite" | "postgres",
  place: string,
  appUsers: number
): Promise<ReadonlyArray<ReadonlyArray<number>>> => {
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, ["--conditions=@effect-snaptrade/source", program, kind, place, `${appUsers}`], {
      stdio: ["pipe", "pipe", "pipe"]
    })
  )
  const ended = children.map(async (child) => {
    let said = ""
    let complained = ""
    child.stdout.on("data", (chunk) => (said += chunk))
    child.stderr.on("data", (chunk) => (complained += chunk))
    const [code] = await once(child, "close")
    if (code !== 0) throw new Error(`a process ended with ${code}: ${complained}`)
    return JSON.parse(said.replace("ready\n", "")) as ReadonlyArray<number>
  })
  await Promise.all(children.map((child) => Promise.race([once(child.stdout, "data"), once(child, "close")])))
  for (const child of children) child.stdin.write("go")
  return Promise.all(ended)
}

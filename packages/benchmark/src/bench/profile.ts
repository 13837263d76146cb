/**
 * CPU profiles of ours on this Node and on Bun: 50 at once and one after another, with the same of the barest client to hold
 * beside it, and on Node in the process alone.
 */
import { join } from "node:path"
import { bun, generated } from "../places.ts"
import { profileTables } from "../report/profile.ts"
import { print } from "../table.ts"
import { runToEnd, startContender, startServer } from "./children.ts"
import { type ContenderId, says } from "./contenders.ts"
import { plainProgram, servingProgram } from "./programs.ts"

const profiled: ReadonlyArray<{ readonly runtime: string; readonly binary: string; readonly id: ContenderId }> = [
  { runtime: "Node", binary: process.execPath, id: "oursNode" },
  { runtime: "Node", binary: process.execPath, id: "undici" },
  { runtime: "Bun", binary: bun, id: "oursBun" },
  { runtime: "Bun", binary: bun, id: "fetchNodeCrypto" }
]

/** Prints them, and answers what it printed as Markdown. */
export const profile = async (): Promise<string> => {
  const parts: Array<string> = []
  const tell = (title: string, tables: string) => {
    print(`\n${title}\n\n${tables}`)
    parts.push(`## ${title}\n\n\`\`\`\n${tables}\n\`\`\``)
  }
  using server = await startServer(await plainProgram("server"))
  for (const { binary, id, runtime } of profiled) {
    await using child = startContender(binary, await servingProgram(id), server.args)
    await child.tell({ do: "together", concurrency: 50, milliseconds: 4000 })
    for (const [concurrency, way] of [
      [50, "50 at once"],
      [1, "one after another"]
    ] as const) {
      const file = join(generated, `${id}.${concurrency}.cpuprofile`)
      const { calls, cpuMicroseconds } = await child.tell({ do: "together", concurrency, milliseconds: 3000 })
      await child.tell({ do: "profile", concurrency, milliseconds: 4000, file })
      const perCall = cpuMicroseconds / calls
      const title = `${runtime}, ${says[id]}, ${way}: ${perCall.toFixed(1)} µs of CPU a call`
      tell(title, profileTables(file, perCall))
    }
  }
  const file = join(generated, "inProcess.cpuprofile")
  await runToEnd(process.execPath, [await plainProgram("inProcess"), "3000", file])
  tell("Node, effect-snaptrade in the process, without a network", profileTables(file))
  print(`\n${generated}/*.cpuprofile open in Chrome's developer tools`)
  return `# Where the time of a call goes

Written by \`pnpm bench --profile\`, on Node ${process.versions.node} and Bun: self time, sampled. Shares carry over to other machines, microseconds do not.
Where a runtime tells idle time, it is left out; CPU includes the runtime's other threads.

${parts.join("\n\n")}
`
}

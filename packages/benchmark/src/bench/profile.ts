/**
 * CPU profiles of ours on this Node: at 50 at once, with the same of bare undici to hold beside it, and in the process alone.
 */
import { join } from "node:path"
import { generated } from "../places.ts"
import { profileTables } from "../report/profile.ts"
import { print } from "../table.ts"
import { runToEnd, startContender, startServer } from "./children.ts"
import { type ContenderId, says } from "./contenders.ts"
import { plainProgram, servingProgram } from "./programs.ts"

/** Prints them, and answers what it printed as Markdown. */
export const profile = async (): Promise<string> => {
  const parts: Array<string> = []
  const tell = (title: string, tables: string) => {
    print(`\n${title}\n\n${tables}`)
    parts.push(`## ${title}\n\n\`\`\`\n${tables}\n\`\`\``)
  }
  using server = await startServer(await plainProgram("server"))
  for (const id of ["oursNode", "undici"] satisfies ReadonlyArray<ContenderId>) {
    await using child = startContender(process.execPath, await servingProgram(id), server.args)
    const file = join(generated, `${id}.cpuprofile`)
    await child.tell({ do: "together", concurrency: 50, milliseconds: 4000 })
    const { calls, cpuMicroseconds } = await child.tell({ do: "together", concurrency: 50, milliseconds: 3000 })
    await child.tell({ do: "profile", concurrency: 50, milliseconds: 4000, file })
    const perCall = cpuMicroseconds / calls
    tell(`${says[id]}, 50 at once: ${perCall.toFixed(1)} µs of CPU a call`, profileTables(file, perCall))
  }
  const file = join(generated, "inProcess.cpuprofile")
  await runToEnd(process.execPath, [await plainProgram("inProcess"), "3000", file])
  tell("effect-snaptrade in the process, without a network", profileTables(file))
  print(`\n${generated}/*.cpuprofile open in Chrome's developer tools`)
  return `# Where the time of a call goes

Written by \`pnpm bench --profile\`, on Node ${process.versions.node}: self time, sampled. Shares carry over to other machines, microseconds do not.

${parts.join("\n\n")}
`
}

/**
 * CPU profiles of ours on this Node: at 50 at once, with the same of bare undici to hold beside it, and in the process alone.
 */
import { join } from "node:path"
import { generated } from "../places.ts"
import { printProfile } from "../report/profile.ts"
import { print } from "../table.ts"
import { runToEnd, startContender, startServer } from "./children.ts"
import type { ContenderId } from "./contenders.ts"
import { plainProgram, servingProgram } from "./programs.ts"

export const profile = async (): Promise<void> => {
  using server = await startServer(await plainProgram("server"))
  for (const id of ["undici", "oursNode"] satisfies ReadonlyArray<ContenderId>) {
    await using child = startContender(process.execPath, await servingProgram(id), server.args)
    const file = join(generated, `${id}.cpuprofile`)
    await child.tell({ do: "together", concurrency: 50, milliseconds: 2000 })
    const { calls, cpuMicroseconds } = await child.tell({ do: "together", concurrency: 50, milliseconds: 3000 })
    await child.tell({ do: "profile", concurrency: 50, milliseconds: 4000, file })
    const perCall = cpuMicroseconds / calls
    print(`\n${id}: ${perCall.toFixed(1)} µs of CPU a call at 50 at once, without the profiler`)
    print(`${file}: opens in Chrome's developer tools`)
    printProfile(file, perCall)
  }
  const file = join(generated, "inProcess.cpuprofile")
  await runToEnd(process.execPath, [await plainProgram("inProcess"), "3000", file])
  print(`\nours in the process, without a network\n${file}`)
  printProfile(file)
}

/**
 * A CPU profile of what runs meanwhile, by the process itself: neither its start nor its warming up is in it.
 */
import { writeFileSync } from "node:fs"

export const profiled = async (file: string, run: () => Promise<unknown>): Promise<void> => {
  const { Session } = await import("node:inspector/promises")
  const session = new Session()
  session.connect()
  await session.post("Profiler.enable")
  await session.post("Profiler.setSamplingInterval", { interval: 200 })
  await session.post("Profiler.start")
  await run()
  const { profile } = await session.post("Profiler.stop")
  writeFileSync(file, JSON.stringify(profile))
}

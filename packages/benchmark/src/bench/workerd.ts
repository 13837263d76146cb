/**
 * Contenders inside workerd, each a Worker in an isolate of its own, interleaved as on the other runtimes.
 */
import { Miniflare } from "miniflare"
import { createRequire } from "node:module"
import type { WorkerContender, Workerd } from "../results.ts"
import { sizeOf } from "../size/bundle.ts"
import { clientId, consumerKey, type Server } from "./children.ts"
import { type ContenderId, onWorkerd, says } from "./contenders.ts"
import type { Plan } from "./plan.ts"
import { workerScript } from "./programs.ts"

const saysThere = (id: ContenderId): string => (id === "sdk" ? `${says.sdk}, mended by hand` : says[id])

const version = (): string => {
  const require = createRequire(import.meta.url)
  const manifest: { readonly version: string } = createRequire(require.resolve("miniflare"))("workerd/package.json")
  return manifest.version
}

export const runWorkerd = async (server: Server, plan: Plan): Promise<Workerd> => {
  const absent: Array<{ readonly says: string; readonly why: string }> = []
  const scripts = new Map<ContenderId, string>()
  for (const id of onWorkerd) {
    try {
      scripts.set(id, await workerScript(id))
    } catch (error) {
      absent.push({ says: saysThere(id), why: String(error).slice(0, 300) })
    }
  }
  const miniflare = new Miniflare({
    cf: false,
    workers: [...scripts].map(([id, script]) => ({
      name: id,
      modules: [{ type: "ESModule" as const, path: "worker.js", contents: script }],
      // Only the official SDK needs Node's modules.
      compatibilityFlags: id === "sdk" ? ["nodejs_compat"] : [],
      bindings: { baseUrl: server.baseUrl, clientId, consumerKey },
      compatibilityDate: "2026-07-01",
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }]
    }))
  })
  try {
    const taking = async (id: ContenderId, count: number, concurrency: number): Promise<number> => {
      const url = new URL(`/?count=${count}&concurrency=${concurrency}`, await miniflare.unsafeGetDirectURL(id))
      const before = performance.now()
      const response = await fetch(url)
      const text = await response.text()
      if (text !== "done") throw new Error(text)
      return performance.now() - before
    }
    const lanes: Array<{
      readonly id: ContenderId
      readonly count: number
      readonly rounds: Array<WorkerContender["rounds"][number]>
    }> = []
    for (const id of scripts.keys()) {
      try {
        await taking(id, 300, 50)
        // As many as fit into the time that a round has.
        const count = Math.ceil((plan.milliseconds * 500) / (await taking(id, 500, 50)))
        lanes.push({ id, count, rounds: [] })
      } catch (error) {
        absent.push({ says: saysThere(id), why: String(error).slice(0, 300) })
      }
    }
    for (let round = 0; round < plan.workerdRounds; round++) {
      for (const { count, id, rounds } of round % 2 === 0 ? lanes : lanes.toReversed()) {
        const alone = Math.ceil(count / 4)
        const at1 = (alone * 1000) / (await taking(id, alone, 1))
        rounds.push({ at1, at50: (count * 1000) / (await taking(id, count, 50)) })
      }
    }
    return {
      version: version(),
      absent,
      contenders: lanes.map(({ id, rounds }) => ({
        id,
        says: saysThere(id),
        gzip: sizeOf(scripts.get(id) ?? "").gzip,
        rounds
      }))
    }
  } finally {
    await miniflare.dispose()
  }
}

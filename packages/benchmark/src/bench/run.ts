/**
 * One whole run.
 */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { arch, cpus, release, totalmem, type as systemType } from "node:os"
import { dirname, join } from "node:path"
import { bun, nodeOf, packageDirectory, repository } from "../places.ts"
import type { Machine, Results, Runtime } from "../results.ts"
import { measureSizes } from "../size/measure.ts"
import { print } from "../table.ts"
import { startServer } from "./children.ts"
import { type ContenderId, onBun, onMainNode, onNode } from "./contenders.ts"
import { measureColdStart, measureGrowth, measureInProcess, measureMemory } from "./fresh.ts"
import type { Plan } from "./plan.ts"
import { plainProgram } from "./programs.ts"
import { type Repeats, type Runner, runRounds } from "./rounds.ts"
import { makeStages } from "./stages.ts"
import { runWorkerd } from "./workerd.ts"

const said = (binary: string, ...args: ReadonlyArray<string>) =>
  execFileSync(binary, args, { encoding: "utf8", cwd: repository }).trim()

const nodeRunner = (major: number, repeats: Repeats, ids: ReadonlyArray<ContenderId>): ReadonlyArray<Runner> => {
  const binary = nodeOf(major)
  if (binary === undefined) {
    print(`Node ${major} is not on this machine: left out`)
    return []
  }
  const version = said(binary, "--version").slice(1)
  return [{ name: `Node ${major}`, version, binary, ids, base: "undici", ...repeats }]
}

const machine = (): Machine => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGigabytes: Math.round(totalmem() / 2 ** 30),
  system: `${systemType()} ${release()} ${arch()}`
})

// By the packages' own files: not every package lets its package.json be imported.
const versionOf = (name: string): string => {
  const manifest = join(packageDirectory, "node_modules", name, "package.json")
  const { version }: { readonly version: string } = JSON.parse(readFileSync(manifest, "utf8"))
  return version
}

const platformNodeVersion = (): string => {
  const require = createRequire(join(packageDirectory, "node_modules/@effect-snaptrade/node/package.json"))
  const manifest = join(dirname(require.resolve("@effect/platform-node/NodeHttpClient")), "../package.json")
  const { version }: { readonly version: string } = JSON.parse(readFileSync(manifest, "utf8"))
  return version
}

const commit = () => said("git", "rev-parse", "--short=12", "HEAD")

export const runEverything = async (
  plan: Plan,
  options: { readonly quick: boolean; readonly resume: boolean }
): Promise<Results> => {
  const { seconds, stage } = makeStages(`${options.quick ? "quick" : "full"} ${commit()}`, options.resume)

  const repeats: Repeats = { rounds: plan.rounds, memoryRuns: plan.memoryRuns }
  const major = Number(process.versions.node.split(".")[0])
  const here = nodeRunner(major, repeats, onMainNode)[0]
  if (here === undefined) throw new Error("this Node has no binary")
  const bunRunner: Runner = {
    name: "Bun",
    version: said(bun, "--version"),
    binary: bun,
    ids: onBun,
    base: "fetchNodeCrypto",
    ...repeats
  }
  const others = [22, 24, 26]
    .filter((other) => other !== major)
    .flatMap((other) => nodeRunner(other, { rounds: plan.otherRounds, memoryRuns: plan.otherMemoryRuns }, onNode))

  using server = await startServer(await plainProgram("server"))
  const runtimes: Array<Runtime> = []
  for (const runner of [here, bunRunner, ...others]) {
    runtimes.push(await stage(runner.name, () => runRounds(runner, server, plan)))
  }
  const workerd = await stage("workerd", () => runWorkerd(server, plan))
  const memory = await stage("memory", () => measureMemory([here, bunRunner, ...others], server, plan))
  const cold = await stage("cold start", () => measureColdStart({ ...here, ids: onNode }, server, plan))
  const inProcess = await stage("in process", () => measureInProcess([here, ...others, bunRunner], plan))
  const growth = await stage("growth", () => measureGrowth(here, server, plan))
  const sizes = await stage("sizes", () =>
    measureSizes(options.quick ? { bundlers: ["esbuild"], brotliQuality: 5 } : {})
  )
  return {
    command: `pnpm bench${options.quick ? " --quick" : ""}`,
    quick: options.quick,
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    dirty: said("git", "status", "--porcelain", "--", "packages", "pnpm-lock.yaml") !== "",
    seconds: seconds(),
    machine: machine(),
    versions: {
      effect: versionOf("effect"),
      "@effect/platform-node": platformNodeVersion(),
      undici: versionOf("undici"),
      "snaptrade-typescript-sdk": versionOf("snaptrade-typescript-sdk"),
      esbuild: versionOf("esbuild"),
      rolldown: versionOf("rolldown")
    },
    runtimes,
    workerd,
    memory,
    ...cold,
    inProcess,
    growth,
    sizes
  }
}

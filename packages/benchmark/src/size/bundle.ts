/**
 * One program through one bundler, minified.
 */
import { build } from "esbuild"
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { builtinModules } from "node:module"
import { basename, join, relative } from "node:path"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import { rolldown } from "rolldown"
import { bun, generated, repository } from "../places.ts"

export type Target = "worker" | "browser" | "node" | "bun"

export interface Bundle {
  readonly code: string
  /** The files that left something in it, below the repository; not known of Bun. */
  readonly inputs: ReadonlyArray<string> | undefined
}

// The conditions of a worker are wrangler's.
const conditions: Record<Target, ReadonlyArray<string>> = {
  worker: ["workerd", "worker", "browser"],
  browser: ["browser"],
  node: ["node"],
  bun: ["bun", "node"]
}

const builtins = [...builtinModules, ...builtinModules.map((name) => `node:${name}`)]

const below = (file: string) => relative(repository, file)

/** As wrangler does, for `worker`; its `keepNames` is an option of its own, since an application can switch it off. */
export const esbuild = async (file: string, target: Target, keepNames = false): Promise<Bundle> => {
  const { metafile, outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    keepNames,
    format: "esm",
    target: "es2024",
    platform: target === "node" || target === "bun" ? "node" : "browser",
    conditions: [...conditions[target]],
    // Only the official SDK has any, and guards its use of them.
    external: target === "browser" ? builtins : [],
    metafile: true,
    write: false,
    logLevel: "error",
    absWorkingDir: repository
  })
  const inputs = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([input, { bytesInOutput }]) => (bytesInOutput > 0 ? [input] : []))
  )
  return { code: outputFiles.map(({ text }) => text).join(""), inputs }
}

const byRolldown = async (file: string, target: Target): Promise<Bundle> => {
  const bundle = await rolldown({
    input: file,
    platform: target === "node" || target === "bun" ? "node" : "browser",
    resolve: { conditionNames: ["import", "default", ...conditions[target]] },
    external: target === "worker" ? [] : builtins,
    logLevel: "silent"
  })
  const { output } = await bundle.generate({ format: "esm", minify: true })
  await bundle.close()
  const chunks = output.filter((part) => part.type === "chunk")
  return {
    code: chunks.map(({ code }) => code).join(""),
    inputs: chunks.flatMap(({ modules }) =>
      Object.entries(modules).flatMap(([id, { renderedLength }]) => (renderedLength > 0 ? [below(id)] : []))
    )
  }
}

const byBun = (file: string, target: Target): Bundle => {
  const outfile = join(generated, `${basename(file, ".ts")}.bun.js`)
  const args = [
    "build",
    file,
    "--minify",
    "--format=esm",
    `--target=${target === "worker" ? "browser" : target}`,
    ...conditions[target].map((condition) => `--conditions=${condition}`),
    // For browsers Bun would bring modules of its own in place of Node's.
    ...(target === "browser" ? builtins.map((name) => `--external=${name}`) : []),
    `--outfile=${outfile}`
  ]
  execFileSync(bun, args, { stdio: ["ignore", "ignore", "inherit"] })
  return { code: readFileSync(outfile, "utf8"), inputs: undefined }
}

export const bundlers = {
  esbuild: (file: string, target: Target) => esbuild(file, target),
  rolldown: byRolldown,
  bun: async (file: string, target: Target) => byBun(file, target)
} as const

export type Bundler = keyof typeof bundlers

export interface Size {
  readonly minified: number
  readonly gzip: number
  readonly brotli: number
}

/** Brotli at its best takes seconds for a Node program; at 5 it tells the same story. */
export const sizeOf = (code: string, quality = 11): Size => ({
  minified: Buffer.byteLength(code),
  gzip: gzipSync(code, { level: 9 }).length,
  brotli: brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }).length
})

/**
 * Which modules a bundle is made of.
 */
import { build } from "esbuild"
import { join } from "node:path"
import { packageDirectory, repository } from "../places.ts"
import { kilobytes, print, table } from "../table.ts"

const bytesByModule = async (program: string): Promise<ReadonlyMap<string, number>> => {
  const { metafile } = await build({
    entryPoints: [join(packageDirectory, `programs/${program}.ts`)],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2024",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    metafile: true,
    absWorkingDir: repository
  })
  const bytes = new Map<string, number>()
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const name = file
        .replace(/.*node_modules\//, "")
        .replace("packages/", "")
        .replace("dist/", "")
      bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput)
    }
  }
  return bytes
}

const show = (title: string, bytes: ReadonlyMap<string, number>) => {
  const rows = [...bytes].filter(([, size]) => size > 0).toSorted(([, a], [, b]) => b - a)
  const sum = rows.reduce((total, [, size]) => total + size, 0)
  const most = rows.slice(0, 40).map(([name, size]) => [name, kilobytes(size)])
  print(`\n${table([title, "kB minified"], [...most, [`all ${rows.length} modules`, kilobytes(sum)]])}`)
}

export const printWhy = async (): Promise<void> => {
  const worker = await bytesByModule("edge")
  const without = await bytesByModule("application")
  const added = new Map(
    [...(await bytesByModule("applicationAndOurs"))].map(([name, size]) => [name, size - (without.get(name) ?? 0)])
  )
  show("Worker that registers one user", worker)
  show("what ours adds to an application", added)
}

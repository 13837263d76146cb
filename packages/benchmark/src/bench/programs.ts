/**
 * Programs of contenders as plain JavaScript, so that every runtime runs the same and none takes types off at run time.
 */
import { build } from "esbuild"
import { builtinModules } from "node:module"
import { join } from "node:path"
import { generated, packageDirectory } from "../places.ts"
import type { ContenderId } from "./contenders.ts"

const source = (file: string) => JSON.stringify(join(packageDirectory, file))

const built = async (name: string, contents: string, bundled: boolean): Promise<string> => {
  const outfile = join(generated, `${name}.mjs`)
  await build({
    stdin: { contents, resolveDir: packageDirectory, loader: "ts" },
    outfile,
    bundle: true,
    minify: bundled,
    packages: bundled ? "bundle" : "external",
    format: "esm",
    platform: "node",
    target: "es2024",
    logLevel: "error",
    // undici and axios are CommonJS.
    ...(bundled && {
      banner: { js: 'import { createRequire as r$ } from "node:module"; const require = r$(import.meta.url);' }
    })
  })
  return outfile
}

/** Holds the contender and serves commands. */
export const servingProgram = (id: ContenderId): Promise<string> =>
  built(
    `${id}.serve`,
    `import { connect } from ${source(`contenders/${id}.ts`)}
     import { serve } from ${source("src/bench/process.ts")}
     await serve(connect)`,
    false
  )

/** Makes one call and ends. */
export const onceProgram = (id: ContenderId, bundled: boolean): Promise<string> =>
  built(
    `${id}.once.${bundled ? "bundled" : "plain"}`,
    `import { connect } from ${source(`contenders/${id}.ts`)}
     import { once } from ${source("src/bench/once.ts")}
     await once(connect)`,
    bundled
  )

/** One file of ours, with its packages left where they are. */
export const plainProgram = (name: string): Promise<string> =>
  built(name, `import ${source(`src/bench/${name}.ts`)}`, false)

/** A Worker that makes as many calls as it is asked for. */
export const workerScript = async (id: ContenderId): Promise<string> => {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { connect } from ${source(`contenders/${id}.ts`)}
        import { worker } from ${source("src/bench/worker.ts")}
        export default worker(connect)`,
      resolveDir: packageDirectory,
      loader: "ts"
    },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    // The official SDK does not bundle for a Worker: it imports Node's modules, and asks where its own file lies.
    ...(id === "sdk" && {
      external: ["node:*", ...builtinModules],
      define: { "import.meta.url": '"file:///worker.js"' }
    }),
    logLevel: "silent"
  })
  return outputFiles.map(({ text }) => text).join("")
}

/**
 * The worker as one file: Node starts it in a fraction of the time.
 */
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { fileURLToPath } from "node:url"

/** Writes the bundle to this file. */
export const bundleWorker = (file: string) =>
  Effect.promise(() =>
    build({
      entryPoints: [fileURLToPath(new URL("worker.ts", import.meta.url))],
      outfile: file,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node22",
      conditions: ["@effect-snaptrade/source"],
      // What is CommonJS in it asks for Node's modules by require.
      banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
      external: ["pg-native"],
      logLevel: "error"
    })
  )

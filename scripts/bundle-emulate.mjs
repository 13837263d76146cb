// After tsc -b: bundles the command emulate into one file, which starts in a fraction of the time that its modules take.
import { build } from "esbuild"
import { chmodSync } from "node:fs"

const outfile = "packages/testing/dist/bin/snaptrade-emulate.mjs"

await build({
  entryPoints: ["packages/testing/dist/bin/emulate.js"],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  minifySyntax: true,
  // Both run on Node, and on Bun: a module of CommonJS in it asks for Node's modules by require.
  banner: {
    js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);'
  },
  logLevel: "warning"
})
chmodSync(outfile, 0o755)

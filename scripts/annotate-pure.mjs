// After tsc -b: marks the top-level calls of what was built /*#__PURE__*/. Without the marks a bundler has to keep every
// service, error class and layer of a module because one function of it is used.
import { transformFileAsync } from "@babel/core"
import annotatePureCalls from "babel-plugin-annotate-pure-calls"
import { globSync, readFileSync, writeFileSync } from "node:fs"
import { basename } from "node:path"

const files = globSync("packages/*/dist/**/*.js")
if (files.length === 0) throw new Error("nothing is built: run tsc -b first")

let annotated = 0
for (const file of files) {
  const { code, map } = await transformFileAsync(file, {
    configFile: false,
    babelrc: false,
    plugins: [annotatePureCalls],
    // The map that tsc wrote is followed to the TypeScript source.
    inputSourceMap: true,
    sourceMaps: true
  })
  // tsc emits only what changed: the rest is annotated already, and comes out as it went in.
  const output = `${code}\n//# sourceMappingURL=${basename(file)}.map\n`
  if (output === readFileSync(file, "utf8")) continue
  writeFileSync(file, output)
  writeFileSync(`${file}.map`, JSON.stringify(map))
  annotated++
}
console.log(`Annotated ${annotated} of ${files.length} files`)

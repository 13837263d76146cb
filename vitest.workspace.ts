import { defineConfig } from "vitest/config"

// vitest 5 has no workspace file of its own: this is a plain config, named on the command line.
const project = (name: string, root: string, include: ReadonlyArray<string> = ["test/**/*.test.ts"]) => ({
  extends: true as const,
  test: { name, root, include: [...include] }
})

export default defineConfig({
  // Sources are tested as they are, without a build.
  resolve: { conditions: ["@effect-snaptrade/source"] },
  ssr: { resolve: { conditions: ["@effect-snaptrade/source"] } },
  test: {
    projects: [
      project("core", "packages/core"),
      project("node", "packages/node"),
      project("testing", "packages/testing"),
      project("repository", "scripts"),
      project("examples", "examples", ["**/*.test.ts"])
    ]
  }
})

import { defineConfig, type TestProjectConfiguration } from "vitest/config"

// vitest 5 has no workspace file of its own: this is a plain config, named on the command line. On Bun and on Deno it names
// what they run; on Node everything else, workerd included.
const onBun = "bun" in process.versions
const onDeno = "Deno" in globalThis

const project = (name: string, root: string, include: ReadonlyArray<string> = ["test/**/*.test.ts"]) => ({
  extends: true as const,
  test: { name, root, include: [...include] }
})

const onNode = async (): Promise<Array<TestProjectConfiguration>> => {
  // The plugin runs on Node only.
  const { cloudflareTest, readD1Migrations } = await import("@cloudflare/vitest-plugin")
  return [
    project("core", "packages/core"),
    project("node", "packages/node"),
    project("testing", "packages/testing"),
    project("vault", "packages/vault"),
    // test-full.mjs says where a Chromium is.
    ...(process.env["SNAPTRADE_CHROMIUM"] === undefined
      ? []
      : [project("browser", "packages/testing", ["test-browser/**/*.test.ts"])]),
    project("edge", "packages/edge", ["test/**/*.test.ts", "test-bundle/**/*.test.ts"]),
    {
      extends: true,
      test: {
        name: "workerd",
        include: ["packages/edge/test-workerd/**/*.test.ts"],
        globalSetup: ["packages/edge/test-workerd/localSnapTrade.ts"]
      },
      plugins: [
        cloudflareTest({
          miniflare: { cf: false, compatibilityDate: "2026-07-01", compatibilityFlags: ["nodejs_compat"] }
        })
      ]
    },
    {
      extends: true,
      test: { name: "d1", include: ["packages/vault/test-workerd/**/*.test.ts"] },
      plugins: [
        cloudflareTest({
          miniflare: {
            cf: false,
            compatibilityDate: "2026-07-01",
            compatibilityFlags: ["nodejs_compat"],
            d1Databases: ["DB"],
            bindings: { MIGRATIONS: await readD1Migrations("packages/vault/migrations/d1") }
          }
        })
      ]
    },
    project("repository", "scripts"),
    project("examples", "examples", ["!(bun-server)/**/*.test.ts"]),
    // Only with the full tests: many processes are started there, and a Postgres, which they install first.
    ...(process.env.SNAPTRADE_FULL === undefined
      ? []
      : [
          project("processes", "packages", ["*/test-processes/**/*.test.ts"]),
          project("postgres", "packages/vault", ["test-postgres/**/*.test.ts"])
        ])
  ]
}

export default defineConfig({
  // Sources are tested as they are, without a build.
  resolve: { conditions: ["@effect-snaptrade/source"] },
  ssr: { resolve: { conditions: ["@effect-snaptrade/source"] } },
  test: {
    // Bounds, not measures: a machine that is busy takes its time.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Most of the time a test waits for a socket.
    maxWorkers: 3,
    // No test changes what another sees; a worker of its own for each file took a quarter of the time.
    isolate: false,
    // node:child_process IPC lacks what the forks pool needs on Bun.
    pool: onBun ? "threads" : "forks",
    projects: onBun
      ? [
          project("bun", ".", [
            "packages/bun/test/**/*.test.ts",
            "packages/vault/test/Sqlite*.test.ts",
            ...(process.env.SNAPTRADE_FULL === undefined ? [] : ["packages/vault/test-processes/**/*.test.ts"]),
            "examples/bun-server/**/*.test.ts"
          ])
        ]
      : onDeno
        ? [project("deno", "packages/edge", ["test-deno/**/*.test.ts"])]
        : await onNode()
  }
})

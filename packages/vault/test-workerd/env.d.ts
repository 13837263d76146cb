// What vitest.workspace.ts binds, and what its plugin offers, without the globals that its own types need.
declare module "cloudflare:workers" {
  import type { D1ClientConfig } from "@effect/sql-d1/D1Client"

  export const env: { readonly DB: D1ClientConfig["db"]; readonly MIGRATIONS: object }
}

declare module "cloudflare:test" {
  import type { D1ClientConfig } from "@effect/sql-d1/D1Client"

  export const applyD1Migrations: (database: D1ClientConfig["db"], migrations: object) => Promise<void>
}

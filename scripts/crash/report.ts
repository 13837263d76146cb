/**
 * What the runs showed: as text, and in docs/vault.md.
 */
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Asked } from "./askForAll.ts"
import type { Outcome } from "./run.ts"
import type { Database } from "./settings.ts"
import { steps } from "./steps.ts"

/** All that a store was put through. */
export interface Result {
  readonly database: Database
  readonly asked: Asked
  readonly crashes: Outcome
}

/** What is not as it should be. */
export const faultsOf = ({ asked, crashes, database }: Result): ReadonlyArray<string> =>
  [...asked.faults, ...crashes.faults].map((fault) => `${database}: ${fault}`)

const names: Record<Database, string> = { sqlite: "SQLite", postgres: "Postgres" }

const row = (cells: ReadonlyArray<string | number>) => `| ${cells.join(" | ")} |`

const table = (
  what: string,
  results: ReadonlyArray<Result>,
  rows: ReadonlyArray<readonly [string, (of: Result) => string | number]>
) =>
  [
    row([what, ...results.map(({ database }) => names[database])]),
    row(["---", ...results.map(() => "--:")]),
    ...rows.map(([name, read]) => row([name, ...results.map(read)]))
  ].join("\n")

const sum = (hits: ReadonlyMap<string, number>) => [...hits.values()].reduce((total, count) => total + count, 0)

const git = (...args: ReadonlyArray<string>) => execFileSync("git", args, { encoding: "utf8" }).trim()

const commit = () => {
  const isChanged = git("status", "--porcelain", "--untracked-files=no", "--", "packages", "scripts") !== ""
  return git("rev-parse", "--short", "HEAD") + (isChanged ? " and changes" : "")
}

/** The report as Markdown. */
export const markdown = (seed: number, results: ReadonlyArray<Result>): string =>
  [
    table("", results, [
      ["processes killed by `SIGKILL`", ({ crashes }) => crashes.kills],
      ["of these at a named step", ({ crashes }) => sum(crashes.hits)],
      ["of these at random", ({ crashes }) => crashes.kills - sum(crashes.hits)],
      ["requests that met a fault", ({ crashes }) => crashes.faultsGiven],
      ["app users", ({ crashes }) => crashes.appUsers],
      ["registrations sent", ({ crashes }) => crashes.registrations],
      ["ids given up", ({ crashes }) => crashes.givenUp],
      ["secrets handed out, each held against the vault and SnapTrade", ({ crashes }) => crashes.handedOut],
      ["**of these lost**, or of a user that was harmed", ({ crashes }) => crashes.lost],
      ["orphans at SnapTrade after the last crash", ({ crashes }) => crashes.orphansBefore],
      ["orphans after one more sweep", ({ crashes }) => crashes.orphansAfter],
      ["rotations carried out and answered", ({ crashes }) => crashes.rotations],
      ["rotations that were killed, or failed", ({ crashes }) => crashes.rotationsUnfinished],
      ["secrets dead of a rotation's lost reply, each said as `SecretLost`", ({ crashes }) => crashes.secretsDead],
      ["8 processes ask for the same 200 users at once: registrations", ({ asked }) => asked.registrations],
      ["seconds", ({ crashes }) => Math.round(crashes.seconds)]
    ]),
    table(
      "processes killed at the step",
      results,
      steps.map((step) => [step, ({ crashes }) => crashes.hits.get(step) ?? 0])
    ),
    `Commit ${commit()}, seed ${seed}.`
  ].join("\n\n")

const document = fileURLToPath(new URL("../../docs/vault.md", import.meta.url))
const marked = /(<!-- crashes -->\n)[^]*?(<!-- end of crashes -->)/

/** Writes the report into docs/vault.md. */
export const writeReport = (report: string): void => {
  const text = readFileSync(document, "utf8")
  if (!marked.test(text)) throw new Error(`${document} has no place for the crashes`)
  writeFileSync(
    document,
    text.replace(marked, (_, begin: string, end: string) => `${begin}\n${report}\n\n${end}`)
  )
}

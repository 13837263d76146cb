/**
 * A claim, and what a run says of it.
 */
import type { Client } from "./clients.ts"
import type { Told } from "./send.ts"

export interface Claim {
  readonly claim: string
  readonly measure: (clients: ReadonlyArray<Client>) => Promise<{
    /** Of each client that the claim is about. */
    readonly holds: ReadonlyArray<boolean>
    readonly measured: string
  }>
}

export const isWorkerd = ({ name }: Pick<Client, "name">) => name.startsWith("workerd")

export const onNode = ({ name }: Pick<Client, "name">) => name === "undici" || name === "Node fetch"

/** Asks one client after the other. */
export const each = async <A>(
  clients: ReadonlyArray<Client>,
  ask: (client: Client) => Promise<A>
): Promise<ReadonlyMap<string, A>> => {
  const answers = new Map<string, A>()
  for (const client of clients) answers.set(client.name, await ask(client))
  return answers
}

/** "undici, Bun: one; workerd: two" */
export const told = (answers: ReadonlyMap<string, string>): string =>
  [...Map.groupBy(answers, ([, answer]) => answer)]
    .map(([answer, of]) => (of.length === answers.size ? answer : `${of.map(([name]) => name).join(", ")}: ${answer}`))
    .join("; ")

/** What came of a request: its status, its failure, or both when the body broke off. */
export const failed = ({ error, status }: Pick<Told, "error" | "status">): string => {
  const failure = error && (error.code ?? (error.name === "Error" ? error.message : error.name))
  return [...(status === undefined ? [] : [`status ${status}`]), ...(failure === undefined ? [] : [failure])].join(
    ", then "
  )
}

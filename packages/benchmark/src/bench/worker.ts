/**
 * A Worker that holds one contender: `?count=…&concurrency=…` makes it call, and answers when all calls are done. The time
 * is taken outside: a Worker's own clock stands still while it computes.
 */
import type { Client, Connect, Settings } from "../../contenders/contender.ts"
import { calls } from "./load.ts"

export const worker = (connect: Connect) => {
  let client: Client | undefined
  return {
    fetch: async (request: Request, env: Settings): Promise<Response> => {
      const { searchParams } = new URL(request.url)
      try {
        client ??= await connect(env)
        await calls(client, Number(searchParams.get("count")), Number(searchParams.get("concurrency")))
        return new Response("done")
      } catch (error) {
        return new Response(String(error), { status: 500 })
      }
    }
  }
}

/**
 * A Worker whose requests share one runtime, made by the first of them: `/users/user-123` registers user-123, and answers
 * how that ended.
 */
import { registerUser } from "@effect-snaptrade/core"
import { EdgeSnapTrade } from "@effect-snaptrade/edge"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"

interface Env {
  /** In milliseconds, as the other. */
  readonly TIMEOUT?: string
  readonly IMPORT_TAKES?: string
}

const makeRuntime = (env: Env) =>
  ManagedRuntime.make(EdgeSnapTrade.layerConfig(env, { timeout: Number(env.TIMEOUT ?? 20_000) }))

let runtime: ReturnType<typeof makeRuntime> | undefined
let begun = 0
let ended = 0

const register = (userId: string) =>
  registerUser({ userId }).pipe(
    Effect.match({
      onFailure: ({ _tag, outcome }) => ({ _tag, outcome }),
      onSuccess: (user) => ({ _tag: "User", userId: user.userId })
    })
  )

// workerd imports a key too fast for a request to be cancelled meanwhile: here it takes as long as it is told to.
const importSlowly = (milliseconds: number) => {
  const importKey = crypto.subtle.importKey.bind(crypto.subtle)
  const slowly = async (...args: Parameters<typeof importKey>) => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    return importKey(...args)
  }
  Object.defineProperty(crypto.subtle, "importKey", { value: slowly })
}

const worker = {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [, what, userId = ""] = new URL(request.url).pathname.split("/")
    if (what === "requests") return Response.json({ begun, ended })
    if (begun++ === 0 && env.IMPORT_TAKES !== undefined) importSlowly(Number(env.IMPORT_TAKES))
    try {
      runtime ??= makeRuntime(env)
      return Response.json(await runtime.runPromise(register(userId)))
    } catch (error) {
      return Response.json({ _tag: "Rejected", message: String(error) })
    } finally {
      ended++
    }
  }
}

export default worker

/**
 * One request of a raw client, and what it told of it. Runs in Node, Bun and workerd alike.
 */

export interface Ask {
  readonly url: string
  /** POST unless told. */
  readonly method?: string
  /** How long the body is. */
  readonly bytes?: number
  /** Interrupted after so many milliseconds. */
  readonly giveUpAfter?: number
  /** As `giveUpAfter`, by `AbortSignal.timeout`. */
  readonly timeout?: number
  /** Stops reading the body beyond so many bytes. */
  readonly limit?: number
  readonly redirect?: "follow"
  /** On a connection of its own. */
  readonly fresh?: boolean
  /** On undici alone: HTTP/2 if the server speaks it. */
  readonly h2?: boolean
  /** How often, one after the other. */
  readonly times?: number
}

export interface Told {
  readonly status?: number | undefined
  /** Of the body, as it was read. */
  readonly length?: number
  readonly error?: {
    readonly name: string
    readonly message: string
    readonly code?: string | undefined
    readonly retryable?: boolean | undefined
    readonly caused: boolean
  }
  /** When it was interrupted. */
  readonly gaveUpAt?: number | undefined
  readonly milliseconds: number
}

/** What is asked of a client. */
export type Transport = (
  ask: Ask & { readonly body: string | null; readonly signal: AbortSignal }
) => Promise<{ readonly status: number; readonly body: AsyncIterable<Uint8Array> | null }>

export const overFetch: Transport = ({ body, fresh, method = "POST", redirect, signal, url }) =>
  fetch(url, { method, body, redirect: redirect ?? "manual", signal, ...(fresh === true && { keepalive: false }) })

const field = (error: unknown, name: string): unknown =>
  typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined

const failure = (error: unknown): NonNullable<Told["error"]> => {
  const cause = field(error, "cause") ?? error
  const code = field(cause, "code")
  const retryable = field(error, "retryable")
  return {
    name: String(field(error, "name")),
    message: [field(error, "message"), ...(cause === error ? [] : [field(cause, "message")])].join(": "),
    code: typeof code === "string" ? code : undefined,
    retryable: typeof retryable === "boolean" ? retryable : undefined,
    caused: cause !== error
  }
}

const once = async (ask: Ask, transport: Transport): Promise<Omit<Told, "milliseconds">> => {
  const giving = new AbortController()
  let gaveUpAt: number | undefined
  const giveUp = () => {
    gaveUpAt = Date.now()
    giving.abort()
  }
  const timer = ask.giveUpAfter === undefined ? undefined : setTimeout(giveUp, ask.giveUpAfter)
  const signal = ask.timeout === undefined ? giving.signal : AbortSignal.timeout(ask.timeout)
  const body = (ask.method ?? "POST") === "GET" ? null : "x".repeat(ask.bytes ?? 2)
  let status: number | undefined
  try {
    const reply = await transport({ ...ask, body, signal })
    status = reply.status
    const chunks: Array<Uint8Array> = []
    let length = 0
    for await (const chunk of reply.body ?? []) {
      chunks.push(chunk)
      length += chunk.length
      if (length > (ask.limit ?? Infinity)) break
    }
    return { status, length }
  } catch (error) {
    return { status, error: failure(error), gaveUpAt }
  } finally {
    clearTimeout(timer)
  }
}

export const send = async (ask: Ask, transport: Transport = overFetch): Promise<Told> => {
  const startedAt = Date.now()
  let told = await once(ask, transport)
  for (let i = 1; i < (ask.times ?? 1); i++) told = await once(ask, transport)
  return { ...told, milliseconds: Date.now() - startedAt }
}

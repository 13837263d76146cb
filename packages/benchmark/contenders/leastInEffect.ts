/**
 * The least that an Effect program pays which decodes by a schema, bounds time and has a span. It signs, and does nothing else of
 * what ours promises: it tells no failure apart, hides no secret, counts nothing, retries nothing.
 */
import { User } from "@effect-snaptrade/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import { createHmac, createSecretKey } from "node:crypto"
import { requestByHand } from "./byHand.ts"
import type { Client, Settings } from "./contender.ts"

/** What is to be sent; answered is the body of the reply. */
export type Send = (request: {
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}) => Effect.Effect<string>

const decode = Schema.decodeUnknownEffect(User)

export const leastInEffect = (
  { clientId, consumerKey }: Settings,
  { close, send, tracing }: { readonly send: Send; readonly tracing: boolean; readonly close: Client["close"] }
): Client => {
  const key = createSecretKey(consumerKey, "utf8")
  const register = (userId: string) =>
    Effect.suspend(() => {
      const { body, message, path } = requestByHand(clientId, userId)
      const signature = createHmac("sha256", key).update(message).digest("base64")
      return send({ path, headers: { "content-type": "application/json", signature }, body })
    }).pipe(
      Effect.flatMap((json) => decode(JSON.parse(json))),
      Effect.timeout("30 seconds"),
      Effect.withSpan("registerUser", undefined, { captureStackTrace: false }),
      Effect.map((user) => ({ userId: user.userId, userSecret: Redacted.value(user.userSecret) }))
    )
  const runPromise = Effect.runPromiseWith(Context.make(References.TracerEnabled, tracing))
  return { register: (userId) => runPromise(register(userId)), close }
}

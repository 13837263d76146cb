/**
 * By hand over Effect's own `HttpClient`, as an Effect program would do it without ours. The client has a span of its own,
 * and sends its trace headers.
 */
import { User } from "@effect-snaptrade/core"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import { createHmac, createSecretKey } from "node:crypto"
import { requestByHand } from "./byHand.ts"
import type { Client, Settings } from "./contender.ts"

export const overHttpClient = async (
  { baseUrl, clientId, consumerKey }: Settings,
  layer: Layer.Layer<HttpClient.HttpClient>
): Promise<Client> => {
  const runtime = ManagedRuntime.make(layer)
  const runPromise = Effect.runPromiseWith(await runtime.context())
  const key = createSecretKey(consumerKey, "utf8")
  const register = Effect.fn("registerUser")(function* (userId: string) {
    const { body, message, path } = requestByHand(clientId, userId)
    const signature = createHmac("sha256", key).update(message).digest("base64")
    const request = HttpClientRequest.post(baseUrl + path, { headers: { signature } }).pipe(
      HttpClientRequest.bodyText(body, "application/json")
    )
    const reply = yield* Effect.flatMap(HttpClient.execute(request), HttpClientResponse.filterStatusOk)
    const user = yield* HttpClientResponse.schemaBodyJson(User)(reply)
    return { userId: user.userId, userSecret: Redacted.value(user.userSecret) }
  }, Effect.timeout("30 seconds"))
  return { register: (userId) => runPromise(register(userId)), close: () => runtime.dispose() }
}

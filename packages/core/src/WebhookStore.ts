/**
 * Which webhooks were handled, so that each is handled once: what a thief replays, and what SnapTrade delivers again though
 * it was answered, is refused.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { InProgress, Replayed } from "./WebhookError.ts"

/**
 * Handles each webhook once. `once` runs the handler, remembers the id when it has succeeded, and not before: after a
 * failure the next delivery gets through. It fails with `Replayed` for an id that is remembered, and with `InProgress`
 * where another delivery of it is being handled. A store that fails is a defect; the delivery is answered 500 and comes
 * again.
 *
 * {@link make} makes one from a place that keeps ids. Where handlers write to a database, a store of one's own that runs
 * them in the transaction that inserts the id makes them happen exactly once:
 *
 * @example
 * ```ts
 * import { Replayed, WebhookStore } from "@effect-snaptrade/core/webhook"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as SqlClient from "effect/sql/SqlClient"
 * import * as SqlError from "effect/sql/SqlError"
 *
 * const layerSql = Layer.effect(
 *   WebhookStore,
 *   Effect.map(SqlClient.SqlClient, (sql) => ({
 *     once: (webhookId, handle) =>
 *       Effect.gen(function* () {
 *         // A second delivery waits here until the first has committed or rolled back.
 *         const inserted = yield* sql`INSERT INTO webhooks (id) VALUES (${webhookId}) ON CONFLICT DO NOTHING RETURNING id`
 *         if (inserted.length === 0) return yield* new Replayed({ webhookId })
 *         return yield* handle
 *       }).pipe(sql.withTransaction, Effect.catchIf(SqlError.isSqlError, Effect.die))
 *   }))
 * )
 * ```
 */
export class WebhookStore extends Context.Service<
  WebhookStore,
  {
    readonly once: <A, E, R>(
      webhookId: string,
      handle: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | Replayed | InProgress, R>
  }
>()("@effect-snaptrade/core/WebhookStore") {}

/**
 * A place that keeps the ids of handled webhooks: a table, a KV namespace. Keep them for longer than webhooks are
 * tolerated.
 */
export interface Records {
  readonly isHandled: (webhookId: string) => Effect.Effect<boolean>
  readonly record: (webhookId: string) => Effect.Effect<void>
}

// A Worker's request can be cancelled without a word. SnapTrade delivers again after 30 minutes: by then it must get through.
const forgottenAfter = Duration.toMillis("10 minutes")

const dropWhile = <Value>(map: Map<string, Value>, isDropped: (value: Value) => boolean) => {
  // In the order in which they came in: the first that stays ends it.
  for (const [key, value] of map) {
    if (!isDropped(value)) return
    map.delete(key)
  }
}

/**
 * A store over a place that keeps ids. Two deliveries at once are told apart within this process; two processes may both
 * handle one, which their handlers must bear.
 *
 * @example
 * ```ts
 * import * as Webhook from "@effect-snaptrade/core/webhook"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * interface Namespace {
 *   get(key: string): Promise<string | null>
 *   put(key: string, value: string, options: { expirationTtl: number }): Promise<void>
 * }
 *
 * const layerKv = (namespace: Namespace) =>
 *   Layer.succeed(
 *     Webhook.WebhookStore,
 *     Webhook.makeStore({
 *       isHandled: (id) => Effect.promise(async () => (await namespace.get(`webhook:${id}`)) !== null),
 *       record: (id) => Effect.promise(() => namespace.put(`webhook:${id}`, "", { expirationTtl: 86_400 }))
 *     })
 *   )
 * ```
 */
export const make = ({ isHandled, record }: Records): WebhookStore["Service"] => {
  const begun = new Map<string, { readonly at: number }>()

  const begin = (webhookId: string) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      dropWhile(begun, ({ at }) => now - at >= forgottenAfter)
      if (begun.has(webhookId)) return Effect.fail(new InProgress({ webhookId }))
      const mine = { at: now }
      begun.set(webhookId, mine)
      return Effect.succeed(mine)
    })

  return {
    once: (webhookId, handle) =>
      Effect.acquireUseRelease(
        begin(webhookId),
        () =>
          // Between the handler's success and its record there must be no interruption.
          Effect.uninterruptibleMask((restore) =>
            Effect.gen(function* () {
              if (yield* restore(isHandled(webhookId))) return yield* new Replayed({ webhookId })
              const result = yield* restore(handle)
              yield* record(webhookId)
              return result
            })
          ),
        (mine) =>
          Effect.sync(() => {
            if (begun.get(webhookId) === mine) begun.delete(webhookId)
          })
      )
  }
}

/**
 * A store in this process' memory: the last `capacity` ids (10,000 unless told), each for `timeToLive` (a day unless
 * told), which must be longer than webhooks are tolerated. Other processes, and a Worker's other isolates, know nothing
 * of it.
 *
 * @example
 * ```ts
 * import * as Webhook from "@effect-snaptrade/core/webhook"
 *
 * const store = Webhook.layerStoreMemory({ capacity: 1_000, timeToLive: "6 hours" })
 * ```
 */
export const layerMemory = (options?: {
  readonly capacity?: number | undefined
  readonly timeToLive?: Duration.Input | undefined
}): Layer.Layer<WebhookStore> =>
  Layer.sync(WebhookStore, () => {
    const capacity = options?.capacity ?? 10_000
    const timeToLive = Duration.toMillis(options?.timeToLive ?? "1 day")
    const handledAt = new Map<string, number>()
    return make({
      isHandled: (webhookId) =>
        Effect.map(Clock.currentTimeMillis, (now) => now - (handledAt.get(webhookId) ?? -Infinity) < timeToLive),
      record: (webhookId) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          handledAt.delete(webhookId)
          handledAt.set(webhookId, now)
          dropWhile(handledAt, (at) => handledAt.size > capacity || now - at >= timeToLive)
        })
    })
  })

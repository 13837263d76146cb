/**
 * Webhooks as SnapTrade sends them: signed over sorted JSON in Python's spelling, and delivered again until they are
 * taken, 30 minutes later, then an hour, then two.
 */
import { canonicalJson } from "@effect-snaptrade/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Delivery } from "../LocalSnapTrade.ts"
import type { LocalClock } from "./localClock.ts"
import { pythonTimestamp, type UserEvent } from "./userOperations.ts"

/** Sends one delivery somewhere, and answers the status that it got; 0 where there was none. */
export type Post = (delivery: { readonly signature: string; readonly body: string }) => Effect.Effect<number>

const taken = new Set([200, 201, 202, 204])
const redeliveries = 3

/** Whether the receiver took it. */
export const isTaken = ({ status }: Pick<Delivery, "status">): boolean => taken.has(status)

/** How long after a delivery there is another one; none once it was taken, or after the last. */
export const redeliveryDelay = ({
  attempt,
  status
}: Pick<Delivery, "attempt" | "status">): Duration.Duration | undefined =>
  taken.has(status) || attempt > redeliveries ? undefined : Duration.minutes(30 * 2 ** (attempt - 1))

// json.dumps escapes what is not ASCII.
const ascii = (text: string): string =>
  text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

/**
 * Delivers events of one clientId, and keeps what came of it.
 */
export const makeWebhooks = (options: {
  readonly clientId: string
  readonly sign: (message: string) => string
  readonly post: Post
  readonly clock: LocalClock
  readonly observe: (delivery: Delivery) => Effect.Effect<void>
}) => {
  const { clock } = options
  const deliveries: Array<Delivery> = []

  /** Delivers any payload, as often as it takes. */
  const deliverPayload = Effect.fnUntraced(function* (payload: { readonly [field: string]: Schema.Json }) {
    const body = JSON.stringify(payload)
    const signature = options.sign(ascii(canonicalJson(payload)))
    for (let attempt = 1; ; attempt++) {
      const status = yield* options.post({ signature, body })
      const delivery = { at: yield* clock.now, attempt, status, body }
      deliveries.push(delivery)
      yield* options.observe(delivery)
      const wait = redeliveryDelay(delivery)
      if (wait === undefined) return
      yield* clock.sleepUntil(delivery.at + Duration.toMillis(wait))
    }
  })

  return {
    deliverPayload,
    deliver: ({ at, eventType, userId }: UserEvent) =>
      deliverPayload({
        webhookId: crypto.randomUUID(),
        clientId: options.clientId,
        eventTimestamp: pythonTimestamp(at),
        userId,
        eventType,
        ...(eventType === "USER_REGISTERED" && { webhookSecret: "deprecated-webhook-secret" })
      }),
    deliveries: (): ReadonlyArray<Delivery> => Array.from(deliveries),
    reset: () => {
      deliveries.length = 0
    }
  }
}

/**
 * What the app does when SnapTrade tells it something. It may be called again for the same event: when it fails, or when
 * this machine stops before the event is recorded.
 */
import type * as Webhook from "@effect-snaptrade/core/webhook"
import * as Effect from "effect/Effect"

export const onEvent = (event: Webhook.WebhookEvent): Effect.Effect<void> => {
  switch (event.eventType) {
    case "USER_DELETED":
      return Effect.log(`${event.userId} is gone: forget the userSecret`)
    case "CONNECTION_BROKEN": {
      const id = "schemaVersion" in event ? event.connectionId : event.brokerageAuthorizationId
      return Effect.log(`${event.userId} has to reconnect ${id}: offer a link from loginUser`)
    }
    case "TRADE_DETECTION":
      return Effect.log(`account ${event.accountId} has traded: fetch its orders`)
    case "UNKNOWN":
      return Effect.log(`${event.receivedType} is new: look into its payload`)
    default:
      return Effect.log(`${event.eventType} of ${event.userId}`)
  }
}

/**
 * SnapTrade's webhooks: verified, decoded, handled once. Import it whole:
 * `import * as Webhook from "@effect-snaptrade/core/webhook"`.
 */
export {
  InProgress,
  Malformed,
  Replayed,
  SignatureMissing,
  SignatureRejected,
  Stale,
  type VerificationError,
  type WebhookError
} from "./WebhookError.ts"
export {
  AccountHoldingsUpdated,
  AccountRemoved,
  AccountTransactionsInitialUpdate,
  AccountTransactionsUpdated,
  ConnectionAdded,
  ConnectionAttempted,
  ConnectionAttemptedResult,
  ConnectionBroken,
  ConnectionDeleted,
  ConnectionFailed,
  ConnectionFixed,
  ConnectionUpdated,
  EventTimestamp,
  fromPayload,
  NewAccountAvailable,
  TradeDetection,
  TradeUpdate,
  UnknownEvent,
  UserDeleted,
  UserRegistered,
  WebhookEvent,
  WebhookSecret
} from "./WebhookEvent.ts"
export { handler, type HandlerOptions, receive, toWebHandler } from "./WebhookReceiver.ts"
export { layerMemory as layerStoreMemory, make as makeStore, type Records, WebhookStore } from "./WebhookStore.ts"
export {
  type Delivery,
  type Freshness,
  layer,
  layerConfig,
  make,
  type Options,
  Verifier,
  verify
} from "./WebhookVerifier.ts"

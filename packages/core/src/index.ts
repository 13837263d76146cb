/**
 * SnapTrade's operations as Effects.
 */
export {
  config as credentialsConfig,
  type Credentials,
  type CredentialsInput,
  InvalidCredentials,
  make as makeCredentials
} from "./Credentials.ts"
export { type Definition, make as makeOperation, type Operation, type RateLimit, type Response } from "./Operation.ts"
export { registerUser, type RegisterUserError } from "./RegisterUser.ts"
export { defaultRetryPolicy, noRetry, type RetryPolicy, withRetryPolicy } from "./RetryPolicy.ts"
export { type Attempt, SendWitness } from "./SendWitness.ts"
export { canonicalJson, canonicalRequest, equals as signatureEquals, type Signed, Signer } from "./Signature.ts"
export {
  type CallOptions,
  layer as layerSnapTrade,
  layerConfig as layerSnapTradeConfig,
  make as makeSnapTrade,
  type Options,
  SnapTrade,
  withTimeout
} from "./SnapTrade.ts"
export {
  AccessDenied,
  ClientIdRejected,
  type CommonError,
  ConnectionLost,
  type ErrorOf,
  InvalidInput,
  InvalidRequest,
  NotFound,
  PersonalKeyRefused,
  RateLimited,
  RequestNotSent,
  RequestTimeout,
  ServerError,
  SignatureRejected,
  type SnapTradeError,
  type SpecificError,
  type SpecificTag,
  UnexpectedReply,
  UserAlreadyExists
} from "./SnapTradeError.ts"
export { User, UserId, UserSecret } from "./User.ts"

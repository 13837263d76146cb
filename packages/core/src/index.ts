/**
 * SnapTrade's operations as Effects.
 */
export { awaitDeleted, type AwaitDeletedError, StillListed } from "./AwaitDeleted.ts"
export { checkStatus, type CheckStatusError, Status } from "./CheckStatus.ts"
export {
  config as credentialsConfig,
  type Credentials,
  type CredentialsInput,
  InvalidCredentials,
  make as makeCredentials
} from "./Credentials.ts"
export { deleteUser, type DeleteUserError, QueuedDeletion } from "./DeleteUser.ts"
export { type FetchClientOptions, makeFetchClient } from "./FetchClient.ts"
export { layerHttpClient } from "./HttpClientLayer.ts"
export { listUsers, type ListUsersError } from "./ListUsers.ts"
export { EncryptedLogin, LoginLink, loginUser, type LoginUserError } from "./LoginUser.ts"
export {
  type Arguments,
  type Call,
  type Definition,
  type Description,
  type ListDescription,
  type ListOperation,
  make as makeOperation,
  makeList as makeListOperation,
  type Operation,
  type RateLimit,
  type Reply,
  type Response
} from "./Operation.ts"
export { registerUser, type RegisterUserError } from "./RegisterUser.ts"
export { type RequestTarget, requestTarget } from "./RequestTarget.ts"
export { resetUserSecret, type ResetUserSecretError } from "./ResetUserSecret.ts"
export { defaultRetryPolicy, noRetry, type RetryPolicy, withRetryPolicy } from "./RetryPolicy.ts"
export { type Attempt, SendWitness } from "./SendWitness.ts"
export { canonicalJson, canonicalRequest, equals as signatureEquals, type Signed, Signer } from "./Signature.ts"
export {
  type CallOptions,
  layer as layerSnapTrade,
  layerConfig as layerSnapTradeConfig,
  make as makeSnapTrade,
  makeOn as makeSnapTradeOn,
  type Options,
  type Platform,
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
  SnapTradeError,
  type SpecificError,
  type SpecificTag,
  UnexpectedReply,
  UserAlreadyExists
} from "./SnapTradeError.ts"
export { GivenUserSecret, User, UserId, UserSecret } from "./User.ts"

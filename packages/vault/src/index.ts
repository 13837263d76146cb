/**
 * Registers SnapTrade users without ever losing a secret, and keeps the secrets sealed.
 */
export { Attempt, type Key, Origin, Reason, State } from "./Attempt.ts"
export { HeldUser } from "./HeldUser.ts"
export { layer as layerStoreMemory } from "./MemoryVaultStore.ts"
export {
  type Binding,
  InvalidVaultKeys,
  layer as layerSealer,
  layerConfig as layerSealerConfig,
  Sealer,
  type SealingKey
} from "./Sealer.ts"
export {
  type AdoptError,
  type EnsureUserError,
  type EnsureUserOptions,
  type Forgotten,
  type GivenUser,
  layer as layerVault,
  make as makeVault,
  type Options as VaultOptions,
  type ResealReport,
  type RotateError,
  type SweepError,
  type SweepOptions,
  type SweepReport,
  Vault
} from "./Vault.ts"
export {
  NotAdoptable,
  OwnIdSpent,
  OwnIdTaken,
  RegistrationInDoubt,
  RegistrationUnsettled,
  RotationNotStored,
  RotationUnknown,
  SealingFailed,
  SecretLost,
  SecretUnreadable,
  StoreBehind,
  StoreFailed,
  UserForgotten,
  UserNotHeld
} from "./VaultError.ts"
export { type NewAttempt, type Page, type UserRef, VaultStore } from "./VaultStore.ts"

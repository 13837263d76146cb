/**
 * Registers SnapTrade users without ever losing a secret, and keeps the secrets sealed.
 */
export { Attempt, type Key, Origin, Reason, State } from "./Attempt.ts"
export { layer as layerStoreMemory } from "./MemoryVaultStore.ts"
export * from "./VaultError.ts"
export { type NewAttempt, type Page, type UserRef, VaultStore } from "./VaultStore.ts"

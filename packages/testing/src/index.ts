/**
 * A SnapTrade of one's own, in memory: for tests, on every runtime.
 */
export * as Failure from "./Failure.ts"
export * as Instruction from "./Instruction.ts"
export {
  ConnectionDropped,
  layer as layerLocalSnapTrade,
  LocalSnapTrade,
  make as makeLocalSnapTrade,
  type Options,
  type RegisteredUser,
  type SeenRequest
} from "./LocalSnapTrade.ts"
export * as TestSnapTrade from "./TestSnapTrade.ts"

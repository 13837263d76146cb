/**
 * A SnapTrade of one's own, in memory: for tests, on every runtime.
 */
export { Door } from "./Door.ts"
export * as Failure from "./Failure.ts"
export * as Fault from "./Fault.ts"
export { named as namedInstructions } from "./GivenInstruction.ts"
export { BytesReplied, ConnectionDropped, type Hosted, make as makeLocalSnapTrade, type Options } from "./Handler.ts"
export * as Instruction from "./Instruction.ts"
export { Answered, LocalSnapTrade, RegisteredUser, SeenRequest } from "./LocalSnapTrade.ts"
export * as SignatureExplainer from "./SignatureExplainer.ts"
export * as TestSnapTrade from "./TestSnapTrade.ts"

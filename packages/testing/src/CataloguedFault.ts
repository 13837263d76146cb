/**
 * A fault that every runtime is held against, and how a registration ends in it.
 */
import type { RegisterUserError } from "@effect-snaptrade/core"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { Door } from "./Door.ts"
import type { Instruction } from "./Instruction.ts"

/** How a registration ends: a failure's tag, with the outcome where the tag leaves it open. */
export type Ending =
  | "success"
  | Exclude<RegisterUserError["_tag"], "UnexpectedReply">
  | "UnexpectedReply, applied"
  | "UnexpectedReply, unknown"

type Endings = Ending | ReadonlyArray<Ending>

/** What carries HTTP on a runtime. They see the same fault differently. */
export type Transport = "undici" | "bun" | "workerd" | "deno"

/** What an instruction may depend on. */
export interface Scene {
  readonly userId: string
  readonly baseUrl: string
  /** Another origin, which would answer too. */
  readonly elsewhere: string
}

/**
 * A fault, and what becomes of a registration that meets it.
 */
export interface CataloguedFault {
  readonly name: string
  readonly instructions?: (scene: Scene) => ReadonlyArray<Instruction> | Effect.Effect<ReadonlyArray<Instruction>>
  /** Where it is met; at an open door unless told. */
  readonly door?: Door
  /** Whether the user is registered in the end. */
  readonly applied: boolean
  /** More than one where that is a matter of microseconds. */
  readonly ends: Endings | Readonly<Record<Transport, Endings>>
  /** A registration before this one, which meets the first instruction and succeeds; for so long its connection is idle. */
  readonly afterIdle?: Duration.Input
  /** It never ends by itself: a short time budget ends it. */
  readonly stalls?: boolean
  /** By the default retry policy; without retries unless told. */
  readonly retries?: boolean
  readonly userIdLength?: number
  readonly retryAfter?: Duration.Input
  /** The request id that is told. */
  readonly requestId?: string | undefined
  /** No client can tell this from what it pretends to be, so what is said of it is wrong. */
  readonly deceives?: boolean
}

/** One instruction, whatever the scene. */
export const tells = (instruction: Instruction) => () => [instruction]

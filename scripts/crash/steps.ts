/**
 * The named steps of the vault's operations, reached by what comes between the vault and what it is built on.
 */
import { SnapTrade } from "@effect-snaptrade/core"
import { VaultStore } from "@effect-snaptrade/vault"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

/** Where workers kill themselves. */
export const steps = [
  "ensureUser: before the claim",
  "ensureUser: the claim is durable",
  "ensureUser: before the request leaves",
  "ensureUser: the request left and was carried out, no reply yet",
  "ensureUser: the reply is here, before sealing",
  "ensureUser: sealed, before completing",
  "ensureUser: completed durably, before handing out",
  "ensureUser: before dooming",
  "ensureUser: doomed",
  "ensureUser: before voiding",
  "ensureUser: voided",
  "forget: doomed, before the deletion",
  "forget: deleted",
  "rotate: marked",
  "rotate: the request left and was carried out, no reply yet",
  "rotate: the reply is here, before replacing",
  "rotate: replaced",
  "sweep: listed",
  "sweep: doomed",
  "sweep: before a deletion",
  "sweep: after a deletion"
] as const

/** Where workers kill themselves. */
export const Step = Schema.Literals(steps)

/** Where workers kill themselves. */
export type Step = typeof Step.Type

/** The vault's operations that have steps. */
export type Operation = "ensureUser" | "forget" | "rotate" | "sweep"

/** The operation that a step is of. */
export const operationOf = (step: Step): Operation => step.slice(0, step.indexOf(":")) as Operation

/** The operation of the vault that this fiber is in. */
export const CurrentOperation = Context.Reference<Operation | undefined>("crash/CurrentOperation", {
  defaultValue: () => undefined
})

/** What comes between. */
export interface Between {
  /** Called as a step is reached. */
  readonly at: (step: Step) => Effect.Effect<void>
  /** Comes around a request that registers or rotates a user, as it leaves. */
  readonly around: <A, E>(input: object, request: Effect.Effect<A, E>) => Effect.Effect<A, E>
}

const during = <A, E>(operation: Operation, then: Effect.Effect<A, E>): Effect.Effect<A | void, E> =>
  Effect.flatMap(CurrentOperation, (current) => (current === operation ? then : Effect.void))

/** The store, with steps. */
export const layerStore = ({ at }: Between) =>
  Layer.effect(
    VaultStore,
    Effect.map(VaultStore, (store) =>
      VaultStore.of({
        ...store,
        claim: (attempt) =>
          at("ensureUser: before the claim").pipe(
            Effect.andThen(store.claim(attempt)),
            Effect.tap((isClaimed) => (isClaimed ? at("ensureUser: the claim is durable") : Effect.void))
          ),
        complete: (attempt) =>
          at("ensureUser: sealed, before completing").pipe(
            Effect.andThen(store.complete(attempt)),
            Effect.tap((isDone) => (isDone ? at("ensureUser: completed durably, before handing out") : Effect.void))
          ),
        end: (attempt) => {
          const isDoom = attempt.state === "doomed"
          const before = at(isDoom ? "ensureUser: before dooming" : "ensureUser: before voiding")
          const after = at(isDoom ? "ensureUser: doomed" : "ensureUser: voided")
          return during("ensureUser", before).pipe(
            Effect.andThen(store.end(attempt)),
            Effect.tap((isEnded) => (isEnded ? during("ensureUser", after) : Effect.void)),
            Effect.tap((isEnded) => (isEnded ? during("sweep", at("sweep: doomed")) : Effect.void))
          )
        },
        forget: (attempt) =>
          Effect.tap(store.forget(attempt), (isDoomed) =>
            isDoomed ? at("forget: doomed, before the deletion") : Effect.void
          ),
        markRotation: (attempt) =>
          Effect.tap(store.markRotation(attempt), (isMarked) =>
            isMarked && attempt.to !== null ? at("rotate: marked") : Effect.void
          ),
        replaceSecret: (attempt) =>
          at("rotate: the reply is here, before replacing").pipe(
            Effect.andThen(store.replaceSecret(attempt)),
            Effect.tap((isReplaced) => (isReplaced ? at("rotate: replaced") : Effect.void))
          ),
        rows: (clientId, userIds) => Effect.andThen(during("sweep", at("sweep: listed")), store.rows(clientId, userIds))
      })
    )
  )

/** SnapTrade, with steps. */
export const layerSnapTrade = ({ around, at }: Between) =>
  Layer.effect(
    SnapTrade,
    Effect.map(SnapTrade, (snapTrade) =>
      SnapTrade.of({
        ...snapTrade,
        execute: (definition, input) => {
          const request = snapTrade.execute(definition, input)
          switch (definition.name) {
            case "registerUser":
              return at("ensureUser: before the request leaves").pipe(
                Effect.andThen(around(input, request)),
                Effect.tap(() => at("ensureUser: the reply is here, before sealing"))
              )
            case "resetUserSecret":
              return around(input, request)
            case "deleteUser":
              return during("sweep", at("sweep: before a deletion")).pipe(
                Effect.andThen(request),
                Effect.tap(() => during("sweep", at("sweep: after a deletion"))),
                Effect.tap(() => during("forget", at("forget: deleted")))
              )
            default:
              return request
          }
        }
      })
    )
  )

/**
 * The one way of every operation: input → request → attempts → value or failure, within its time budget.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Random from "effect/Random"
import type { Credentials } from "../Credentials.ts"
import type { Definition, Response } from "../Operation.ts"
import type { CompletePolicy } from "../RetryPolicy.ts"
import type { Attempt } from "../SendWitness.ts"
import { type ErrorOf, InvalidInput, type SnapTradeError, type SpecificTag } from "../SnapTradeError.ts"
import { inWords } from "./duration.ts"
import { exchange } from "./exchange.ts"
import { requestOf } from "./request.ts"
import { makeTelemetry } from "./telemetry.ts"

/**
 * The limits of one call.
 */
export interface Limits {
  readonly timeout: Duration.Duration
  readonly retryPolicy: CompletePolicy
}

interface Settings {
  readonly signedClient: HttpClient.HttpClient
  readonly unsignedClient: HttpClient.HttpClient
  readonly credentials: Credentials
  readonly witness: () => Attempt
  readonly limits: (context: Context.Context<never>) => Limits
}

// In milliseconds. What changed nothing may be tried again; what may have changed something only where repeating it is harmless.
const waitBeforeRetry = (
  error: SnapTradeError,
  attempts: number,
  repeatable: boolean,
  policy: CompletePolicy
): number | undefined => {
  if (attempts >= policy.maxAttempts) return undefined
  if (error._tag === "RateLimited") return Duration.toMillis(error.retryAfter)
  const transient =
    error._tag === "RequestNotSent" || (repeatable && (error._tag === "ServerError" || error._tag === "ConnectionLost"))
  return transient ? Duration.toMillis(policy.backoff) * 2 ** (attempts - 1) : undefined
}

// Sent without time to be answered, a user would be registered whose secret is lost: so much is left to an attempt, in milliseconds.
const leastOf = (budget: number): number => Math.min(5000, budget / 4)

/**
 * Makes the function that executes operations with one layer's settings.
 */
export const makeInterpreter = (settings: Settings) => {
  const { baseUrl, consumerKey } = settings.credentials
  const telemetry = makeTelemetry(baseUrl)

  return <Input extends object, A, Tag extends SpecificTag>(
    definition: Definition<Input, A, Tag>,
    input: Input
  ): Effect.Effect<Response<A>, ErrorOf<Tag>> =>
    telemetry.observe(definition, ({ attempted, context, fail }) => {
      const clock = Context.get(context, Clock.Clock)
      const { retryPolicy, timeout } = settings.limits(context)
      const budget = Duration.toMillis(timeout)
      if (!(budget > 0)) {
        const detail = `the timeout must be longer than zero, such as "30 seconds"; it is ${inWords(timeout)}`
        return fail(new InvalidInput({ operation: definition.name, detail }))
      }
      return Effect.flatMapEager(Effect.catchEager(requestOf(definition, baseUrl, input), fail), (unsigned) => {
        const deadline = clock.currentTimeMillisUnsafe() + budget
        const least = leastOf(budget)
        // Never more than all of it: the machine's clock may be set back meanwhile.
        const remaining = () => Math.min(budget, deadline - clock.currentTimeMillisUnsafe())
        const attempt = (attempts: number, left: number): Effect.Effect<Response<A>, ErrorOf<Tag>> => {
          attempted()
          const exchanged = exchange(definition, {
            client: definition.signed === false ? settings.unsignedClient : settings.signedClient,
            consumerKey,
            attempt: settings.witness(),
            input,
            unsigned,
            clock,
            context,
            left,
            timeout
          })
          return exchanged.pipe(
            Effect.catch((failure) => {
              const wait = waitBeforeRetry(failure, attempts, definition.lostReply.repeatable, retryPolicy)
              return wait === undefined ? fail(failure) : again(failure, wait, attempts)
            })
          )
        }
        const again = (failure: ErrorOf<Tag>, wait: number, attempts: number) =>
          Effect.flatMap(retryPolicy.jitter === 0 ? Effect.succeed(0) : Random.next, (share) => {
            // A wait that leaves no time to send again is not begun: the failure that is known says more than a timeout.
            const room = remaining() - least
            if (room < wait) return fail(failure)
            const jittered = Math.min(wait * (1 + retryPolicy.jitter * share), room)
            // A timer is late by milliseconds; a process that is held up, or a machine that sleeps, by more than there was room for.
            return Effect.flatMap(clock.sleep(Duration.millis(jittered)), () => {
              const left = remaining()
              return left < least / 2 ? fail(failure) : attempt(attempts + 1, left)
            })
          })
        return attempt(1, budget)
      })
    })
}

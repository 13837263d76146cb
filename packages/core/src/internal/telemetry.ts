/**
 * One span, two counters and one histogram for each operation, by OpenTelemetry's names; nothing secret in any of them.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { constUndefined } from "effect/Function"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import type { Call, Response } from "../Operation.ts"
import type { SnapTradeError, SpecificTag } from "../SnapTradeError.ts"

const failureOf = <A, E>(exit: Exit.Exit<A, E>): E | undefined =>
  Exit.isFailure(exit) ? exit.cause.reasons.find(Cause.isFailReason)?.error : undefined

// How an operation ended: "ok", the failure's tag, "interrupted" or "defect".
const resultOf = (exit: Exit.Exit<unknown, SnapTradeError>): string => {
  if (Exit.isSuccess(exit)) return "ok"
  return failureOf(exit)?._tag ?? (Cause.hasInterrupts(exit.cause) ? "interrupted" : "defect")
}

// What is known of the reply, where there was one.
const attributesOfReply: ReadonlyArray<
  readonly [attribute: string, fact: "status" | "requestId" | "code" | "outcome"]
> = [
  ["http.response.status_code", "status"],
  ["snaptrade.request_id", "requestId"],
  ["snaptrade.code", "code"],
  ["snaptrade.outcome", "outcome"]
]

const annotate = (
  span: Tracer.Span,
  exit: Exit.Exit<Response<unknown>, SnapTradeError>,
  result: string,
  attempts: number
): void => {
  if (attempts > 1) span.attribute("http.request.resend_count", attempts - 1)
  if (Exit.isFailure(exit)) span.attribute("error.type", result)
  const known: { readonly [fact: string]: unknown } = { ...(Exit.isSuccess(exit) ? exit.value : failureOf(exit)) }
  for (const [attribute, fact] of attributesOfReply) {
    if (known[fact] !== undefined) span.attribute(attribute, known[fact])
  }
}

const secondsBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30]

const metricsOf = (operation: string, result: string) => {
  const attributes = { "snaptrade.operation": operation, "snaptrade.result": result }
  return {
    operations: Metric.counter("snaptrade.client.operations", {
      description: "Operations that ended, by how they ended",
      attributes,
      incremental: true
    }),
    attempts: Metric.counter("snaptrade.client.attempts", {
      description: "Requests that operations took, retries included",
      attributes,
      incremental: true
    }),
    duration: Metric.histogram("snaptrade.client.operation.duration", {
      description: "How long operations took, attempts and waits together, in seconds",
      attributes,
      boundaries: secondsBoundaries
    })
  }
}

// What `Effect.withSpan` provides (the name for stack traces, and the span), at once and not one after the other: for each new
// context Effect derives anew what a fiber keeps of it.
const insideOf = (
  name: string,
  span: Tracer.Span | undefined,
  context: Context.Context<never>
): Context.Context<never> => {
  const parent = Context.get(context, References.CurrentStackFrame)
  const named = Context.add(context, References.CurrentStackFrame, { name, stack: constUndefined, parent })
  return span === undefined ? named : Context.add(named, Tracer.ParentSpan, span)
}

/**
 * One operation that is observed.
 */
export interface Observed {
  /** What its requests run in: its span is the parent there, and stack traces tell its name. */
  readonly context: Context.Context<never>
  /** To be called for each request. */
  readonly attempted: () => void
  /** Fails with the operation's name in the stack trace. */
  readonly fail: <E>(error: E) => Effect.Effect<never, E>
}

const memoized = <K, V>(
  known: { readonly get: (key: K) => V | undefined; readonly set: (key: K, value: V) => unknown },
  key: K,
  make: () => V
): V => {
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  known.set(key, made)
  return made
}

/**
 * Observes operations that go to `baseUrl`.
 */
export const makeTelemetry = (baseUrl: string) => {
  const url = new URL(baseUrl)
  const prefix = url.pathname.replace(/\/$/, "")
  const server = {
    "url.scheme": url.protocol.slice(0, -1),
    "server.address": url.hostname,
    "server.port": url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port)
  }
  const known = new WeakMap<object, ReturnType<typeof described>>()
  const described = ({ method, name, path }: Pick<Call<never>, "method" | "name" | "path">) => ({
    span: `SnapTrade.${name}`,
    options: {
      kind: "client" as const,
      attributes: { ...server, "http.request.method": method, "url.template": prefix + path }
    },
    metrics: new Map<string, ReturnType<typeof metricsOf>>()
  })

  /**
   * Runs one operation in a span of its own and measures it.
   */
  const observe = <Input extends object, A, Tag extends SpecificTag, E extends SnapTradeError>(
    call: Call<Input, Tag>,
    run: (observed: Observed) => Effect.Effect<Response<A>, E>
  ): Effect.Effect<Response<A>, E> => {
    const { metrics, options, span: spanName } = memoized(known, call, () => described(call))
    const measured = (context: Context.Context<never>, span: Tracer.Span | undefined) => {
      const clock = Context.get(context, Clock.Clock)
      const startedAt = clock.currentTimeMillisUnsafe()
      const inside = insideOf(spanName, span, context)
      let attempts = 0
      const observed: Observed = {
        context: inside,
        attempted: () => attempts++,
        fail: (error) => Effect.updateContext(Effect.fail(error), () => inside)
      }
      return Effect.onExitPrimitive(
        Effect.suspend(() => run(observed)),
        (exit) => {
          const result = resultOf(exit)
          const metric = memoized(metrics, result, () => metricsOf(call.name, result))
          metric.operations.updateUnsafe(1, context)
          metric.attempts.updateUnsafe(attempts, context)
          metric.duration.updateUnsafe((clock.currentTimeMillisUnsafe() - startedAt) / 1000, context)
          if (span !== undefined) annotate(span, exit, result, attempts)
          return undefined
        }
      )
    }
    return Effect.contextWith((context: Context.Context<never>) =>
      Context.get(context, References.TracerEnabled)
        ? Effect.useSpan(spanName, options, (span) => measured(context, span))
        : measured(context, undefined)
    )
  }

  return { observe }
}

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

const annotate = (
  span: Tracer.Span,
  exit: Exit.Exit<Response<unknown>, SnapTradeError>,
  result: string,
  attempts: number
): void => {
  const error = failureOf(exit)
  const facts: Record<string, unknown> = {
    ...(Exit.isSuccess(exit) ? exit.value : error),
    resends: attempts > 1 ? attempts - 1 : undefined,
    error: Exit.isSuccess(exit) ? undefined : result
  }
  for (const [attribute, fact] of attributesOfTheEnd) {
    if (facts[fact] !== undefined) span.attribute(attribute, facts[fact])
  }
}

const attributesOfTheEnd = [
  ["http.response.status_code", "status"],
  ["http.request.resend_count", "resends"],
  ["error.type", "error"],
  ["snaptrade.request_id", "requestId"],
  ["snaptrade.code", "code"],
  ["snaptrade.outcome", "outcome"]
] as const

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

// What `Effect.withParentSpan` provides (the span, and its name for stack traces), at once and not one after the other: for each
// new context Effect derives anew what a fiber keeps of it.
const insideOf = (span: Tracer.Span, context: Context.Context<never>): Context.Context<never> => {
  const parent = Context.get(context, References.CurrentStackFrame)
  return context.pipe(
    Context.add(Tracer.ParentSpan, span),
    Context.add(References.CurrentStackFrame, { name: span.name, stack: constUndefined, parent })
  )
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
  const known = new Map<string, ReturnType<typeof metricsOf>>()
  const metrics = (operation: string, result: string) => {
    const key = `${operation} ${result}`
    const found = known.get(key) ?? metricsOf(operation, result)
    known.set(key, found)
    return found
  }

  /**
   * Runs one operation in a span of its own and measures it. `run` is given the context in which that span is the parent,
   * and calls `attempted` for each request it sends.
   */
  const observe = <Input extends object, A, Tag extends SpecificTag, E extends SnapTradeError>(
    call: Call<Input, Tag>,
    run: (context: Context.Context<never>, attempted: () => void) => Effect.Effect<Response<A>, E>
  ): Effect.Effect<Response<A>, E> =>
    Effect.useSpan(
      `SnapTrade.${call.name}`,
      {
        kind: "client",
        attributes: {
          ...server,
          "http.request.method": call.method,
          "url.template": prefix + call.path
        }
      },
      (span) =>
        Effect.contextWith((context: Context.Context<never>) => {
          const clock = Context.get(context, Clock.Clock)
          const startedAt = clock.currentTimeMillisUnsafe()
          const inside = insideOf(span, context)
          let attempts = 0
          return Effect.onExit(
            Effect.provideContext(
              Effect.suspend(() => run(inside, () => attempts++)),
              inside
            ),
            (exit) =>
              Effect.sync(() => {
                const result = resultOf(exit)
                const metric = metrics(call.name, result)
                metric.operations.updateUnsafe(1, context)
                metric.attempts.updateUnsafe(attempts, context)
                metric.duration.updateUnsafe((clock.currentTimeMillisUnsafe() - startedAt) / 1000, context)
                annotate(span, exit, result, attempts)
              })
          )
        })
    )

  return { observe }
}

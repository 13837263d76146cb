/**
 * Whether what a client said of a registration is true, by what the local SnapTrade did.
 */
import type { RegisterUserError, Response, User } from "@effect-snaptrade/core"
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Ending } from "../CataloguedFault.ts"
import type { RegisteredUser, SeenRequest } from "../LocalSnapTrade.ts"

/** How a registration ended. */
export type Ended = Result.Result<Response<User>, RegisterUserError>

/** The failure, or that there was none. A defect or an interruption is neither. */
export const ended = (exit: Exit.Exit<Response<User>, RegisterUserError>): Ended => {
  if (Exit.isSuccess(exit)) return Result.succeed(exit.value)
  const failure = exit.cause.reasons.find(Cause.isFailReason)
  return failure === undefined || exit.cause.reasons.length > 1
    ? assert.fail(`not a failure of the operation: ${Cause.pretty(exit.cause)}`)
    : Result.fail(failure.error)
}

/** The name of an ending. */
export const endingOf = (end: Ended): Ending => {
  if (Result.isSuccess(end)) return "success"
  const error = end.failure
  return error._tag === "UnexpectedReply" ? `${error._tag}, ${error.outcome}` : error._tag
}

/**
 * - Who was told of a success has the user's secret.
 * - Who was told `not-applied` has no user there; `applied`, has one.
 * - So of every user whose secret did not arrive it was said that it exists or may exist.
 */
export const assertSound = (end: Ended, registered: RegisteredUser | undefined, what = "it"): void => {
  if (Result.isSuccess(end)) {
    assert.isDefined(registered, `${what} succeeded, and nobody is registered`)
    const secret = registered === undefined ? undefined : Redacted.value(registered.userSecret)
    assert.strictEqual(Redacted.value(end.success.value.userSecret), secret, `${what} succeeded with another secret`)
  } else if (end.failure.outcome === "not-applied") {
    assert.isUndefined(registered, `${what} was called not-applied (${end.failure._tag}), and the user is registered`)
  } else if (end.failure.outcome === "applied") {
    assert.isDefined(registered, `${what} was called applied (${end.failure._tag}), and nobody is registered`)
  }
}

const spellings = (secret: string) => [secret, encodeURIComponent(secret), btoa(secret), JSON.stringify(secret)]

/** Nothing secret shows, however the ending is printed. */
export const assertSilent = (
  exit: Exit.Exit<unknown, unknown>,
  secrets: {
    readonly consumerKey: Redacted.Redacted
    readonly registered: RegisteredUser | undefined
    readonly requests: ReadonlyArray<SeenRequest>
  }
): void => {
  const value = Exit.isSuccess(exit) ? exit.value : exit.cause.reasons.find(Cause.isFailReason)?.error
  const printed = [
    String(exit),
    JSON.stringify(exit),
    String(value),
    JSON.stringify(value),
    Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""
  ].join("\n")
  const secretTexts = [
    Redacted.value(secrets.consumerKey),
    ...(secrets.registered === undefined ? [] : [Redacted.value(secrets.registered.userSecret)]),
    ...secrets.requests.flatMap(({ headers, query }) => [headers["signature"] ?? "", query])
  ]
  for (const spelling of secretTexts.filter((text) => text !== "").flatMap(spellings)) {
    assert.notInclude(printed, spelling)
  }
}

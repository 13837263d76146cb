/**
 * What SnapTrade does about users when nothing goes wrong: it registers, lists, logs in, rotates and deletes them.
 */
import * as Duration from "effect/Duration"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Failure from "../Failure.ts"
import type { RegisteredUser } from "../LocalSnapTrade.ts"
import type { LocalState } from "../LocalState.ts"

/** A request that is allowed: what it asks. */
export interface Asked {
  readonly operation: `${string} ${string}`
  readonly query: URLSearchParams
  readonly body: Schema.Json
  /** Milliseconds since the epoch, by the Clock. */
  readonly at: number
  /** Where links that are answered lead. */
  readonly origin: string
}

/** What SnapTrade tells by webhook. */
export interface UserEvent {
  readonly eventType: "USER_REGISTERED" | "USER_DELETED"
  readonly userId: string
  readonly at: number
}

/** How the operations behave. */
export interface UserOperationsOptions {
  /** How long a deletion is queued before it happens; 5 seconds unless told. */
  readonly deletionDelay?: Duration.Input | undefined
}

interface Login {
  readonly userId: string
  readonly expiresAt: number
}

const loginLifetime = Duration.toMillis("5 minutes")
const locales = new Set(["en", "pt-br"])

const Registration = Schema.Struct({ userId: Schema.NonEmptyString })
const Owner = Schema.Struct({ userId: Schema.NonEmptyString, userSecret: Schema.String })
const LoginOptions = Schema.NullOr(
  Schema.Struct({
    broker: Schema.optionalKey(Schema.String),
    immediateRedirect: Schema.optionalKey(Schema.Boolean),
    customRedirect: Schema.optionalKey(Schema.String),
    reconnect: Schema.optionalKey(Schema.String),
    connectionType: Schema.optionalKey(Schema.Literals(["read", "trade", "trade-if-available"])),
    showCloseButton: Schema.optionalKey(Schema.Boolean),
    darkMode: Schema.optionalKey(Schema.Boolean),
    locale: Schema.optionalKey(Schema.String),
    connectionPortalVersion: Schema.optionalKey(Schema.String)
  })
)

const json = (status: number, body: Schema.Json) => HttpServerResponse.jsonUnsafe(body, { status })

/** A failure as a response. */
export const failed = (failure: Failure.Failure) => json(failure.status, Failure.failureBody(failure))

/** As SnapTrade writes a moment: `2022-11-04 01:47:00.377000+00:00`. */
export const pythonTimestamp = (at: number): string =>
  new Date(at).toISOString().replace("T", " ").replace("Z", "000+00:00")

/**
 * The users of one local SnapTrade, and the operations on them.
 */
export const makeUserOperations = (options: UserOperationsOptions, initial: LocalState) => {
  const deletionDelay = Duration.toMillis(Duration.fromInputUnsafe(options.deletionDelay ?? "5 seconds"))
  const users = new Map<string, RegisteredUser>(
    initial.users.map((user) => [user.userId, { ...user, deletionQueued: false }])
  )
  const logins = new Map<string, Login>()
  let deletions = Array.from(initial.deletions)
  const events: Array<UserEvent> = []
  let queued: number | undefined
  let changes = 0

  const withNewSecret = (userId: string, registeredAt: number) => {
    const userSecret = crypto.randomUUID()
    changes++
    users.set(userId, {
      userId,
      userSecret: Redacted.make(userSecret, { label: "userSecret" }),
      registeredAt,
      deletionQueued: false
    })
    return json(200, { userId, userSecret })
  }

  // A deletion goes by id, whoever has it by then: that is why an id must not be registered again.
  const applyDeletions = (now: number): void => {
    const due = deletions.filter(({ dueAt }) => dueAt <= now)
    if (due.length === 0) return
    changes++
    deletions = deletions.filter(({ dueAt }) => dueAt > now)
    for (const { dueAt, userId } of due) {
      if (users.delete(userId)) events.push({ eventType: "USER_DELETED", userId, at: dueAt })
    }
  }

  const owned = (userId: string, userSecret: string): RegisteredUser | undefined => {
    const user = users.get(userId)
    return user !== undefined && Redacted.value(user.userSecret) === userSecret ? user : undefined
  }

  const operations: Record<string, (asked: Asked) => HttpServerResponse.HttpServerResponse> = {
    "POST /snapTrade/registerUser": ({ at, body }) => {
      const registration = Schema.decodeUnknownResult(Registration)(body)
      if (Result.isFailure(registration)) return failed(Failure.invalidInput)
      const { userId } = registration.success
      if (users.has(userId)) return failed(Failure.userAlreadyExists)
      events.push({ eventType: "USER_REGISTERED", userId, at })
      return withNewSecret(userId, at)
    },

    "GET /snapTrade/listUsers": () => json(200, Array.from(users.keys())),

    "DELETE /snapTrade/deleteUser": ({ at, query }) => {
      const userId = query.get("userId") ?? ""
      if (!users.has(userId)) return failed(Failure.notFound)
      const dueAt = at + deletionDelay
      deletions.push({ userId, dueAt })
      changes++
      queued = dueAt
      return json(200, { status: "deleted", detail: "The user is queued for deletion.", userId })
    },

    "POST /snapTrade/resetUserSecret": ({ body }) => {
      const owner = Schema.decodeUnknownResult(Owner)(body)
      if (Result.isFailure(owner)) return failed(Failure.invalidInput)
      const user = owned(owner.success.userId, owner.success.userSecret)
      return user === undefined ? failed(Failure.userRejected) : withNewSecret(user.userId, user.registeredAt)
    },

    "POST /snapTrade/login": ({ at, body, origin, query }) => {
      const user = owned(query.get("userId") ?? "", query.get("userSecret") ?? "")
      if (user === undefined) return failed(Failure.userRejected)
      const login = Schema.decodeUnknownResult(LoginOptions)(body)
      if (Result.isFailure(login)) return failed(Failure.invalidInput)
      const locale = login.success?.locale
      if (locale !== undefined && !locales.has(locale.toLowerCase().replace("_", "-")))
        return failed(Failure.invalidInput)
      const token = crypto.randomUUID()
      const sessionId = crypto.randomUUID()
      logins.set(token, { userId: user.userId, expiresAt: at + loginLifetime })
      return json(200, {
        redirectURI: `${origin}/snapTrade/redeemToken?token=${token}&sessionId=${sessionId}`,
        sessionId
      })
    }
  }

  /** What is answered without a signature. */
  const unsigned: typeof operations = {
    "GET /": ({ at }) => json(200, { version: 1, timestamp: pythonTimestamp(at), online: true }),

    "GET /snapTrade/redeemToken": ({ at, query }) => {
      const token = query.get("token") ?? ""
      const login = logins.get(token)
      if (login === undefined) return failed(Failure.notFound)
      return login.expiresAt <= at
        ? HttpServerResponse.text("This link has expired.", { status: 410 })
        : HttpServerResponse.text("The Connection Portal would be here.")
    }
  }

  return {
    operations,
    unsigned,
    applyDeletions,
    users: (now: number): ReadonlyArray<RegisteredUser> => {
      applyDeletions(now)
      const queuedIds = new Set(deletions.map(({ userId }) => userId))
      return Array.from(users.values(), (user) => ({ ...user, deletionQueued: queuedIds.has(user.userId) }))
    },
    /** When the deletion happens that was queued since it was last asked; undefined where none was. */
    takeQueued: (): number | undefined => {
      const dueAt = queued
      queued = undefined
      return dueAt
    },
    /** When the deletions happen that are queued. */
    deletionsDue: (): ReadonlyArray<number> => deletions.map(({ dueAt }) => dueAt),
    /** Counts what has changed. */
    changes: (): number => changes,
    /** What is kept. */
    state: (): LocalState => ({
      version: 1,
      users: Array.from(users.values(), ({ registeredAt, userId, userSecret }) => ({
        userId,
        userSecret,
        registeredAt
      })),
      deletions: Array.from(deletions)
    }),
    /** What happened since it was last asked. */
    takeEvents: (): ReadonlyArray<UserEvent> => events.splice(0),
    reset: () => {
      changes++
      users.clear()
      logins.clear()
      deletions = []
      events.length = 0
    }
  }
}

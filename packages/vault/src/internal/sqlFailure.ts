// What a database's failure says to the person who reads it, without a parameter of the statement.
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import type { MigrationError } from "effect/sql/Migrator"
import { isSqlError, type SqlError, type SqlErrorReason } from "effect/sql/SqlError"

// By SQLSTATE.
const postgresAdvice: Record<string, string> = {
  "25006": "it takes no writes: is this a standby, or default_transaction_read_only set?",
  "28000": "check the user and how it may connect",
  "28P01": "check the user and the password",
  "3D000": "create the database, or name another",
  "42501":
    "grant the user what it lacks, or run the migrations as one who has it and open the store with migrate: false",
  "42703": "the table is of another version: run the migrations",
  "42P01": "run the migrations, or open the store without migrate: false",
  "53100": "its disk is full: free some space",
  "53300": "it has too many connections: lower maxConnections, or raise its limit",
  "55P03": "something else holds the lock for long",
  "57014": "the statement was cancelled: raise statement_timeout, or see what holds it up",
  "57P01": "it is shutting down or was told to close the connection",
  "57P03": "it is starting or shutting down"
}

// By SQLite's primary result code.
const sqliteAdvice: Record<number, string> = {
  5: "another process holds the database for longer than the busy timeout",
  6: "another connection of this process holds the table",
  8: "the file, its directory or its volume is read-only for this process",
  10: "the disk or the file system failed",
  11: "the file is damaged: restore it from a backup",
  13: "the disk is full, or the database has reached its greatest size: free some space",
  14: "its directory has to exist, and the path has to be a file that this process may read and write",
  26: "the file is something else than a SQLite database"
}

const adviceOf = ({ _tag, cause }: SqlErrorReason): string | undefined => {
  const { code, errno, message } = typeof cause === "object" && cause !== null ? errorFields(cause) : {}
  if (typeof code === "string" && code in postgresAdvice) return postgresAdvice[code]
  // SQLite's own words; D1 has no number for them.
  if (typeof message === "string" && /no such (?:table|column)/.test(message)) return postgresAdvice["42P01"]
  // An error number of the operating system is negative.
  if (typeof errno === "number" && errno > 0) return sqliteAdvice[errno & 0xff]
  return _tag === "ConnectionError" ? "is the database there, and does the network lead to it?" : undefined
}

const errorFields = (cause: object): { code?: unknown; errno?: unknown; message?: unknown; errors?: unknown } => cause

// A refused connection is an AggregateError without words of its own, one error for each address.
const wordsOf = (cause: unknown): string | undefined => {
  if (typeof cause === "string") return cause
  if (typeof cause !== "object" || cause === null) return undefined
  const { code, errors, message } = errorFields(cause)
  if (typeof message === "string" && message !== "") return message
  if (Array.isArray(errors)) return errors.flatMap((error) => wordsOf(error) ?? []).join(", ")
  return typeof code === "string" ? code : undefined
}

const sqlDetail = ({ message, reason }: SqlError): string => {
  const words = wordsOf(reason.cause)
  // The client's own words come first, where it has more to say than its driver.
  const said = words === undefined || words === message ? message : `${message}: ${words}`
  const advice = adviceOf(reason)
  return (advice === undefined ? said : `${said} (${advice})`).replace(/\.$/, "")
}

/** What to put into `StoreFailed`. */
export const failureDetail = (error: SqlError | MigrationError | Schema.SchemaError): string => {
  if (isSqlError(error)) return sqlDetail(error)
  // What a schema says quotes the row, and with it a secret.
  if (error._tag === "SchemaError") {
    return "a row of snaptrade_vault_attempts does not read as an attempt: was it written by hand, or by a later version?"
  }
  return Predicate.isObject(error.cause) && isSqlError(error.cause)
    ? `${error.message}: ${sqlDetail(error.cause)}`
    : error.message
}

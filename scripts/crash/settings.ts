/**
 * What the parent tells a worker, and both tell their store.
 */
import * as Schema from "effect/Schema"
import { Step } from "./steps.ts"

/** The databases that the vault's rows are kept in. */
export const Database = Schema.Literals(["sqlite", "postgres"])

/** The databases that the vault's rows are kept in. */
export type Database = typeof Database.Type

/** Where the rows are: a file of SQLite's, or a URL of Postgres'. */
export const Place = Schema.Struct({ database: Database, url: Schema.String })

/** Where the rows are. */
export type Place = typeof Place.Type

/** A worker's task. */
export const Settings = Schema.Struct({
  worker: Schema.Int,
  seed: Schema.String,
  place: Place,
  journal: Schema.String,
  baseUrl: Schema.String,
  clientId: Schema.String,
  /** Of the local SnapTrade; they protect nothing. */
  consumerKey: Schema.String,
  adminToken: Schema.String,
  /** Milliseconds, for one registration. */
  timeout: Schema.Finite,
  task: Schema.Union([
    /** Does what apps do until it is killed, or kills itself as it reaches a step for the nth time. */
    Schema.TaggedStruct("Live", {
      /** The first of the app users that are shared with the workers before and after. */
      from: Schema.Int,
      die: Schema.optionalKey(Schema.Struct({ step: Step, nth: Schema.Int }))
    }),
    /** Asks for so many app users, all at once, and ends. */
    Schema.TaggedStruct("AskForAll", { count: Schema.Int })
  ])
})

/** A worker's task. */
export type Settings = typeof Settings.Type

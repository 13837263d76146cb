/**
 * What the inspector page shows of a local SnapTrade, and the endpoints that it asks. Nothing secret is among it unless it
 * is asked for by itself.
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiError from "effect/http-api/HttpApiError"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as Schema from "effect/Schema"
import { Instruction } from "./Instruction.ts"
import { Answered, Delivery, RegisteredUser, SeenRequest } from "./LocalSnapTrade.ts"

/** The beginning of a text that somebody else chose, and how long all of it is. */
export const Clipped = Schema.Struct({ text: Schema.String, length: Schema.Int })

/** The beginning of a text that somebody else chose. */
export type Clipped = typeof Clipped.Type

/** A request in the list. Its number counts from 1; after a reset it begins again. */
export const RequestRow = Schema.Struct({
  number: Schema.Int,
  at: Schema.Finite,
  method: Schema.String,
  path: Clipped,
  userId: Schema.optionalKey(Clipped),
  /** The instruction that it met, in words. */
  instruction: Schema.optionalKey(Schema.String),
  answered: Schema.optionalKey(Answered)
})

/** A request in the list. */
export type RequestRow = typeof RequestRow.Type

/** A user in the list, under a number of this page's own. */
export const UserRow = Schema.Struct({
  number: Schema.Int,
  userId: Clipped,
  registeredAt: Schema.Finite,
  deletionQueued: Schema.Boolean
})

/** A user in the list. */
export type UserRow = typeof UserRow.Type

/** A delivery in the list. */
export const DeliveryRow = Schema.Struct({
  number: Schema.Int,
  at: Schema.Finite,
  attempt: Schema.Int,
  status: Schema.Int,
  eventType: Schema.optionalKey(Clipped),
  userId: Schema.optionalKey(Clipped),
  /** When it is delivered again, if it was not taken. */
  againAt: Schema.optionalKey(Schema.Finite),
  body: Clipped
})

/** A delivery in the list. */
export type DeliveryRow = typeof DeliveryRow.Type

const listOf = <Row extends Schema.Top>(row: Row) => Schema.Struct({ total: Schema.Int, rows: Schema.Array(row) })

/** So many requests in a second; the second counts from the epoch. */
const InSecond = Schema.Struct({ second: Schema.Int, counted: Schema.Int, refused: Schema.Int })

/** Everything that the page shows at once: the newest of each list, in order. */
export const Feed = Schema.Struct({
  /** Changes with anything that is shown. */
  version: Schema.String,
  /** Changes with a reset: what was shown before is gone. */
  epoch: Schema.Int,
  /** Milliseconds since the epoch, by the Clock. */
  now: Schema.Finite,
  clientId: Schema.String,
  /** Whether somebody takes webhooks. */
  webhooks: Schema.Boolean,
  requests: listOf(RequestRow),
  users: listOf(UserRow),
  deliveries: listOf(DeliveryRow),
  rateLimit: Schema.Struct({ limit: Schema.Int, seconds: Schema.Array(InSecond) }),
  /** The instructions that wait for a request, in words. */
  queue: listOf(Schema.Struct({ label: Schema.String, userId: Schema.optionalKey(Clipped) }))
})

/** Everything that the page shows at once. */
export type Feed = typeof Feed.Type

/** A request with all that was sent. */
export const RequestDetail = Schema.Struct({
  row: RequestRow,
  request: SeenRequest,
  /** Whether there are secrets in it, and whether they are covered. */
  secrets: Schema.Literals(["none", "hidden", "shown"])
})

/** A request with all that was sent. */
export type RequestDetail = typeof RequestDetail.Type

/** Something to go wrong with a next request, ready-made. */
export const OfferedFault = Schema.Struct({
  group: Schema.String,
  label: Schema.String,
  says: Schema.String,
  instruction: Instruction
})

/** Something to go wrong with a next request, ready-made. */
export type OfferedFault = typeof OfferedFault.Type

/** A list's length on the page. */
const Limit = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))

const byNumber = { number: Schema.Int }

/** What the inspector page asks. */
export class InspectorGroup extends HttpApiGroup.make("inspector")
  .add(
    HttpApiEndpoint.get("feed", "/feed", {
      query: {
        /** The version that the page has: the answer waits for another one, for some seconds. */
        seen: Schema.optional(Schema.String),
        /** The first request that the page does not have, or has unfinished. */
        from: Schema.optional(Schema.Int),
        limit: Schema.optional(Limit)
      },
      success: Feed
    }),
    HttpApiEndpoint.get("request", "/requests/:number", {
      params: byNumber,
      query: { secrets: Schema.optional(Schema.Literals(["hidden", "shown"])) },
      success: RequestDetail,
      error: HttpApiError.NotFound
    }),
    HttpApiEndpoint.get("user", "/users/:number", {
      params: byNumber,
      success: RegisteredUser,
      error: HttpApiError.NotFound
    }),
    HttpApiEndpoint.get("delivery", "/deliveries/:number", {
      params: byNumber,
      success: Delivery,
      error: HttpApiError.NotFound
    }),
    HttpApiEndpoint.get("faults", "/faults", { success: Schema.Array(OfferedFault) }),
    HttpApiEndpoint.post("forgetInstructions", "/forgetInstructions")
  )
  .prefix("/inspector") {}

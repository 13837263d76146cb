/**
 * What the inspector page is told of a local SnapTrade: the newest of everything, clipped, without secrets.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Hosted } from "../Handler.ts"
import type { Clipped, DeliveryRow, Feed, RequestDetail, RequestRow, UserRow } from "../Inspector.ts"
import type { Delivery, RegisteredUser, SeenRequest } from "../LocalSnapTrade.ts"
import { labelOf } from "./inspectorFaults.ts"
import { hideSecrets, hideSecretsOf } from "./hideSecrets.ts"
import { redeliveryDelay } from "./webhooks.ts"

const clippedTo =
  (most: number) =>
  (text: string): Clipped => ({ text: text.slice(0, most), length: text.length })
const short = clippedTo(200)
const long = clippedTo(2000)

/** How long an answer waits for something to change, and how often it looks. */
const patience = Duration.toMillis("8 seconds")
const glance = Duration.millis(100)

const window = Duration.toMillis("60 seconds")
const defaultLimit = 100

const decodeFields = Schema.decodeUnknownOption(
  Schema.fromJsonString(
    Schema.Struct({ userId: Schema.optionalKey(Schema.String), eventType: Schema.optionalKey(Schema.String) })
  )
)
const fieldsOf = (body: string) => Option.getOrUndefined(decodeFields(body))

const userIdOf = (request: SeenRequest): Clipped | undefined => {
  const userId = new URLSearchParams(request.query).get("userId") ?? fieldsOf(request.body)?.userId
  return userId === undefined ? undefined : short(userId)
}

/** How many requests came before those that are there. */
const before = (requests: ReadonlyArray<SeenRequest>): number =>
  Number(requests[0]?.requestId?.replace(/^\D+/, "") ?? 1) - 1

// A body is read once, however often its request is listed.
const rows = new WeakMap<SeenRequest, RequestRow>()

const requestRow = (request: SeenRequest, index: number): RequestRow => {
  const known = rows.get(request)
  if (known !== undefined) return known
  const row = newRequestRow(request, index)
  rows.set(request, row)
  return row
}

const newRequestRow = (request: SeenRequest, index: number): RequestRow => {
  const userId = userIdOf(request)
  return {
    number: index + 1,
    at: request.at,
    method: request.method,
    path: short(request.path),
    ...(userId !== undefined && { userId }),
    ...(request.instruction !== undefined && { instruction: labelOf(request.instruction) }),
    ...(request.answered !== undefined && { answered: request.answered })
  }
}

const deliveryRow = (delivery: Delivery, index: number): DeliveryRow => {
  const fields = fieldsOf(delivery.body)
  const wait = redeliveryDelay(delivery)
  return {
    number: index + 1,
    at: delivery.at,
    attempt: delivery.attempt,
    status: delivery.status,
    ...(fields?.eventType !== undefined && { eventType: short(fields.eventType) }),
    ...(fields?.userId !== undefined && { userId: short(fields.userId) }),
    ...(wait !== undefined && { againAt: delivery.at + Duration.toMillis(wait) }),
    body: long(hideSecrets(delivery.body))
  }
}

/** The rows from `from` on, but no more than the newest `limit`. */
const newest = <Item, Row>(
  items: ReadonlyArray<Item>,
  limit: number,
  row: (item: Item, index: number) => Row,
  from = 0
): { readonly total: number; readonly rows: ReadonlyArray<Row> } => {
  const start = Math.max(0, from, items.length - limit)
  return { total: items.length, rows: items.slice(start).map((item, offset) => row(item, start + offset)) }
}

/** Requests in each second of the window: those that the rate limit counted, and those that it refused. */
const inSeconds = (
  now: number,
  taken: ReadonlyArray<number>,
  requests: ReadonlyArray<SeenRequest>
): Feed["rateLimit"]["seconds"] => {
  const seconds = new Map<number, { counted: number; refused: number }>()
  const at = (time: number) => {
    const second = Math.floor(time / 1000)
    const counts = seconds.get(second) ?? { counted: 0, refused: 0 }
    seconds.set(second, counts)
    return counts
  }
  for (const time of taken) at(time).counted += 1
  const recent = requests.slice(requests.findLastIndex((request) => request.at <= now - window) + 1)
  for (const request of recent) {
    if (request.answered?.status === 429 && request.instruction?._tag !== "Reply") at(request.at).refused += 1
  }
  return Array.from(seconds, ([second, counts]) => ({ second, ...counts }))
}

/**
 * Looks into one local SnapTrade. Its `reset` is the one to be used.
 */
export const makeInspection = (hosted: Hosted) => {
  // One that is started anew is not to be taken for the one before.
  let epoch = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0
  // Users are asked for by number: an id may be longer than a URL.
  const numbers = new Map<string, number>()
  const numberOf = (userId: string): number => {
    const number = numbers.get(userId) ?? numbers.size + 1
    numbers.set(userId, number)
    return number
  }
  const userRow = (user: RegisteredUser): UserRow => ({
    number: numberOf(user.userId),
    userId: short(user.userId),
    registeredAt: user.registeredAt,
    deletionQueued: user.deletionQueued
  })

  const look = Effect.gen(function* () {
    const now = yield* hosted.now
    const all = {
      requests: yield* hosted.requests,
      users: yield* hosted.users,
      deliveries: yield* hosted.deliveries,
      waiting: yield* hosted.waiting
    }
    const queuedDeletions = all.users.filter(({ deletionQueued }) => deletionQueued).length
    const version = [
      epoch,
      before(all.requests) + all.requests.length,
      // One that takes longer than this many others is told of with the next change.
      all.requests.slice(-1000).filter(({ answered }) => answered === undefined).length,
      all.users.length,
      queuedDeletions,
      all.deliveries.length,
      all.waiting.length
    ].join(".")
    return { ...all, now, version }
  })
  type Looked = Effect.Success<typeof look>

  const changed = Effect.fnUntraced(function* (seen: string | undefined): Effect.fn.Return<Looked> {
    let looked = yield* look
    for (let waited = 0; looked.version === seen && waited < patience; waited += Duration.toMillis(glance)) {
      yield* Effect.sleep(glance)
      looked = yield* look
    }
    return looked
  })

  return {
    reset: Effect.andThen(
      hosted.reset,
      Effect.sync(() => {
        epoch += 1
        numbers.clear()
      })
    ),

    /** What there is, once it is another than `seen`, or after some seconds. */
    feed: Effect.fnUntraced(function* (query: {
      readonly seen?: string | undefined
      readonly from?: number | undefined
      readonly limit?: number | undefined
    }): Effect.fn.Return<Feed> {
      const { deliveries, now, requests, users, version, waiting } = yield* changed(query.seen)
      const { limit, taken } = yield* hosted.rateLimit
      const most = query.limit ?? defaultLimit
      const first = before(requests)
      return {
        version,
        epoch,
        now,
        clientId: hosted.clientId,
        webhooks: hosted.takesWebhooks,
        requests: newest(
          requests,
          most,
          (request, index) => requestRow(request, first + index),
          (query.from ?? 1) - 1 - first
        ),
        users: newest(users, most, userRow),
        deliveries: newest(deliveries, most, deliveryRow),
        rateLimit: { limit, seconds: inSeconds(now, taken, requests) },
        queue: {
          total: waiting.length,
          rows: waiting.slice(0, 20).map(({ instruction, userId }) => ({
            label: labelOf(instruction),
            ...(userId !== undefined && { userId: short(userId) })
          }))
        }
      }
    }),

    /** One request with all that was sent. */
    request: (number: number, secrets: "hidden" | "shown"): Effect.Effect<RequestDetail | undefined> =>
      Effect.map(hosted.requests, (requests) => {
        const request = requests[number - 1 - before(requests)]
        if (request === undefined) return undefined
        const row = requestRow(request, number - 1)
        const key = Redacted.value(hosted.consumerKey)
        const hidden = hideSecretsOf(request, key)
        return {
          row,
          request: secrets === "shown" ? request : hidden,
          secrets: JSON.stringify(hidden) === JSON.stringify(request) ? "none" : secrets
        }
      }),

    /** One user, its secret included. */
    user: (number: number): Effect.Effect<RegisteredUser | undefined> =>
      Effect.map(hosted.users, (users) => users.find(({ userId }) => numbers.get(userId) === number)),

    /** One delivery, whole. */
    delivery: (number: number): Effect.Effect<Delivery | undefined> =>
      Effect.map(hosted.deliveries, (deliveries) => {
        const delivery = deliveries[number - 1]
        return delivery === undefined ? undefined : { ...delivery, body: hideSecrets(delivery.body) }
      })
  }
}

/** What is told of one local SnapTrade. */
export type Inspection = ReturnType<typeof makeInspection>

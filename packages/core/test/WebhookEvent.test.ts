import * as Webhook from "@effect-snaptrade/core/webhook"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"

const webhookSecret = "lgCQWztweEFcHvjdLhHc"

const apiKey = {
  webhookId: "dbaee13a-1184-4677-9741-b6845e60ee3a",
  clientId: "MY-APP",
  eventTimestamp: "2022-05-31T11:16:54.658533+00:00",
  userId: "user-123",
  webhookSecret
}
const oauth = {
  schemaVersion: "oauth_v1",
  webhookId: "35a74573-84a4-4cdd-aa30-9719f89a0123",
  oauthClientId: "portfolio-app",
  eventTimestamp: "2026-08-12T18:22:47.039837+00:00",
  userId: "e474391b-01a0-4eaf-8b3b-3d9c546b790c"
}
const brokerageId = "c8153291-0761-43a8-8ed0-4642103c2cb8"
const brokerageAuthorizationId = "a0231bd2-9b77-4732-ba78-f9c6af6a1a62"
const connectionId = "7c382af7-1faa-490c-8d10-b15e27a36a14"
const accountId = "ec20134b-72e7-4e72-9b4c-9c7ddd1c479c"
const trade = {
  orders: [{ status: "EXECUTED", order_role: null, execution_price: "19.2000000000", legs: [{ leg_id: null }] }],
  detection_lag_seconds: 5.276
}
const holdings = { total_value: { success: true, error: null }, orders: { success: false, error: "maintenance" } }

/** What SnapTrade's documentation shows of each type, beside what all have: with an API key, and for an OAuth app. */
const documented = {
  USER_REGISTERED: { apiKey: {}, oauth: {} },
  USER_DELETED: { apiKey: {}, oauth: {} },
  CONNECTION_ATTEMPTED: {
    apiKey: { connectionAttemptedResult: "SUCCESS", brokerageId },
    oauth: { connectionAttemptedResult: "SUCCESS", brokerageId, connectionId, details: { sessionId: "04525fa4" } }
  },
  CONNECTION_ADDED: { apiKey: { brokerageId, brokerageAuthorizationId }, oauth: { brokerageId, connectionId } },
  CONNECTION_DELETED: { apiKey: { brokerageId, brokerageAuthorizationId }, oauth: { brokerageId, connectionId } },
  CONNECTION_BROKEN: { apiKey: { brokerageAuthorizationId }, oauth: { connectionId } },
  CONNECTION_FIXED: { apiKey: { brokerageAuthorizationId }, oauth: { connectionId } },
  CONNECTION_UPDATED: { apiKey: { brokerageAuthorizationId }, oauth: { connectionId } },
  CONNECTION_FAILED: { apiKey: {}, oauth: {} },
  NEW_ACCOUNT_AVAILABLE: { apiKey: { accountId, brokerageAuthorizationId }, oauth: { accountId, connectionId } },
  ACCOUNT_TRANSACTIONS_INITIAL_UPDATE: {
    apiKey: { accountId, brokerageAuthorizationId },
    oauth: { accountId, connectionId }
  },
  ACCOUNT_TRANSACTIONS_UPDATED: { apiKey: { accountId, brokerageAuthorizationId }, oauth: { accountId, connectionId } },
  ACCOUNT_REMOVED: { apiKey: { accountId, brokerageAuthorizationId }, oauth: { accountId, connectionId } },
  ACCOUNT_HOLDINGS_UPDATED: {
    apiKey: { accountId, brokerageId, brokerageAuthorizationId, details: holdings },
    oauth: { accountId, brokerageId, connectionId, details: holdings }
  },
  TRADE_DETECTION: {
    apiKey: { accountId, brokerageId, brokerageAuthorizationId, details: trade },
    oauth: { accountId, brokerageId, connectionId, details: trade }
  },
  TRADE_UPDATE: {
    apiKey: { accountId, brokerageId, brokerageAuthorizationId, details: trade },
    oauth: { accountId, brokerageId, connectionId, details: trade }
  }
} satisfies Record<Exclude<Webhook.WebhookEvent["eventType"], "UNKNOWN">, object>

describe("a documented event decodes to its own type", () => {
  for (const [eventType, fields] of Object.entries(documented)) {
    it.effect(`${eventType}, with an API key`, () =>
      Effect.gen(function* () {
        const told = { ...apiKey, ...fields.apiKey, eventType }
        const event = yield* Webhook.fromPayload(told)
        assert.strictEqual(DateTime.formatIso(event.eventTimestamp), "2022-05-31T11:16:54.658Z")
        assert("webhookSecret" in event && event.webhookSecret !== undefined)
        assert.strictEqual(Redacted.value(event.webhookSecret), webhookSecret)
        assert.deepStrictEqual<unknown>({ ...event, eventTimestamp: told.eventTimestamp, webhookSecret }, told)
      })
    )

    it.effect(`${eventType}, for an OAuth app`, () =>
      Effect.gen(function* () {
        const told = { ...oauth, ...fields.oauth, eventType }
        const event = yield* Webhook.fromPayload(told)
        assert.strictEqual(DateTime.formatIso(event.eventTimestamp), "2026-08-12T18:22:47.039Z")
        assert.deepStrictEqual<unknown>({ ...event, eventTimestamp: told.eventTimestamp }, told)
      })
    )
  }

  it.effect("without the webhook secret, which is deprecated, or with null for it", () =>
    Effect.gen(function* () {
      const { webhookSecret: _, ...without } = { ...apiKey, eventType: "USER_DELETED" }
      for (const told of [without, { ...without, webhookSecret: null }]) {
        const event = yield* Webhook.fromPayload(told)
        assert.strictEqual(event.eventType, "USER_DELETED")
        assert.notProperty(event, "webhookSecret")
      }
    })
  )

  it.effect("with webookId for webhookId, as some samples have it; the right spelling goes first", () =>
    Effect.gen(function* () {
      const { webhookId, ...told } = { ...apiKey, eventType: "USER_DELETED", webookId: "stray" }
      assert.strictEqual((yield* Webhook.fromPayload(told)).webhookId, "stray")
      const event = yield* Webhook.fromPayload({ ...told, webhookId })
      assert.strictEqual(event.webhookId, webhookId)
      assert.strictEqual(event.eventType, "USER_DELETED")
    })
  )

  it.effect("with any word for how an attempt to connect ended", () =>
    Effect.gen(function* () {
      for (const result of [...Webhook.ConnectionAttemptedResult.literals, "IBKR_CANADA"]) {
        const told = { ...apiKey, eventType: "CONNECTION_ATTEMPTED", brokerageId, connectionAttemptedResult: result }
        const event = yield* Webhook.fromPayload(told)
        assert(event.eventType === "CONNECTION_ATTEMPTED")
        assert.strictEqual(event.connectionAttemptedResult, result)
      }
    })
  )
})

describe("an unknown event keeps its payload", () => {
  const unknown: Record<string, Schema.JsonObject> = {
    "of a type that is not documented": { eventType: "MARGIN_CALLED", account: { number: 1.5, list: [null, "é"] } },
    "of a documented type whose fields do not fit": { eventType: "CONNECTION_BROKEN", brokerageAuthorizationId: null },
    "of the type UNKNOWN": { eventType: "UNKNOWN", payload: {}, receivedType: "USER_DELETED" },
    "of a type that every prototype has": { eventType: "__proto__", ["__proto__"]: 1 }
  }
  for (const [what, fields] of Object.entries(unknown)) {
    it.effect(what, () =>
      Effect.gen(function* () {
        const event = yield* Webhook.fromPayload({ ...apiKey, ...fields })
        assert(event.eventType === "UNKNOWN")
        assert.strictEqual(event.receivedType, String(fields["eventType"]))
        assert.strictEqual(event.webhookId, apiKey.webhookId)
        const { webhookSecret: _, ...told } = apiKey
        assert.deepStrictEqual(event.payload, { ...told, ...fields })
      })
    )
  }

  it.effect("without a type", () =>
    Effect.gen(function* () {
      for (const fields of [{}, { eventType: 7 }]) {
        const event = yield* Webhook.fromPayload({ ...apiKey, ...fields })
        assert(event.eventType === "UNKNOWN")
        assert.notProperty(event, "receivedType")
      }
    })
  )
})

describe("the webhook secret", () => {
  const events = [
    { ...apiKey, eventType: "USER_REGISTERED" },
    { ...apiKey, eventType: "MARGIN_CALLED", nested: [{ webhookSecret }] },
    { ...apiKey, eventType: "ACCOUNT_REMOVED", accountId, brokerageAuthorizationId, details: { webhookSecret } }
  ]

  it.effect("is never shown", () =>
    Effect.gen(function* () {
      for (const told of events) {
        const event = yield* Webhook.fromPayload(told)
        const failure = yield* Effect.exit(Effect.fail(event))
        assert(Exit.isFailure(failure))
        const shown = [
          String(event),
          JSON.stringify(event),
          inspect(event, { depth: 9, showHidden: true }),
          JSON.stringify(failure),
          inspect(failure.cause, { depth: 9 }),
          Cause.pretty(failure.cause)
        ]
        for (const text of shown) assert.notInclude(text, webhookSecret)
      }
    })
  )

  it.effect("is refused by the encoder", () =>
    Effect.gen(function* () {
      const event = yield* Webhook.fromPayload({ ...apiKey, eventType: "USER_REGISTERED" })
      const error = yield* Effect.flip(Schema.encodeEffect(Webhook.WebhookEvent)(event))
      assert.notInclude(`${error}${inspect(error, { depth: 9 })}`, webhookSecret)
    })
  )

  it.effect("is all that keeps an event from being encoded, and decoded again", () =>
    Effect.gen(function* () {
      const { webhookSecret: _, ...told } = apiKey
      const all: ReadonlyArray<Schema.JsonObject> = [
        ...Object.entries(documented).flatMap(([eventType, fields]) => [
          { ...told, ...fields.apiKey, eventType },
          { ...oauth, ...fields.oauth, eventType }
        ]),
        { ...told, eventType: "MARGIN_CALLED" }
      ]
      for (const payload of all) {
        const event = yield* Webhook.fromPayload(payload)
        const encoded = yield* Schema.encodeEffect(Webhook.WebhookEvent)(event)
        assert.deepStrictEqual(
          yield* Schema.decodeUnknownEffect(Webhook.WebhookEvent)(JSON.parse(JSON.stringify(encoded))),
          event
        )
      }
    })
  )
})

describe("eventTimestamp", () => {
  const decodeTime = Schema.decodeUnknownEffect(Webhook.EventTimestamp)

  const times: Record<string, string> = {
    "2022-01-21 15:11:19.217000-05:00": "2022-01-21T20:11:19.217Z",
    "2022-01-21T15:11:19.217000-05:00": "2022-01-21T20:11:19.217Z",
    "2026-05-08T18:52:08.123974+00:00": "2026-05-08T18:52:08.123Z",
    "2026-05-08T18:52:08+00:00": "2026-05-08T18:52:08.000Z",
    "2026-05-08T18:52:08.1Z": "2026-05-08T18:52:08.100Z",
    "2026-05-08 18:52:08+0530": "2026-05-08T13:22:08.000Z",
    "2024-02-29T23:59:59.999999-01:00": "2024-03-01T00:59:59.999Z"
  }
  for (const [text, iso] of Object.entries(times)) {
    it.effect(`reads ${text}`, () =>
      Effect.map(decodeTime(text), (time) => assert.strictEqual(DateTime.formatIso(time), iso))
    )
  }

  const none = [
    "2022-01-21T15:11:19.217000",
    "2022-01-21",
    "2022-02-30T15:11:19Z",
    "2023-02-29T15:11:19Z",
    "2022-13-01T15:11:19Z",
    "2022-01-21T24:00:00Z",
    "2022-01-21T23:59:60Z",
    "2022-01-21T15:11:19+24:00",
    "2022-01-21T15:11:19 GMT",
    "Fri Jan 21 2022 15:11:19 GMT-0500",
    "1642777879217",
    ""
  ]
  for (const text of none) {
    it.effect(`refuses "${text}"`, () => Effect.flip(decodeTime(text)))
  }

  it.effect.prop("reads every time that it writes", [Schema.DateTimeUtc], ([time]) =>
    Effect.gen(function* () {
      const text = yield* Schema.encodeEffect(Webhook.EventTimestamp)(time)
      // Years of more than four digits are not written by anybody.
      if (/^\d{4}-/.test(text)) assert.deepStrictEqual(yield* decodeTime(text), time)
    })
  )
})

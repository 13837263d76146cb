/**
 * What SnapTrade's reference says, in the terms of said.ts, and where our contract says something else.
 */
import type { Said } from "./said.ts"

type Fields = Said[string][string]
type Places = Said[string]

interface Entry {
  /** What the reference says. */
  readonly reference: Places
  /** Where a field that the reference has is held to more. */
  readonly stricter?: Places
  /** What the reference says and we leave open. */
  readonly less?: Places
  /** The statuses of failures; all of them unless told. How they differ is the same everywhere: see anyShape. */
  readonly failures?: ReadonlyArray<string>
}

const json = ["application/json", "object"]
const text = ["string"]
const flag = ["boolean"]
const present = ["required"]
const notEmpty = ["minLength 1"]
const presentNotEmpty = ["required", "minLength 1"]

const signature = {
  query: { clientId: present, timestamp: present },
  header: { Signature: present }
}
const failed = { "": json, default_detail: [], default_code: [] }
const broken = { "": json, detail: [], status_code: [], code: [] }

/**
 * As https://docs.snaptrade.com/reference documents them in 2026, below "Authentication" and "API Status". Another
 * operation is one entry more.
 */
const entries: { readonly [operation: string]: Entry } = {
  "GET /": {
    reference: {
      200: { "": json, version: ["integer"], timestamp: text, online: flag },
      default: {}
    },
    // What a number in JSON can hold exactly.
    stricter: {
      200: { version: ["minimum -9007199254740991", "maximum 9007199254740991"], timestamp: present, online: present }
    },
    // An HttpApi names its statuses: this one is for all failures, which are not described.
    failures: ["500"],
    less: { default: {} }
  },
  "POST /snapTrade/registerUser": {
    reference: {
      ...signature,
      request: { "": ["required", ...json], userId: ["required", ...text] },
      200: { "": json, userId: text, userSecret: text },
      400: failed,
      404: failed,
      500: broken
    },
    stricter: { request: { userId: notEmpty }, 200: { userId: presentNotEmpty, userSecret: presentNotEmpty } }
  },
  "GET /snapTrade/listUsers": {
    reference: {
      ...signature,
      200: { "": ["application/json", "array"], "[]": text },
      400: failed,
      404: failed,
      500: broken
    }
  },
  "DELETE /snapTrade/deleteUser": {
    reference: {
      ...signature,
      query: { ...signature.query, userId: ["required", ...text] },
      200: { "": json, status: text, detail: text, userId: text },
      400: failed,
      403: failed,
      404: failed,
      500: {}
    },
    stricter: { query: { userId: notEmpty }, 200: { status: present, userId: presentNotEmpty } }
  },
  "POST /snapTrade/resetUserSecret": {
    reference: {
      ...signature,
      request: { "": ["required", ...json], userId: text, userSecret: text },
      200: { "": json, userId: text, userSecret: text },
      400: failed,
      401: failed,
      500: broken
    },
    stricter: {
      request: { userId: presentNotEmpty, userSecret: presentNotEmpty },
      200: { userId: presentNotEmpty, userSecret: presentNotEmpty }
    }
  },
  "POST /snapTrade/login": {
    reference: {
      ...signature,
      query: { ...signature.query, userId: ["required", ...text], userSecret: ["required", ...text] },
      request: {
        "": json,
        broker: text,
        immediateRedirect: flag,
        customRedirect: text,
        reconnect: text,
        connectionType: [...text, 'enum ["read","trade","trade-if-available"]', 'default "read"'],
        showCloseButton: flag,
        darkMode: flag,
        locale: [...text, 'default "en"'],
        connectionPortalVersion: [...text, 'enum ["v4","v3","v2"]', 'default "v4"']
      },
      200: {
        "": ["application/json", "object or object"],
        "(1)": ["object"],
        "(1).redirectURI": text,
        "(1).sessionId": text,
        "(2)": ["object", "additionalProperties false"],
        "(2).encryptedSharedKey": text,
        "(2).encryptedMessageData": ["object"],
        "(2).encryptedMessageData.encryptedMessage": text,
        "(2).encryptedMessageData.tag": text,
        "(2).encryptedMessageData.nonce": text
      },
      400: failed,
      403: failed,
      404: failed,
      500: {}
    },
    stricter: {
      query: { userId: notEmpty, userSecret: notEmpty },
      200: {
        "(1).redirectURI": presentNotEmpty,
        "(2).encryptedSharedKey": presentNotEmpty,
        "(2).encryptedMessageData": present,
        "(2).encryptedMessageData.encryptedMessage": present,
        "(2).encryptedMessageData.tag": present,
        "(2).encryptedMessageData.nonce": present
      }
    },
    // SnapTrade may add fields anywhere.
    less: { 200: { "(2)": ["additionalProperties false"] } }
  }
}

const numberOrText = ["number or string"]

// The reference has two shapes of failures, gives their fields no type, and each status the one or the other. Seen are
// more, and any may come with any status, also with those that it does not list.
const anyShape: Fields = {
  default_detail: text,
  default_code: numberOrText,
  detail: text,
  status_code: ["number"],
  code: numberOrText,
  error: text
}

const failing = (
  { failures = ["400", "401", "403", "404", "429", "500"], reference }: Entry,
  wanted: (documented: Fields, field: string) => boolean
): Places => {
  const places = failures.map((status) => {
    const fields = Object.entries({ "": json, ...anyShape }).filter(([field]) => wanted(reference[status] ?? {}, field))
    return [status, Object.fromEntries(fields)] as const
  })
  return Object.fromEntries(places.filter(([, fields]) => Object.keys(fields).length > 0))
}

const each = (placesOf: (entry: Entry) => Places): Said =>
  Object.fromEntries(
    Object.entries(entries)
      .map(([operation, entry]) => [operation, placesOf(entry)] as const)
      .filter(([, places]) => Object.keys(places).length > 0)
  )

/**
 * What SnapTrade's reference says.
 */
export const reference = each((entry) => entry.reference)

/**
 * Where a field that the reference has is held to more: what our operations refuse anyway, and the types of failures.
 */
export const stricter = each((entry) => ({
  ...entry.stricter,
  ...failing(entry, (documented, field) => field !== "" && field in documented)
}))

/**
 * What the reference does not say and happens: more statuses, and each status in every shape.
 */
export const more = each((entry) => failing(entry, (documented, field) => !(field in documented)))

/**
 * What the reference says and the contract leaves open.
 */
export const less = each((entry) => entry.less ?? {})

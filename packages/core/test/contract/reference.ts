/**
 * What SnapTrade's reference says, in the terms of said.ts, and where our contract may say something else.
 */
import type { Said } from "./said.ts"

const json = ["application/json", "object"]

/**
 * Read off https://docs.snaptrade.com/reference/Authentication/Authentication_registerSnapTradeUser in July 2026. It gives
 * the fields of failures no type, and speaks neither of the signature nor of 401, 403 and 429.
 */
export const reference: Said = {
  "POST /snapTrade/registerUser": {
    request: { "": ["required", ...json], userId: ["required", "string"] },
    200: { "": json, userId: ["string"], userSecret: ["string"] },
    400: { "": json, default_detail: [], default_code: [] },
    404: { "": json, default_detail: [], default_code: [] },
    500: { "": json, detail: [], status_code: [], code: [] }
  }
}

const text = ["string"]
const number = ["number"]
const numberOrText = ["number or string"]

/**
 * Where a field that the reference has is held to more: what our operations refuse anyway.
 */
export const stricter: Said = {
  "POST /snapTrade/registerUser": {
    request: { userId: ["minLength 1"] },
    200: { userId: ["required", "minLength 1"], userSecret: ["required", "minLength 1"] },
    400: { default_detail: text, default_code: numberOrText },
    404: { default_detail: text, default_code: numberOrText },
    500: { detail: text, status_code: number, code: numberOrText }
  }
}

const anyShape = {
  default_detail: text,
  default_code: numberOrText,
  detail: text,
  status_code: number,
  code: numberOrText,
  error: text
}

/**
 * What the reference does not say and happens: the signature, three more statuses, and each status in every shape.
 */
export const more: Said = {
  "POST /snapTrade/registerUser": {
    query: { clientId: ["required"], timestamp: ["required"] },
    header: { Signature: ["required"] },
    400: { detail: text, status_code: number, code: numberOrText, error: text },
    401: { "": json, ...anyShape },
    403: { "": json, ...anyShape },
    404: { detail: text, status_code: number, code: numberOrText, error: text },
    429: { "": json, ...anyShape },
    500: { default_detail: text, default_code: numberOrText, error: text }
  }
}

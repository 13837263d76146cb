/**
 * Rate limits, in every way to tell them.
 */
import * as Duration from "effect/Duration"
import { type CataloguedFault, tells } from "../CataloguedFault.ts"
import { reply } from "../Instruction.ts"

const throttled = (
  name: string,
  headers: Readonly<Record<string, string>>,
  retryAfter: Duration.Input,
  detail = "Slow down."
): CataloguedFault => ({
  name,
  instructions: tells(reply(429, { detail }, headers)),
  applied: false,
  retryAfter,
  ends: "RateLimited"
})

export const rateLimits: ReadonlyArray<CataloguedFault> = [
  throttled("a reset in seconds", { "x-ratelimit-reset": "7" }, "7 seconds"),
  throttled("a reset in half seconds", { "x-ratelimit-reset": "7.5" }, "7.5 seconds"),
  throttled("no reset", {}, "60 seconds"),
  throttled("a negative reset", { "x-ratelimit-reset": "-7" }, "60 seconds"),
  throttled("a reset that is no number", { "x-ratelimit-reset": "soon" }, "60 seconds"),
  throttled("a reset of Infinity", { "x-ratelimit-reset": "Infinity" }, "60 seconds"),
  throttled("a reset in hexadecimal", { "x-ratelimit-reset": "0x10" }, "60 seconds"),
  throttled("a reset of 400 digits", { "x-ratelimit-reset": "9".repeat(400) }, "60 seconds"),
  throttled("a date in Retry-After", { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }, "60 seconds"),
  throttled("Retry-After before the reset", { "retry-after": "3", "x-ratelimit-reset": "7" }, "3 seconds"),
  throttled("the reset in the sentence only", {}, "7 seconds", "Expected available in 7 seconds."),
  {
    ...throttled("a huge reset, with retries", { "x-ratelimit-reset": "99999999999" }, Duration.seconds(99999999999)),
    retries: true
  },
  {
    name: "a reset that is waited out",
    instructions: tells(reply(429, { detail: "Slow down." }, { "x-ratelimit-reset": "1" })),
    retries: true,
    applied: true,
    ends: "success"
  },
  {
    name: "three in a row, with retries",
    instructions: () => Array.from({ length: 3 }, () => reply(429, {}, { "x-ratelimit-reset": "0" })),
    retries: true,
    applied: false,
    retryAfter: 0,
    ends: "RateLimited"
  }
]

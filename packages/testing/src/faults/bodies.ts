/**
 * Bodies and statuses.
 */
import type * as Schema from "effect/Schema"
import { type CataloguedFault, tells } from "../CataloguedFault.ts"
import * as Failure from "../Failure.ts"
import * as Fault from "../Fault.ts"
import { applied, fail, reply } from "../Instruction.ts"

const answers: ReadonlyArray<readonly [what: string, body: Schema.Json]> = [
  ["HTML", "<html><body>Welcome</body></html>"],
  ["nothing", ""],
  ["null", "null"],
  ["a number", "42"],
  ["a string", '"registered"'],
  ["an array", []],
  ["an empty object", {}],
  ["an error in a list", { errors: [{ code: 1010, message: "exists" }] }],
  ["the user in an envelope", { data: { userId: "user-123", userSecret: "secret" } }],
  ["a user without a secret", { userId: "user-123" }],
  ["a secret that is null", { userId: "user-123", userSecret: null }],
  ["an empty secret", { userId: "user-123", userSecret: "" }],
  ["another user", { userId: "user-124", userSecret: "secret" }]
]

export const bodies: ReadonlyArray<CataloguedFault> = [
  ...answers.map(([what, body]): CataloguedFault => ({
    name: `a 200 with ${what}`,
    instructions: tells(applied(reply(200, body))),
    applied: true,
    ends: "UnexpectedReply, applied"
  })),
  {
    name: "a 201 with a secret that somebody made up",
    instructions: ({ userId }) => [applied(reply(201, { userId, userSecret: "made up" }))],
    applied: true,
    deceives: true,
    ends: "success"
  },
  {
    name: "a 204",
    instructions: tells(applied(reply(204, ""))),
    applied: true,
    ends: "UnexpectedReply, applied"
  },
  {
    name: "a 500 after the user was registered",
    instructions: tells(applied(fail(Failure.unexpectedException))),
    applied: true,
    ends: "ServerError"
  },
  {
    name: "a 502 of HTML after the user was registered",
    instructions: tells(applied(reply(502, "<html>Bad Gateway</html>"))),
    applied: true,
    ends: "ServerError"
  },
  {
    name: "a 408 after the user was registered",
    instructions: tells(applied(reply(408, ""))),
    applied: true,
    ends: "UnexpectedReply, unknown"
  },
  {
    name: "a 400 after the user was registered",
    instructions: tells(applied(reply(400, { detail: "no", code: "1000" }))),
    applied: true,
    deceives: true,
    ends: "InvalidRequest"
  },
  {
    name: "a 400 with the code as a number",
    instructions: tells(reply(400, { detail: "exists", code: 1010 })),
    applied: false,
    ends: "UserAlreadyExists"
  },
  {
    name: "a 400 with the code as a string",
    instructions: tells(reply(400, { detail: "exists", code: "1010" })),
    applied: false,
    ends: "UserAlreadyExists"
  },
  {
    name: "a 400 with default_code as a number",
    instructions: tells(reply(400, { default_detail: "exists", default_code: 1010 })),
    applied: false,
    ends: "UserAlreadyExists"
  },
  {
    name: "a 400 whose detail is nested",
    instructions: tells(reply(400, { detail: { message: ["no"], code: 1010 }, code: { value: 1010 } })),
    applied: false,
    ends: "InvalidRequest"
  },
  {
    name: "a 400 with an array",
    instructions: tells(reply(400, ["exists"])),
    applied: false,
    ends: "InvalidRequest"
  },
  { name: "a 400 with null", instructions: tells(reply(400, "null")), applied: false, ends: "InvalidRequest" },
  { name: "a 401 with HTML", instructions: tells(reply(401, "<html>")), applied: false, ends: "AccessDenied" },
  { name: "a 403 with nothing", instructions: tells(reply(403, "")), applied: false, ends: "AccessDenied" },
  { name: "a 418", instructions: tells(reply(418, "")), applied: false, ends: "UnexpectedReply, unknown" },
  {
    name: "a status of 999",
    instructions: tells(Fault.statusLine("HTTP/1.1 999 Beyond")),
    applied: true,
    ends: "UnexpectedReply, unknown"
  },
  {
    name: "a status of 42",
    instructions: tells(Fault.statusLine("HTTP/1.1 42 Below")),
    applied: true,
    ends: "ConnectionLost"
  },
  {
    name: "a status that is no number",
    instructions: tells(Fault.statusLine("HTTP/1.1 OK")),
    applied: true,
    ends: "ConnectionLost"
  }
]

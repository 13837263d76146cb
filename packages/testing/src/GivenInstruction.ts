/**
 * Instructions as a person writes them in JSON: by name, as a reply in text or JSON, or in full.
 */
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as Failure from "./Failure.ts"
import * as Fault from "./Fault.ts"
import { GivenDuration } from "./internal/givenDuration.ts"
import { applied, delay, dropReply, fail, Instruction, refuse, reply } from "./Instruction.ts"

/** The instructions that have a name. */
export const named = {
  /** Does what was asked, then drops the reply. */
  dropReply,
  /** The same, by a reset. */
  resetReply: Fault.closeAfterApplying("reset"),
  /** Closes the connection once the head of the request is there, or all of it; nothing is done. */
  closeAfterHead: Fault.closeAfterHead(),
  closeAfterRequest: Fault.closeAfterRequest(),
  resetAfterRequest: Fault.closeAfterRequest("reset"),
  refuse,
  /** Does what was asked, and never answers. */
  stall: Fault.stallAt(0),
  /** Does what was asked twice, and gives the second answer. */
  twice: Fault.deliverTwice("second"),
  /** Does what was asked, and answers as a broken gateway. */
  badGateway: applied(reply(502, "<html><body>Bad Gateway</body></html>", { "content-type": "text/html" })),
  userAlreadyExists: fail(Failure.userAlreadyExists),
  personalKey: fail(Failure.personalKey),
  signatureRejected: fail(Failure.signatureRejected),
  clientIdRejected: fail(Failure.clientIdRejected),
  notPermitted: fail(Failure.notPermitted),
  notFound: fail(Failure.notFound),
  throttled: fail(Failure.throttled(7)),
  unexpectedException: fail(Failure.unexpectedException),
  upstreamFailure: fail(Failure.upstreamFailure)
} as const satisfies Record<string, Instruction>

const Name = Schema.Literals([
  "dropReply",
  "resetReply",
  "closeAfterHead",
  "closeAfterRequest",
  "resetAfterRequest",
  "refuse",
  "stall",
  "twice",
  "badGateway",
  "userAlreadyExists",
  "personalKey",
  "signatureRejected",
  "clientIdRejected",
  "notPermitted",
  "notFound",
  "throttled",
  "unexpectedException",
  "upstreamFailure"
])

const Delayed = Schema.Struct({ delay: GivenDuration })

const Replied = Schema.Struct({
  status: Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 })),
  headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  json: Schema.optionalKey(Schema.Json),
  text: Schema.optionalKey(Schema.String),
  /** Whether what was asked is done. */
  applied: Schema.optionalKey(Schema.Boolean)
})

const ofReplied = ({ applied: isApplied, headers, json, status, text }: typeof Replied.Type): Instruction => {
  const instead = reply(status, text ?? json ?? "", headers)
  return isApplied === true ? applied(instead) : instead
}

const oneWay = SchemaGetter.forbidden<never, Instruction>(() => "An instruction is encoded in full")

const instructionOf = <S extends Schema.Top>(schema: S, decode: (given: S["Type"]) => Instruction) =>
  schema.pipe(Schema.decodeTo(Schema.toType(Instruction), { decode: SchemaGetter.transform(decode), encode: oneWay }))

/** An instruction as a person writes it: `"dropReply"`, `{"delay": "3 seconds"}`, `{"status": 502, "text": "…"}`, or in full. */
export const GivenInstruction = Schema.Union([
  Instruction,
  instructionOf(Name, (name) => named[name]),
  instructionOf(Delayed, ({ delay: duration }) => delay(duration)),
  instructionOf(Replied, ofReplied)
])

/**
 * The faults that the inspector page has buttons for.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as Failure from "../Failure.ts"
import * as Fault from "../Fault.ts"
import type { OfferedFault } from "../Inspector.ts"
import { applied, delay, dropReply, fail, Instruction, reply } from "../Instruction.ts"

const badGateway = reply(502, "<html><h1>502 Bad Gateway</h1></html>", { "content-type": "text/html" })

const group = (name: string, faults: ReadonlyArray<Omit<OfferedFault, "group">>): ReadonlyArray<OfferedFault> =>
  faults.map((fault) => ({ group: name, ...fault }))

/** All of them, in the order of the page. */
export const offeredFaults: ReadonlyArray<OfferedFault> = [
  ...group("Lost replies", [
    {
      label: "Commit, drop reply",
      says: "Does what is asked, then closes the connection: a new user's secret is lost.",
      instruction: dropReply
    },
    {
      label: "Commit, reset",
      says: "The same by RST.",
      instruction: Fault.closeAfterApplying("reset")
    },
    {
      label: "Commit, cut short",
      says: "Does what is asked; the last 20 bytes of the reply are missing.",
      instruction: Fault.cutAt(-20)
    },
    {
      label: "Close, commit nothing",
      says: "Reads the request, does nothing, closes the connection.",
      instruction: Fault.closeAfterRequest()
    }
  ]),
  ...group("Failures", [
    { label: "500", says: "An unexpected exception, code 1000.", instruction: fail(Failure.unexpectedException) },
    {
      label: "502, yet committed",
      says: "Does what is asked, then answers with a proxy's HTML page.",
      instruction: applied(badGateway)
    },
    { label: "503", says: "An upstream service failed, code 3002.", instruction: fail(Failure.upstreamFailure) },
    { label: "429", says: "Throttled: come again in 7 seconds.", instruction: fail(Failure.throttled(7)) },
    {
      label: "401, signature",
      says: "The signature does not verify, code 1076.",
      instruction: fail(Failure.signatureRejected)
    },
    {
      label: "400, user exists",
      says: "A user with this userId exists already, code 1010.",
      instruction: fail(Failure.userAlreadyExists)
    },
    {
      label: "400, personal key",
      says: "A Personal key may not register users, code 1012.",
      instruction: fail(Failure.personalKey)
    },
    { label: "403", says: "This key may not do that, code 1066.", instruction: fail(Failure.notPermitted) }
  ]),
  ...group("Slow", [
    {
      label: "Delay 2 s",
      says: "Does what is asked at once, answers after 2 seconds.",
      instruction: delay("2 seconds")
    },
    {
      label: "Delay 35 s",
      says: "Answers after 35 seconds: beyond the client's 30 unless it was told otherwise.",
      instruction: delay("35 seconds")
    },
    {
      label: "Commit late, no reply",
      says: "Does what is asked after 2 seconds, and never answers.",
      instruction: Fault.applyLate("2 seconds")
    },
    { label: "Drip", says: "Answers one byte every 20 milliseconds.", instruction: Fault.drip("20 millis") }
  ]),
  ...group("Strange", [
    {
      label: "Deliver twice",
      says: "The network repeats the request; the second reply arrives.",
      instruction: Fault.deliverTwice("second")
    },
    { label: "200, no JSON", says: "Does what is asked, answers OK.", instruction: applied(reply(200, "OK")) },
    { label: "Not HTTP", says: "Does what is asked, answers with something else.", instruction: Fault.notHttp }
  ])
]

const inWords = (instruction: Instruction): string => {
  switch (instruction._tag) {
    case "Reply":
      return instruction.applied === true ? `${instruction.status}, yet committed` : String(instruction.status)
    case "Echo":
      return `${instruction.status}, echoing the request`
    case "Delay":
      return `Delay ${Duration.format(instruction.duration)}`
    case "Late":
      return `Commit after ${Duration.format(instruction.duration)}, no reply`
    case "Twice":
      return `Deliver twice, answer the ${instruction.answer}`
    case "Close":
      return instruction.after === "applying" ? "Commit, drop reply" : `Close after the ${instruction.after}`
    case "Wire":
      return instruction.applied ? "Commit, a broken reply" : "A broken reply"
    case "Refuse":
      return "Refuse the connection"
  }
}

const same = Schema.toEquivalence(Instruction)

/** An instruction's label: the button's that gives it, or else what it is. */
export const labelOf = (instruction: Instruction): string =>
  offeredFaults.find((fault) => same(fault.instruction, instruction))?.label ?? inWords(instruction)

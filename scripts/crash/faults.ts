/**
 * What the local SnapTrade does to the workers' requests: about each sixth is dropped, cut, committed late, delivered twice …
 */
import { Failure, Fault, Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** The longest time after which a request is carried out, in milliseconds: beyond a worker's lease. */
const latest = 4000

const faults: ReadonlyArray<(random: number) => Instruction.Instruction> = [
  () => Fault.closeAfterApplying("end"),
  () => Fault.closeAfterApplying("reset"),
  () => Fault.closeAfterRequest("reset"),
  () => Fault.closeAfterHead("end"),
  (random) => Fault.cutAt(Math.floor(random * 300)),
  (random) => Fault.applyLate(random * latest),
  (random) => Fault.applyLate(random * latest),
  () => Fault.deliverTwice("first"),
  () => Fault.deliverTwice("second"),
  (random) => Instruction.delay(random * 900),
  () => Fault.stallAt(40),
  () => Instruction.applied(Instruction.reply(502, "<html>Bad Gateway</html>")),
  () => Instruction.fail(Failure.unexpectedException),
  () => Instruction.fail(Failure.throttled(0)),
  () => Instruction.fail(Failure.signatureRejected),
  () => Instruction.refuse
]

const oneIn = 6

/** Gives faults at the pace at which requests come, for ever; counts them. */
export const keepComing = (given: { faults: number }) =>
  Effect.gen(function* () {
    const local = yield* LocalSnapTrade
    for (;;) {
      yield* Effect.sleep("20 millis")
      const requests = yield* local.requests
      for (; given.faults < Math.floor(requests.length / oneIn); given.faults++) {
        const fault = faults[yield* Random.nextIntBetween(0, faults.length, { halfOpen: true })]
        if (fault !== undefined) yield* local.next(fault(yield* Random.next))
      }
    }
  })

/** Waits until the last late request has been carried out, and uses up the faults that nobody has met. */
export const calm = Effect.gen(function* () {
  const { baseUrl } = yield* LocalSnapTrade
  // Each of these takes a fault that is left and is refused for want of a signature.
  const ask = Effect.promise(() =>
    fetch(`${baseUrl}/snapTrade/listUsers`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined)
  )
  yield* Effect.replicateEffect(ask, 100, { concurrency: 10, discard: true })
  yield* Effect.sleep(latest)
})

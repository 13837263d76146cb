/**
 * The local SnapTrade that the workers reach over HTTP, and what they are told of it.
 */
import { LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer } from "@effect-snaptrade/testing/server"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Place, Settings } from "./settings.ts"

/** How late deletions are. */
export const deletionsTake = Duration.seconds(1)

// It opens the instructions of a local SnapTrade on the loopback, no more.
const adminToken = "crash"

/** A local SnapTrade for one run. */
export const layerLocal = (clientId: string) =>
  layerServer({
    adminToken: Redacted.make(adminToken),
    clientId,
    deletionDelay: deletionsTake,
    requestsPerMinute: 1_000_000_000
  })

/** What every worker of a run is told. */
export const settingsOf = (options: {
  readonly journal: string
  readonly place: Place
  readonly seed: number
  readonly timeout: number
}): Effect.Effect<Omit<Settings, "worker" | "task">, never, LocalSnapTrade> =>
  Effect.map(LocalSnapTrade, ({ baseUrl, clientId, consumerKey }) => ({
    seed: `${options.seed}`,
    place: options.place,
    journal: options.journal,
    baseUrl,
    clientId,
    consumerKey: Redacted.value(consumerKey),
    adminToken,
    timeout: options.timeout
  }))

/**
 * A store that fails now and then, before a step was carried out, after, or long before.
 */
import { StoreFailed, VaultStore } from "@effect-snaptrade/vault"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"

const share = 0.005

// Milliseconds: beyond a lease.
const latest = 3000

const late = <A, E>(write: Effect.Effect<A, E>) =>
  Effect.flatMap(Random.next, (random) => Effect.forkDetach(Effect.ignore(Effect.delay(write, random * latest))))

const unreliable = <A, E>(step: string, write: Effect.Effect<A, E>): Effect.Effect<A, E | StoreFailed> =>
  Effect.flatMap(Random.next, (random) => {
    const failed = new StoreFailed({ step, detail: "the connection was lost" })
    if (random < share) return Effect.fail(failed)
    if (random < 2 * share) return Effect.andThen(write, Effect.fail(failed))
    return random < 3 * share ? Effect.andThen(late(write), Effect.fail(failed)) : write
  })

/** The store, less reliable. */
export const layer = Layer.effect(
  VaultStore,
  Effect.map(VaultStore, (store) =>
    VaultStore.of({
      live: (key) => unreliable("live", store.live(key)),
      claim: (attempt) => unreliable("claim", store.claim(attempt)),
      reclaim: (attempt) => unreliable("reclaim", store.reclaim(attempt)),
      complete: (attempt) => unreliable("complete", store.complete(attempt)),
      end: (attempt) => unreliable("end", store.end(attempt)),
      release: (attempt) => unreliable("release", store.release(attempt)),
      forget: (attempt) => unreliable("forget", store.forget(attempt)),
      adopt: (attempt) => unreliable("adopt", store.adopt(attempt)),
      replaceSecret: (attempt) => unreliable("replaceSecret", store.replaceSecret(attempt)),
      markRotation: (attempt) => unreliable("markRotation", store.markRotation(attempt)),
      doomExpired: (clientId) => unreliable("doomExpired", store.doomExpired(clientId)),
      rows: (clientId, userIds) => unreliable("rows", store.rows(clientId, userIds)),
      page: (page) => unreliable("page", store.page(page))
    })
  )
)

import type { SnapTrade } from "@effect-snaptrade/core"
import { LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import {
  type Binding,
  layerSealer,
  layerStoreMemory,
  layerVault,
  Sealer,
  SecretUnreadable,
  StoreFailed,
  type Vault,
  VaultStore
} from "@effect-snaptrade/vault"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"

export const keyOf = (fill: number) => Redacted.make(Buffer.alloc(32, fill).toString("base64"))

export const sealerOf = (...ids: ReadonlyArray<string>) =>
  Layer.orDie(layerSealer({ keys: ids.map((id) => ({ id, key: keyOf(id.charCodeAt(0)) })) }))

// Seals as layerSealer does, and at once: WebCrypto leaves the fiber, and time would pass meanwhile.
const aad = ({ appUserId, clientId, userId }: Binding) => Buffer.from(JSON.stringify([clientId, appUserId, userId]))
const keyBytes = (id: string) => Buffer.from(Redacted.value(keyOf(id.charCodeAt(0))), "base64")

const sealNow = (id: string, secret: string, binding: Binding) => {
  const nonce = randomBytes(12)
  const cipher = createCipheriv("aes-256-gcm", keyBytes(id), nonce).setAAD(aad(binding))
  const sealed = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()])
  return ["v1", id, nonce.toString("base64url"), sealed.toString("base64url")].join(".")
}

const openNow = (keys: ReadonlyArray<string>, text: string, binding: Binding) => {
  const [, id = "", nonce = "", sealed = ""] = text.split(".")
  const { appUserId, userId } = binding
  if (!keys.includes(id)) return Effect.fail(new SecretUnreadable({ appUserId, userId, detail: "its key is not here" }))
  const bytes = Buffer.from(sealed, "base64url")
  const decipher = createDecipheriv("aes-256-gcm", keyBytes(id), Buffer.from(nonce, "base64url")).setAAD(aad(binding))
  decipher.setAuthTag(bytes.subarray(-16))
  const opened = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()])
  return Effect.succeed(Redacted.make(opened.toString(), { label: "userSecret" }))
}

type Store = VaultStore["Service"]

const failed = (step: string) => Effect.fail(new StoreFailed({ step, detail: "the test said so" }))

/** A store whose steps can be made to fail, before or after they are carried out, or to wait. */
export class Faults {
  /** The vault's keys from now on, the one that seals first. */
  keys: ReadonlyArray<string> = ["a"]

  readonly planned: Array<{ readonly step: keyof Store; readonly when: "before" | "after" | Effect.Effect<void> }> = []

  /** The next time this step is taken it fails; `after`, although it is carried out. */
  next(step: keyof Store, when: "before" | "after" | Effect.Effect<void>) {
    this.planned.push({ step, when })
  }

  readonly sealer = Layer.succeed(Sealer, {
    seal: (secret, binding) => Effect.sync(() => sealNow(this.keys[0] ?? "", Redacted.value(secret), binding)),
    open: (sealed, binding) => Effect.suspend(() => openNow(this.keys, sealed, binding)),
    isCurrent: (sealed) => sealed.startsWith(`v1.${this.keys[0]}.`)
  })

  wrap(store: Store): Store {
    const wrapStep =
      <Input extends ReadonlyArray<unknown>, A>(
        step: keyof Store,
        run: (...input: Input) => Effect.Effect<A, StoreFailed>
      ) =>
      (...input: Input): Effect.Effect<A, StoreFailed> =>
        Effect.suspend(() => {
          const at = this.planned.findIndex((planned) => planned.step === step)
          if (at === -1) return run(...input)
          const [{ when } = { when: "before" as const }] = this.planned.splice(at, 1)
          if (when === "before") return failed(step)
          if (when === "after") return Effect.andThen(run(...input), failed(step))
          return Effect.andThen(when, run(...input))
        })
    return {
      live: wrapStep("live", store.live),
      claim: wrapStep("claim", store.claim),
      reclaim: wrapStep("reclaim", store.reclaim),
      complete: wrapStep("complete", store.complete),
      end: wrapStep("end", store.end),
      release: wrapStep("release", store.release),
      forget: wrapStep("forget", store.forget),
      adopt: wrapStep("adopt", store.adopt),
      replaceSecret: wrapStep("replaceSecret", store.replaceSecret),
      markRotation: wrapStep("markRotation", store.markRotation),
      doomExpired: wrapStep("doomExpired", store.doomExpired),
      rows: wrapStep("rows", store.rows),
      page: wrapStep("page", store.page)
    }
  }
}

/** A vault over the memory store, the local SnapTrade in memory, and faults. */
export const run = <A, E>(
  test: (faults: Faults) => Effect.Effect<A, E, Vault | VaultStore | Sealer | SnapTrade | LocalSnapTrade>,
  options: Parameters<typeof TestSnapTrade.layer>[0] = {}
) => {
  const faults = new Faults()
  const store = Layer.effect(
    VaultStore,
    Effect.map(VaultStore, (memory) => faults.wrap(memory))
  ).pipe(Layer.provide(layerStoreMemory))
  return Effect.provide(
    test(faults),
    layerVault().pipe(
      Layer.provideMerge(store),
      Layer.provideMerge(faults.sealer),
      Layer.provideMerge(TestSnapTrade.layer(options))
    )
  )
}

/** Lets time pass until the effect has ended. */
export const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    for (let seconds = 0; fiber.pollUnsafe() === undefined; seconds++) {
      if (seconds > 3600) return yield* Effect.die(new Error("it has not ended after an hour"))
      yield* TestClock.adjust("1 second")
    }
    return yield* Fiber.join(fiber)
  })

/** The states of an app user's attempts. */
export const states = Effect.flatMap(VaultStore, (store) =>
  Effect.map(store.page({ clientId: "LOCAL-SNAPTRADE", limit: 500 }), (rows) =>
    rows
      .toSorted((a, b) => a.createdAt - b.createdAt)
      .map(({ reason, state }) => (reason === null ? state : `${state}: ${reason}`))
  )
)

/** The ids that SnapTrade has. */
export const registered = Effect.flatMap(LocalSnapTrade, (local) =>
  Effect.map(local.users, (users) => users.map(({ userId }) => userId))
)

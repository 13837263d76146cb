import { layerVault, layerSealer, layerStoreMemory, RegistrationUnsettled, Vault } from "@effect-snaptrade/vault"
import { loginUser } from "@effect-snaptrade/core"
import { Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"

const sealer = layerSealer({ keys: [{ id: "k1", key: Redacted.make(Buffer.alloc(32, 1).toString("base64")) }] })
const layer = layerVault().pipe(
  Layer.provideMerge(layerStoreMemory),
  Layer.provideMerge(sealer),
  Layer.provideMerge(TestSnapTrade.layer())
)

describe("ensureUser", () => {
  it.effect("registers an app's user under an id of the vault's and hands out a secret that works", () =>
    Effect.gen(function* () {
      const vault = yield* Vault
      const user = yield* vault.ensureUser("alice")
      expect(user.userId).toMatch(/^vault-/)
      yield* loginUser(user)
      const again = yield* vault.ensureUser("alice")
      expect(Redacted.value(again.userSecret)).toBe(Redacted.value(user.userSecret))
      expect((yield* (yield* LocalSnapTrade).users).length).toBe(1)
    }).pipe(Effect.provide(layer))
  )
  it.effect("a lost reply costs an orphan, and the user is registered under another id", () =>
    Effect.gen(function* () {
      const vault = yield* Vault
      const local = yield* LocalSnapTrade
      yield* local.next(Instruction.dropReply)
      const fiber = yield* Effect.forkChild(vault.ensureUser("alice"))
      yield* TestClock.adjust("5 seconds")
      const user = yield* Fiber.join(fiber)
      yield* loginUser(user)
      expect((yield* local.users).length).toBe(2)
      const report = yield* vault.sweep({ delete: true })
      expect(report.deleted.length).toBe(1)
    }).pipe(Effect.provide(layer))
  )
})

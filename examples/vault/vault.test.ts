import { Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { layerSealer, layerStoreMemory, layerVault, Vault } from "@effect-snaptrade/vault"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { sweep } from "./Housekeeping.ts"
import { signUp } from "./SignUp.ts"

const layerTest = layerVault().pipe(
  Layer.provide(layerStoreMemory),
  Layer.provide(layerSealer({ keys: [{ id: "test", key: Redacted.make(btoa("k".repeat(32))) }] })),
  Layer.provideMerge(TestSnapTrade.layer())
)

describe("Signing up", () => {
  it.live("answers a link to the portal, and signs nobody up twice", () =>
    Effect.gen(function* () {
      yield* signUp("ada")
      const login = yield* signUp("ada")
      assert.property(login, "redirectURI")
      assert.lengthOf(yield* (yield* LocalSnapTrade).users, 1)
    }).pipe(Effect.provide(layerTest))
  )

  it.live("succeeds though a reply is lost; a sweep deletes what that left", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      yield* local.next(Instruction.dropReply)
      yield* signUp("ada")
      assert.lengthOf(yield* local.users, 2)
      yield* sweep
      const user = yield* Vault.use((vault) => vault.ensureUser("ada"))
      const left = (yield* local.users).filter(({ deletionQueued }) => !deletionQueued)
      assert.deepStrictEqual(
        left.map(({ userId }) => userId),
        [user.userId]
      )
    }).pipe(Effect.provide(layerTest))
  )

  it("runs as the README tells", { timeout: 120_000 }, async () => {
    const main = fileURLToPath(new URL("main.ts", import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@effect-snaptrade/source", main])
    assert.match(stdout, /grace {2}vault-[\w-]+ {2}doomed, unknown/)
    assert.match(stdout, /SnapTrade has 3 users, one of them nobody's/)
    assert.match(stdout, /After the sweep SnapTrade has 2 users/)
  })
})

/**
 * Signs two people up, one of them over a network that loses SnapTrade's reply. See README.md.
 */
import { NodeSnapTrade } from "@effect-snaptrade/node"
import { Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer } from "@effect-snaptrade/testing/server"
import { layerSealer, layerVault, Vault } from "@effect-snaptrade/vault"
import { layerStoreSqlite } from "@effect-snaptrade/vault/sqlite"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sweep } from "./Housekeeping.ts"
import { signUp } from "./SignUp.ts"

const layerSnapTrade = Layer.unwrap(
  Effect.map(LocalSnapTrade, ({ baseUrl, clientId, consumerKey }) =>
    NodeSnapTrade.layer({ baseUrl, clientId, consumerKey })
  )
).pipe(Layer.provideMerge(layerServer({ deletionDelay: "100 millis" })))

// Yours is a file that stays, and a key from SNAPTRADE_VAULT_KEYS: layerSealerConfig().
const layerApp = (directory: string) =>
  layerVault().pipe(
    Layer.provide(layerStoreSqlite({ filename: join(directory, "vault.db") })),
    Layer.provide(layerSealer({ keys: [{ id: "example", key: Redacted.make(randomBytes(32).toString("base64")) }] })),
    Layer.provideMerge(layerSnapTrade)
  )

const showRows = Vault.use((vault) =>
  Stream.runForEach(vault.list(), ({ appUserId, reason, state, userId }) =>
    Console.log(`  ${appUserId}  ${userId}  ${state}${reason === null ? "" : `, ${reason}`}`)
  )
)

const program = Effect.gen(function* () {
  const local = yield* LocalSnapTrade

  yield* signUp("ada")
  yield* Console.log("ada signed up. Her rows in the vault:")
  yield* showRows

  yield* local.next(Instruction.dropReply)
  yield* signUp("grace")
  yield* Console.log("grace signed up, although the first reply got lost:")
  yield* showRows
  yield* Console.log(`SnapTrade has ${(yield* local.users).length} users, one of them nobody's.`)

  yield* sweep
  yield* Effect.sleep("1 second")
  yield* Console.log(`After the sweep SnapTrade has ${(yield* local.users).length} users.`)
})

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "vault-example-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

Effect.flatMap(directory, (path) => Effect.provide(program, layerApp(path))).pipe(Effect.scoped, NodeRuntime.runMain)

import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { claimInProcesses } from "../test/claimants.ts"
import { temporaryDirectory } from "../test/temporary.ts"

describe("Eight processes on one SQLite file", () => {
  it.live(
    "all start, and claim each app user once",
    () =>
      Effect.gen(function* () {
        const filename = join(yield* temporaryDirectory, "vault.db")
        const won = yield* Effect.promise(() => claimInProcesses(8, "sqlite", filename, 25))
        assert.lengthOf(won, 8)
        assert.deepStrictEqual(
          won.flat().toSorted((a, b) => a - b),
          Array.from({ length: 25 }, (_, i) => i)
        )
      }),
    120_000
  )
})

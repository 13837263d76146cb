import { assert, describe, it, vi } from "@effect/vitest"
import { makeTurn } from "../../src/internal/makeTurn.ts"

/** A loop whose turns end when a test says so. */
const manualLoop = () => {
  const ends: Array<() => void> = []
  return { atEnd: (run: () => void) => ends.push(run), endTurn: () => ends.shift()?.(), asked: () => ends.length }
}

describe("the end of a turn", () => {
  it("work waits for it, and is then done in the order in which it came", () => {
    const loop = manualLoop()
    const atEndOfTurn = makeTurn(loop.atEnd)
    const done: Array<string> = []
    for (const name of ["first", "second", "third"]) atEndOfTurn(() => done.push(name))
    assert.deepStrictEqual(done, [])
    assert.strictEqual(loop.asked(), 1)
    loop.endTurn()
    assert.deepStrictEqual(done, ["first", "second", "third"])
  })

  it("work that comes meanwhile is left to the next one", () => {
    const loop = manualLoop()
    const atEndOfTurn = makeTurn(loop.atEnd)
    const done: Array<string> = []
    atEndOfTurn(() => atEndOfTurn(() => done.push("later")))
    loop.endTurn()
    assert.deepStrictEqual(done, [])
    loop.endTurn()
    assert.deepStrictEqual(done, ["later"])
  })

  it("comes while a test fakes timers", async () => {
    const done = new Promise((resolve) => {
      vi.useFakeTimers({ toFake: ["setImmediate"] })
      makeTurn()(() => resolve("done"))
    }).finally(() => vi.useRealTimers())
    assert.strictEqual(await done, "done")
  })

  it("work that throws keeps nobody else waiting, and what it threw is not swallowed", () => {
    const loop = manualLoop()
    const atEndOfTurn = makeTurn(loop.atEnd)
    const done: Array<string> = []
    atEndOfTurn(() => {
      done.push("first")
      atEndOfTurn(() => done.push("fourth"))
    })
    atEndOfTurn(() => {
      throw new Error("of an application")
    })
    atEndOfTurn(() => done.push("third"))
    assert.throws(loop.endTurn, "of an application")
    loop.endTurn()
    assert.deepStrictEqual(done, ["first", "third", "fourth"])
  })
})

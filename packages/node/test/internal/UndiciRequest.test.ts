import { assert, describe, it } from "@effect/vitest"
import * as Exit from "effect/Exit"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import { inspect } from "node:util"
import { Agent, Dispatcher } from "undici"
import { UndiciRequest } from "../../src/internal/UndiciRequest.ts"

/** A request whose turn ends when a test says so, and what its caller was told. */
const request = () => {
  const work: Array<() => void> = []
  const told: Array<unknown> = []
  const underWay = new UndiciRequest(
    HttpClientRequest.post("http://127.0.0.1:1/"),
    { origin: "http://127.0.0.1:1", pathname: "/", search: "?userSecret=canary" },
    undefined,
    (last) => work.push(last),
    (reply) => told.push(reply)
  )
  return { underWay, told, endTurn: () => work.splice(0).forEach((one) => one()) }
}

class Throwing extends Dispatcher {
  override dispatch(): boolean {
    throw new Error("of a dispatcher")
  }
}

describe("a request of undici's", () => {
  it("tells its caller of a failure at the end of the turn, and once", async () => {
    const closed = new Agent()
    await closed.destroy()
    for (const dispatcher of [closed, new Throwing()]) {
      const { endTurn, told, underWay } = request()
      underWay.dispatch(dispatcher)
      assert.deepStrictEqual(told, [])
      endTurn()
      assert.lengthOf(told, 1)
      assert.isTrue(Exit.isExit(told[0]) && Exit.isFailure(told[0]))
    }
  })

  it("shows a dispatcher that prints it nothing", () => {
    assert.notInclude(inspect(request().underWay, { depth: 9, showHidden: true }), "canary")
  })
})

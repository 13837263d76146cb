import * as core from "@effect-snaptrade/core"
import {
  checkStatus,
  type CommonError,
  deleteUser,
  listUsers,
  loginUser,
  makeOperation,
  type Operation,
  registerUser,
  resetUserSecret,
  type SnapTrade,
  type SpecificTag,
  withTimeout
} from "@effect-snaptrade/core"
import { Failure, Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const Secret = Schema.RedactedFromValue(Schema.String, { label: "userSecret" })
const userSecret = Redacted.make("canary-user-secret", { label: "userSecret" })

/** A read of one account, as somebody who needs it would describe it. */
const getAccount = makeOperation({
  name: "getAccount",
  method: "GET",
  path: "/accounts/{accountId}/details",
  input: Schema.Struct({
    accountId: Schema.String,
    userId: Schema.String,
    userSecret: Secret,
    page: Schema.optionalKey(Schema.Int)
  }),
  reply: Schema.Struct({ id: Schema.String, balance: Schema.NullOr(Schema.Finite) }),
  lostReply: { repeatable: true, advice: "Nothing changed; call again." }
})

/** A write with query and body. */
const renameAccount = makeOperation({
  name: "renameAccount",
  method: "PUT",
  path: "/accounts/{accountId}",
  query: ["userId", "userSecret"],
  input: Schema.Struct({ accountId: Schema.String, userId: Schema.String, userSecret: Secret, name: Schema.String }),
  reply: Schema.Unknown,
  lostReply: { repeatable: true, advice: "Call again: the same name is set." }
})

const owner = { userId: "user 123", userSecret }

const requestOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const local = yield* LocalSnapTrade
    yield* local.next(Instruction.reply(200, { id: "a", balance: 1 }))
    yield* effect
    const [request] = yield* local.requests
    return request ?? (yield* Effect.die("nothing was sent"))
  })

describe("an operation that a user describes", () => {
  it.effect("fills its path, and on GET sends the rest in the query, between clientId and timestamp", () =>
    Effect.gen(function* () {
      const request = yield* requestOf(getAccount({ accountId: "a/b ?", page: 2, ...owner }))
      assert.strictEqual(request.path, "/accounts/a%2Fb%20%3F/details")
      assert.strictEqual(
        request.query,
        "clientId=LOCAL-SNAPTRADE&userId=user+123&userSecret=canary-user-secret&page=2&timestamp=0"
      )
      assert.strictEqual(request.body, "")
      assert.notProperty(request.headers, "content-type")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("sends what it names in the query, and the rest in the body", () =>
    Effect.gen(function* () {
      const request = yield* requestOf(renameAccount({ accountId: "a", name: "Savings", ...owner }))
      assert.strictEqual(request.method, "PUT")
      assert.strictEqual(
        request.query,
        "clientId=LOCAL-SNAPTRADE&userId=user+123&userSecret=canary-user-secret&timestamp=0"
      )
      assert.strictEqual(request.body, '{"name":"Savings"}')
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("is signed like ours: the local SnapTrade verifies it, and has nothing there", () =>
    Effect.gen(function* () {
      for (const error of [
        yield* Effect.flip(getAccount({ accountId: "a", ...owner })),
        yield* Effect.flip(renameAccount({ accountId: "a", name: "Savings", ...owner }))
      ]) {
        assert.strictEqual(error._tag, "NotFound")
      }
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  for (const accountId of ["", ".", ".."]) {
    it.effect(`refuses ${JSON.stringify(accountId)} as a path parameter, which would be another path`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(getAccount({ accountId, ...owner }))
        assert.strictEqual(error._tag, "InvalidInput")
        assert.include(error.message, "accountId")
        assert.isEmpty(yield* (yield* LocalSnapTrade).requests)
      }).pipe(Effect.provide(TestSnapTrade.layer()))
    )
  }

  it.effect(
    "does not know the failures of others: 1010 is InvalidRequest, 1083 is AccessDenied, with their codes",
    () =>
      Effect.gen(function* () {
        const local = yield* LocalSnapTrade
        yield* local.next(Instruction.fail(Failure.userAlreadyExists), Instruction.fail(Failure.clientIdRejected))
        const first = yield* Effect.flip(getAccount({ accountId: "a", ...owner }))
        const second = yield* Effect.flip(getAccount({ accountId: "a", ...owner }))
        assert.deepInclude(first, { _tag: "InvalidRequest", code: "1010" })
        assert.deepInclude(second, { _tag: "AccessDenied", code: "1083" })
      }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("takes what was sent out of what SnapTrade says, in any spelling", () =>
    Effect.gen(function* () {
      const local = yield* LocalSnapTrade
      const secret = 'se cret "é"+/'
      const spellings = [secret, encodeURIComponent(secret), JSON.stringify(secret), btoa("canary-user-secret")]
      yield* local.next(
        Instruction.reply(
          400,
          { detail: `you sent ${spellings.join(" and ")}`, code: secret },
          { "x-request-id": `id-${encodeURIComponent(secret)}` }
        )
      )
      const input = { accountId: "a", userId: "u", userSecret: Redacted.make(secret, { label: "userSecret" }) }
      const error = yield* Effect.flip(getAccount(input))
      for (const spelling of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
        assert.notInclude(JSON.stringify(error) + error.message + error.stack, spelling)
      }
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("takes out the whole of a secret that begins with another one", () =>
    Effect.gen(function* () {
      const pair = makeOperation({
        name: "pair",
        method: "POST",
        path: "/pair",
        input: Schema.Struct({
          first: Schema.RedactedFromValue(Schema.String),
          second: Schema.RedactedFromValue(Schema.String)
        }),
        reply: Schema.Unknown,
        lostReply: { repeatable: false, advice: "" }
      })
      yield* (yield* LocalSnapTrade).next(Instruction.reply(400, { detail: "you sent secret-and-its-tail" }))
      const error = yield* Effect.flip(
        pair({ first: Redacted.make("secret"), second: Redacted.make("secret-and-its-tail") })
      )
      assert.strictEqual(error.detail, "you sent <redacted>")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("hides a secret that has another name on the wire, or is nested", () =>
    Effect.gen(function* () {
      const rename = makeOperation({
        name: "rename",
        method: "POST",
        path: "/rename",
        input: Schema.Struct({ userSecret: Secret, deep: Schema.Struct({ key: Secret }) }).pipe(
          Schema.encodeKeys({ userSecret: "user_secret" })
        ),
        reply: Schema.Unknown,
        lostReply: { repeatable: false, advice: "" }
      })
      yield* (yield* LocalSnapTrade).next(Instruction.echo(400))
      const key = Redacted.make("canary-nested-key", { label: "userSecret" })
      const error = yield* Effect.flip(rename({ userSecret, deep: { key } }))
      assert.strictEqual(error._tag, "InvalidRequest")
      assert.notInclude(error.message, "canary")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it.effect("refuses a lone surrogate in path and query", () =>
    Effect.gen(function* () {
      for (const input of [
        { accountId: "\ud800", ...owner },
        { accountId: "a", ...owner, userId: "\ud800" }
      ]) {
        assert.strictEqual((yield* Effect.flip(getAccount(input)))._tag, "InvalidInput")
      }
      assert.isEmpty(yield* (yield* LocalSnapTrade).requests)
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )

  it("has exactly the common failures as its type", () => {
    expectTypeOf(getAccount({ accountId: "a", ...owner })).toEqualTypeOf<
      Effect.Effect<{ readonly id: string; readonly balance: number | null }, CommonError, SnapTrade>
    >()
    expectTypeOf<CommonError["_tag"]>().toEqualTypeOf<
      | "InvalidInput"
      | "RequestNotSent"
      | "RateLimited"
      | "SignatureRejected"
      | "AccessDenied"
      | "InvalidRequest"
      | "NotFound"
      | "ServerError"
      | "ConnectionLost"
      | "RequestTimeout"
      | "UnexpectedReply"
    >()
  })

  it("may list failures beyond those", () => {
    const adopt = makeOperation({
      name: "adopt",
      method: "POST",
      path: "/adopt",
      input: Schema.Struct({ userId: Schema.String }),
      reply: Schema.Void,
      errors: ["UserAlreadyExists"],
      lostReply: { repeatable: false, advice: "" }
    })
    expectTypeOf<Effect.Error<ReturnType<typeof adopt>>["_tag"]>().toEqualTypeOf<
      CommonError["_tag"] | "UserAlreadyExists"
    >()
  })
})

describe("a description that cannot be right is refused where it is made", () => {
  const describing = (path: string) => () =>
    makeOperation({
      name: "getAccount",
      method: "GET",
      // A path from elsewhere, which TypeScript has not seen.
      path: path as `/${string}`,
      input: Schema.Struct({ accountId: Schema.String }),
      reply: Schema.Unknown,
      lostReply: { repeatable: true, advice: "Nothing changed; call again." }
    })

  it("a path that does not begin with a slash", () => {
    assert.throws(describing("accounts"), "getAccount: the path accounts must begin with a slash")
  })

  it("a path with a query", () => {
    assert.throws(describing("/accounts?all=true"), "must have no query: name its fields in `query`")
  })

  it("a path that names a field which the input does not have", () => {
    assert.throws(
      describing("/accounts/{id}"),
      "getAccount: the path /accounts/{id} names {id}, which the input does not"
    )
    assert.doesNotThrow(describing("/accounts/{accountId}"))
  })

  it("a query that names a field by another name than it has on the wire", () => {
    const renamed = (query: ReadonlyArray<string>) => () =>
      makeOperation({
        name: "getAccount",
        method: "POST",
        path: "/account",
        query,
        input: Schema.Struct({ accountId: Schema.String }).pipe(Schema.encodeKeys({ accountId: "account_id" })),
        reply: Schema.Unknown,
        lostReply: { repeatable: true, advice: "Nothing changed; call again." }
      })
    assert.throws(renamed(["accountId"]), "getAccount: the query names accountId, which the input does not have")
    assert.doesNotThrow(renamed(["account_id"]))
  })

  it("and none of ours is", () => {
    const describeAnew = <Input extends object, A, Tag extends SpecificTag>({ definition }: Operation<Input, A, Tag>) =>
      makeOperation({ ...definition, reply: Schema.Unknown })
    const operations = Object.entries(core).filter(([, value]) => typeof value === "function" && "definition" in value)
    assert.sameMembers(
      operations.map(([name]) => name),
      ["registerUser", "listUsers", "deleteUser", "resetUserSecret", "loginUser", "checkStatus"]
    )
    assert.doesNotThrow(() => {
      describeAnew(registerUser)
      describeAnew(listUsers)
      describeAnew(deleteUser)
      describeAnew(resetUserSecret)
      describeAnew(loginUser)
      describeAnew(checkStatus)
    })
  })
})

describe("a reply that does not decode", () => {
  it.effect("is told by its place and what was expected there, and by no value", () =>
    Effect.gen(function* () {
      yield* (yield* LocalSnapTrade).next(Instruction.reply(200, { id: "a", balance: "canary-balance" }))
      const error = yield* Effect.flip(getAccount({ accountId: "a", ...owner }))
      assert.strictEqual(error._tag, "UnexpectedReply")
      assert.include(error.message, "the body is not what getAccount answers: balance Expected ")
      assert.notInclude(error.message, "canary-balance")
    }).pipe(Effect.provide(TestSnapTrade.layer()))
  )
})

describe("an input that does not fit", () => {
  const Period = Schema.Struct({ from: Schema.Int, to: Schema.Int })
  const inputs = {
    "a field of a field": [
      Schema.Struct({ period: Period }),
      { period: { from: 1, to: 1.5 } },
      "period.to Expected an integer"
    ],
    "a check that names the place": [
      Period.check(
        Schema.makeFilter(({ from, to }) => from <= to || { path: ["to"], issue: "must not be before from" })
      ),
      { from: 2, to: 1 },
      "to must not be before from"
    ],
    "a check that names the place, in words of its own": [
      Period.check(
        Schema.makeFilter(() => ({ path: ["to"], issue: "must not be before from" }), { message: "is no period" })
      ),
      { from: 2, to: 1 },
      "to is no period"
    ],
    "a check that names several": [
      Period.check(
        Schema.makeFilter(() => [
          { path: ["from"], issue: "is too early" },
          { path: ["to"], issue: "is too late" }
        ])
      ),
      { from: 2, to: 1 },
      "from is too early; to is too late"
    ],
    "none of several": [
      Schema.Union([Schema.Struct({ from: Schema.Int }), Schema.Struct({ from: Schema.Int, to: Schema.Int })]),
      { from: 1.5, to: 1.5 },
      "from Expected an integer; from Expected an integer"
    ]
  } as const

  for (const [name, [input, value, told]] of Object.entries(inputs)) {
    it.effect(`is told by its place and what was expected there: ${name}`, () =>
      Effect.gen(function* () {
        // Which of the schemas it is does not matter here.
        const getPeriod = makeOperation({
          name: "getPeriod",
          method: "GET",
          path: "/period",
          input: input as Schema.Codec<object, {}>,
          reply: Schema.Unknown,
          lostReply: { repeatable: true, advice: "Call again." }
        })
        const error = yield* Effect.flip(getPeriod(value))
        assert.strictEqual(error.message, `getPeriod was not sent: ${told}`)
      }).pipe(Effect.provide(TestSnapTrade.layer()))
    )
  }
})

describe("a timeout that is no duration", () => {
  // From configuration, say.
  const timeout = "soon" as `${number} seconds`
  const told = 'the timeout "soon" is no duration; write it like "30 seconds"'

  it("is refused where it is given", () => {
    assert.throws(() => registerUser({ userId: "u" }).pipe(withTimeout(timeout)), told)
  })

  it.effect("is a defect of the layer that says so", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(
        registerUser({ userId: "u" }).pipe(Effect.provide(TestSnapTrade.layer({ timeout })))
      )
      assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", told)
    })
  )
})

describe("transformClient", () => {
  it.effect("sees the unsigned request, and what it changes is what gets signed", () => {
    const seen: Array<HttpClientRequest.HttpClientRequest> = []
    return Effect.gen(function* () {
      const user = yield* registerUser({ userId: "user-123" })
      const [request] = yield* (yield* LocalSnapTrade).requests
      assert.strictEqual(user.userId, "user-123")
      assert.strictEqual(request?.path, "/api/v1/snapTrade/registerUser")
      assert.strictEqual(request?.query, "clientId=LOCAL-SNAPTRADE&trace=1&timestamp=0")
      assert.strictEqual(request?.body, '{ "userId" : "user-123" }')
      assert.notProperty(seen[0]?.headers, "signature")
      assert.isEmpty(seen[0]?.urlParams.params)
    }).pipe(
      Effect.provide(
        TestSnapTrade.layer({
          transformClient: HttpClient.mapRequest((request) => {
            seen.push(request)
            return request.pipe(
              HttpClientRequest.setUrl("https://api.snaptrade.com/api/v1/snapTrade/registerUser"),
              HttpClientRequest.setUrlParam("trace", "1"),
              HttpClientRequest.bodyText('{ "userId" : "user-123" }', "application/json")
            )
          })
        })
      )
    )
  })

  it.effect("cannot make a body that has no signature: nothing is sent", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(registerUser({ userId: "user-123" }))
      assert.strictEqual(error._tag, "InvalidInput")
      assert.include(error.message, "a body that is not JSON cannot be signed")
      assert.isEmpty(yield* (yield* LocalSnapTrade).requests)
    }).pipe(
      Effect.provide(
        TestSnapTrade.layer({ transformClient: HttpClient.mapRequest(HttpClientRequest.bodyText("userId=user-123")) })
      )
    )
  )

  it.effect("has a body refused that is not UTF-8: what is signed would not be what is sent", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(registerUser({ userId: "user-123" }))
      assert.strictEqual(error._tag, "InvalidInput")
      assert.isEmpty(yield* (yield* LocalSnapTrade).requests)
    }).pipe(
      Effect.provide(
        TestSnapTrade.layer({
          transformClient: HttpClient.mapRequest(HttpClientRequest.bodyUint8Array(Uint8Array.of(0x22, 0xff, 0x22)))
        })
      )
    )
  )

  it.effect("may fail on a status: the failure is the one of the table all the same", () =>
    Effect.gen(function* () {
      yield* registerUser({ userId: "user-123" })
      const error = yield* Effect.flip(registerUser({ userId: "user-123" }))
      assert.strictEqual(error._tag, "UserAlreadyExists")
    }).pipe(Effect.provide(TestSnapTrade.layer({ transformClient: HttpClient.filterStatusOk })))
  )
})

import * as core from "@effect-snaptrade/core"
import {
  canonicalRequest,
  checkStatus,
  deleteUser,
  layerSnapTrade,
  listUsers,
  loginUser,
  type Operation,
  registerUser,
  resetUserSecret,
  signatureEquals,
  Signer,
  SnapTrade,
  type SpecificTag
} from "@effect-snaptrade/core"
import * as Contract from "@effect-snaptrade/core/contract"
import { Instruction, LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { build, type BuildOptions } from "esbuild"
import { fileURLToPath } from "node:url"
import { OpenApiDocument } from "./contract/OpenApiDocument.ts"
import { less, more, reference, stricter } from "./contract/reference.ts"
import { compare, saidBy } from "./contract/said.ts"

const json = JSON.stringify(Contract.openApi())
const document = Schema.decodeUnknownSync(OpenApiDocument, { onExcessProperty: "error" })(JSON.parse(json))
const ours = saidBy(document)
const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, endpoint]) => ({ ...endpoint, method: method.toUpperCase(), path }))
)

describe("the contract and SnapTrade's reference", () => {
  it("agree on every operation, field and status, but for the differences that are listed", () => {
    assert.deepStrictEqual(compare(ours, { reference, less, more: [stricter, more] }), {
      missing: [],
      unlisted: [],
      unused: []
    })
  })

  it("a field or status of the reference that we lack is missed", () => {
    const said = { "GET /nowhere": {}, "POST /snapTrade/registerUser": { 200: { age: ["number"] } } }
    assert.deepStrictEqual(compare(ours, { reference: said, more: [reference, stricter, more] }).missing, [
      "GET /nowhere",
      "POST /snapTrade/registerUser, 200, age",
      "POST /snapTrade/registerUser, 200, age: number"
    ])
  })

  it("a difference that is not listed is found, however deep", () => {
    const { missing, unlisted } = compare(ours, { reference, more: [more] })
    assert.include(missing, "POST /snapTrade/login, 200, (2): additionalProperties false")
    assert.include(unlisted, "POST /snapTrade/registerUser, 200, userSecret: required")
    assert.include(unlisted, "POST /snapTrade/registerUser, 400, default_code: number or string")
    assert.include(unlisted, "POST /snapTrade/login, 200, (2).encryptedMessageData.tag: required")
    assert.include(compare(ours, { reference, more: [stricter] }).unlisted, "GET /snapTrade/listUsers, 429")
  })

  it("an entry of a list that is no difference is found", () => {
    const entry = { "POST /snapTrade/registerUser": { 418: {}, 200: { userId: ["string", "maxLength 9"] } } }
    const lines = [
      "POST /snapTrade/registerUser, 200, userId: string",
      "POST /snapTrade/registerUser, 200, userId: maxLength 9",
      "POST /snapTrade/registerUser, 418"
    ]
    assert.deepStrictEqual(compare(ours, { reference, less, more: [stricter, more, entry] }).unused, lines)
    assert.deepStrictEqual(compare(ours, { reference, less: entry, more: [] }).unused, lines)
  })
})

/** An operation, and a hundred of the requests that it may send. */
const sending = <Input extends object, A, Tag extends SpecificTag>(operation: Operation<Input, A, Tag>) => {
  const { input, method, name, path, signed = true } = operation.definition
  const requests = Effect.gen(function* () {
    const local = yield* LocalSnapTrade
    const inputs = yield* Arbitrary.sampleEffect(Arbitrary.schema(input), { count: 100, seed: 1 })
    const { execute } = yield* SnapTrade
    for (const value of inputs) {
      yield* local.next(Instruction.reply(400, {}))
      yield* Effect.exit(execute(operation.definition, value))
    }
    return yield* local.requests
  }).pipe(Effect.provide(TestSnapTrade.layer()))
  return { method, name, path, requests, signed }
}

/** The operations of this library; another one is one line more. */
const operations = [
  sending(checkStatus),
  sending(deleteUser),
  sending(listUsers),
  sending(loginUser),
  sending(registerUser),
  sending(resetUserSecret)
]

const Body = Schema.fromJsonString(Schema.JsonObject)

/** The names in records, and whether they are in each. */
const namesIn = (records: ReadonlyArray<object>): Readonly<Record<string, boolean>> =>
  Object.fromEntries(
    records.flatMap(Object.keys).map((name) => [name, records.every((record) => Object.hasOwn(record, name))])
  )

/** The same of what the contract says of a place, without what is in its fields. */
const namesSaid = (fields: Readonly<Record<string, ReadonlyArray<string>>> = {}): Readonly<Record<string, boolean>> =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => /^\w+$/.test(name))
      .map(([name, words]) => [name, words.includes("required")])
  )

describe("the contract and the operations of this library", () => {
  const identity = ({ method, name, path }: { method: string; name: string; path: string }) =>
    `${name}: ${method} ${path}`

  it("are the same ones, by name, method and path", () => {
    const exported = Object.values(core).flatMap((value) => ("definition" in value ? [identity(value.definition)] : []))
    const endpoints = described.map((endpoint) => identity({ ...endpoint, name: endpoint.operationId }))
    assert.sameMembers(endpoints, exported)
    assert.sameMembers(operations.map(identity), exported)
  })

  for (const { method, name, path, requests, signed } of operations) {
    it.effect(`${name} sends what the contract describes`, () =>
      Effect.gen(function* () {
        const sent = yield* requests
        const said = ours[`${method} ${path}`] ?? {}
        // A few are refused: those with a lone surrogate.
        assert.isAtLeast(sent.length, 80)
        const itsPath = new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`)
        for (const request of sent) {
          assert.strictEqual(request.method, method)
          assert.match(request.path, itsPath)
        }
        const queries = sent.map(({ query }) => Object.fromEntries(new URLSearchParams(query)))
        assert.deepStrictEqual(namesIn(queries), namesSaid(said["query"]))
        const signatures = sent.map(({ headers }) => (headers["signature"] === undefined ? {} : { Signature: true }))
        assert.deepStrictEqual(namesIn(signatures), namesSaid(said["header"]))
        assert.strictEqual(signed, Object.hasOwn(said, "header"))
        const bodies = sent.flatMap(({ body }) => (body === "" ? [] : [Schema.decodeUnknownSync(Body)(body)]))
        assert.lengthOf(bodies, said["request"] === undefined ? 0 : sent.length)
        assert.deepStrictEqual(namesIn(bodies), namesSaid(said["request"]))
      })
    )
  }
})

describe("the OpenAPI document", () => {
  it("has the members that OpenAPI 3 demands, a title, a version and SnapTrade's address", () => {
    assert.match(document.openapi, /^3\.1\./)
    assert.include(document.info.title, "SnapTrade")
    assert.match(document.info.version, /^\d+\.\d+\.\d+$/)
    assert.deepStrictEqual(document.servers, [{ url: "https://api.snaptrade.com" }])
  })

  it("every reference in it leads somewhere", () => {
    for (const [, ref = ""] of json.matchAll(/"\$ref":"([^"]*)"/g)) {
      assert.match(ref, /^#\/components\/schemas\//)
      assert.property(document.components.schemas, ref.replace("#/components/schemas/", ""))
    }
    const schemes = Object.keys(document.components.securitySchemes)
    const tags = document.tags.map(({ name }) => name)
    for (const operation of described) {
      assert.includeMembers(tags, [...operation.tags])
      for (const requirement of operation.security) assert.includeMembers(schemes, Object.keys(requirement))
    }
  })

  it("every operation has an id of its own, a description, and demands all parts of a signature, or none", () => {
    const ids = described.map(({ operationId }) => operationId)
    assert.strictEqual(new Set(ids).size, ids.length)
    for (const { description, operationId, security, summary } of described) {
      assert.isDefined(description)
      assert.isDefined(summary)
      const all = [{ PartnerClientId: [], PartnerTimestamp: [], PartnerSignature: [] }]
      assert.deepStrictEqual(security, operationId === "checkStatus" ? [] : all)
    }
  })

  it("knows no number that JSON has not, and takes fields that SnapTrade may add", () => {
    assert.notMatch(json, /NaN|Infinity/)
    assert.notInclude(json, "additionalProperties")
  })

  it("is the caller's to change", () => {
    Contract.openApi().info.title = "Mine"
    assert.strictEqual(Contract.openApi().info.title, document.info.title)
  })
})

describe("a server made of the contract", () => {
  const clientId = "CONTRACT-TEST"
  const consumerKey = Redacted.make("a-key-of-this-test")
  const users = new Map([["taken", "a-secret"]])

  const withSecret = (userId: string, userSecret: string) => {
    users.set(userId, userSecret)
    return Effect.succeed({ userId, userSecret })
  }

  const authentication = HttpApiBuilder.group(Contract.SnapTradeApi, "Authentication", (group) =>
    group.handleAll({
      registerUser: ({ payload: { userId } }) => {
        if (users.has(userId)) return Effect.fail(new Contract.BadRequest({ default_code: 1010 }))
        if (userId === "broken")
          return Effect.fail(new Contract.InternalServerError({ code: "1000", status_code: 500 }))
        return withSecret(userId, `secret-of-${userId}`)
      },
      listUsers: () => Effect.succeed(Array.from(users.keys())),
      deleteUser: ({ query: { userId } }) =>
        users.delete(userId)
          ? Effect.succeed({ userId, status: "deleted" })
          : Effect.fail(new Contract.NotFound({ default_code: 1011 })),
      resetUserSecret: ({ payload: { userId, userSecret } }) =>
        users.get(userId) === userSecret
          ? withSecret(userId, `${userSecret}-2`)
          : Effect.fail(new Contract.Unauthorized({ default_code: 1083 })),
      loginUser: ({ payload, query: { userId } }) =>
        Effect.succeed(
          payload?.broker === "ENCRYPTED"
            ? { encryptedSharedKey: "key", encryptedMessageData: { encryptedMessage: "message", tag: "", nonce: "" } }
            : { redirectURI: `https://example.com/${userId}/${payload?.locale}`, sessionId: "session-1" }
        )
    })
  )

  const status = HttpApiBuilder.group(Contract.SnapTradeApi, "Status", (group) =>
    group.handle("checkStatus", () =>
      Effect.succeed({ online: true, version: 153, timestamp: "2022-11-04 01:47:00.377969+00:00" })
    )
  )

  const layerClientId = Layer.succeed(Contract.ClientId, {
    PartnerClientId: (operation, { credential }) =>
      Redacted.value(credential) === clientId ? operation : Effect.fail(new Contract.Unauthorized({ code: "1083" }))
  })

  const layerTimestamp = Layer.succeed(Contract.Timestamp, {
    PartnerTimestamp: (operation, { credential }) =>
      /^\d{10}$/.test(Redacted.value(credential)) ? operation : Effect.fail(new Contract.Unauthorized({}))
  })

  const Content = Schema.fromJsonString(Schema.Json)

  const layerSignature = Layer.effect(
    Contract.Signature,
    Effect.map(Signer, ({ signWith }) => ({
      PartnerSignature: (operation, { credential }) =>
        Effect.gen(function* () {
          const request = yield* HttpServerRequest.HttpServerRequest
          const { pathname, search } = new URL(request.url, "http://localhost")
          const content = Schema.decodeUnknownSync(Content)((yield* Effect.orDie(request.text)) || "null")
          const message = canonicalRequest({ content, path: pathname, query: search.slice(1) })
          const verifies = signatureEquals(yield* signWith(consumerKey)(message), Redacted.value(credential))
          return yield* verifies ? operation : new Contract.Unauthorized({ code: "1076" })
        })
    }))
  )

  const server = HttpRouter.toWebHandler(
    HttpApiBuilder.layer(Contract.SnapTradeApi).pipe(
      Layer.provide([authentication, status]),
      Layer.provide([layerClientId, layerTimestamp, layerSignature]),
      Layer.provide([TestSnapTrade.layerSigner, HttpServer.layerServices])
    ),
    { disableLogger: true }
  )

  const layer = (as = { clientId, consumerKey }) =>
    layerSnapTrade(as).pipe(
      Layer.provide([FetchHttpClient.layer, TestSnapTrade.layerSigner]),
      Layer.provide(Layer.succeed(FetchHttpClient.Fetch, (url, init) => server.handler(new Request(url, init))))
    )

  it.live("serves a user's whole life", () =>
    Effect.gen(function* () {
      const userId = "müller 🙂"
      const { userSecret } = yield* registerUser({ userId })
      assert.strictEqual(Redacted.value(userSecret), "secret-of-müller 🙂")
      assert.deepStrictEqual(yield* listUsers(), ["taken", userId])
      const rotated = yield* resetUserSecret({ userId, userSecret })
      assert.strictEqual(Redacted.value(rotated.userSecret), "secret-of-müller 🙂-2")
      const login = yield* loginUser({ ...rotated, locale: "pt-BR", connectionType: "trade" })
      assert.strictEqual(
        "redirectURI" in login ? Redacted.value(login.redirectURI) : login,
        "https://example.com/müller 🙂/pt-BR"
      )
      assert.property(yield* loginUser({ ...rotated, broker: "ENCRYPTED" }), "encryptedSharedKey")
      assert.deepStrictEqual({ ...(yield* deleteUser({ userId })) }, { userId, status: "deleted" })
      assert.deepStrictEqual(yield* listUsers(), ["taken"])
    }).pipe(Effect.provide(layer()))
  )

  it.live("serves its status to somebody without keys", () =>
    Effect.gen(function* () {
      const nobody = layer({ clientId: "WHO", consumerKey: Redacted.make("none") })
      const { online, version } = yield* Effect.provide(checkStatus(), nobody)
      assert.deepStrictEqual([online, version], [true, 153])
    })
  )

  it.live("serves a login without a body, as the document says", () =>
    Effect.gen(function* () {
      const { signWith } = yield* Signer
      const query = `clientId=${clientId}&userId=taken&userSecret=a-secret&timestamp=1785000000`
      const signature = yield* signWith(consumerKey)(
        canonicalRequest({ content: null, path: "/snapTrade/login", query })
      )
      const request = new Request(`https://api.snaptrade.com/snapTrade/login?${query}`, {
        method: "POST",
        headers: { Signature: signature }
      })
      const response = yield* Effect.promise(() => server.handler(request))
      assert.strictEqual(response.status, 200)
    }).pipe(Effect.provide(TestSnapTrade.layerSigner))
  )

  it.live("answers failures that the operations understand", () =>
    Effect.gen(function* () {
      const failure = <A, Tag extends string>(
        operation: Effect.Effect<A, { readonly _tag: Tag }, SnapTrade>,
        as?: Parameters<typeof layer>[0]
      ) =>
        operation.pipe(
          Effect.provide(layer(as)),
          Effect.flip,
          Effect.map((error) => error._tag)
        )
      const somebody = { userId: "user-123", userSecret: Redacted.make("wrong") }
      assert.strictEqual(yield* failure(registerUser({ userId: "taken" })), "UserAlreadyExists")
      assert.strictEqual(yield* failure(registerUser({ userId: "broken" })), "ServerError")
      assert.strictEqual(yield* failure(deleteUser(somebody)), "NotFound")
      assert.strictEqual(yield* failure(resetUserSecret(somebody)), "AccessDenied")
      const unknown = { clientId: "WHO", consumerKey }
      assert.strictEqual(yield* failure(registerUser(somebody), unknown), "ClientIdRejected")
      const wrong = { clientId, consumerKey: Redacted.make("another-key") }
      assert.strictEqual(yield* failure(registerUser(somebody), wrong), "SignatureRejected")
      assert.strictEqual(yield* failure(listUsers(), wrong), "SignatureRejected")
      assert.isFalse(users.has("user-123"))
    })
  )
})

describe("a client's bundle", () => {
  const repository = fileURLToPath(new URL("../../..", import.meta.url))

  const bundle = async (contents: string, options: BuildOptions) => {
    const { metafile, outputFiles } = await build({
      ...options,
      absWorkingDir: repository,
      stdin: { contents, resolveDir: repository },
      conditions: ["@effect-snaptrade/source"],
      bundle: true,
      minify: true,
      format: "esm",
      metafile: true,
      write: false,
      logLevel: "silent"
    })
    const text = outputFiles.map((file) => file.text).join("")
    return { text, size: Buffer.byteLength(text), inputs: Object.keys(metafile.inputs) }
  }

  const client = (runtime: "Node" | "Edge") => `
    import { registerUser } from "@effect-snaptrade/core"
    import { ${runtime}SnapTrade } from "@effect-snaptrade/${runtime.toLowerCase()}"
    import * as Effect from "effect/Effect"
    export const program = Effect.provide(registerUser({ userId: "user-123" }), ${runtime}SnapTrade.layerConfig({}))
  `
  const contract = `export { openApi } from "@effect-snaptrade/core/contract"`
  const isContract = (input: string) => input.endsWith("/core/src/Contract.ts") || input.includes("/http-api/")
  const onlyOfContract = ["PartnerSignature", "HttpApi", "OpenApi", "openapi"]

  it("contains the contract when it is asked for", async () => {
    const { inputs, text } = await bundle(contract, { platform: "neutral" })
    assert.include(inputs, "packages/core/src/Contract.ts")
    assert.isTrue(inputs.some((input) => input.includes("/http-api/OpenApi")))
    for (const name of onlyOfContract) assert.include(text, name)
  })

  for (const [runtime, platform] of [
    ["Node", "node"],
    ["Edge", "neutral"]
  ] as const) {
    it(`contains nothing of the contract on ${runtime}, whose cost is a choice`, async () => {
      const without = await bundle(client(runtime), { platform })
      assert.include(without.text, "/snapTrade/registerUser")
      assert.deepStrictEqual(without.inputs.filter(isContract), [])
      for (const name of onlyOfContract) assert.notInclude(without.text, name)

      const both = await bundle(client(runtime) + contract, { platform })
      assert.isAbove(both.size, without.size + 40_000)
    })
  }
})

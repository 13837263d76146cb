import { canonicalRequest, layerSnapTrade, registerUser, signatureEquals, Signer } from "@effect-snaptrade/core"
import * as Contract from "@effect-snaptrade/core/contract"
import { TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
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
import { more, reference, stricter } from "./contract/reference.ts"
import { compare, saidBy } from "./contract/said.ts"

const json = JSON.stringify(Contract.openApi())
const document = Schema.decodeUnknownSync(OpenApiDocument, { onExcessProperty: "error" })(JSON.parse(json))
const ours = saidBy(document)
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))

describe("the contract and SnapTrade's reference", () => {
  it("agree on every operation, field and status, but for the differences that are listed", () => {
    assert.deepStrictEqual(compare(ours, { reference, allowed: [stricter, more] }), {
      missing: [],
      unlisted: [],
      unused: []
    })
  })

  it("a field or status of the reference that we lack is missed", () => {
    const said = { "GET /": {}, "POST /snapTrade/registerUser": { 200: { age: ["number"] } } }
    assert.deepStrictEqual(compare(ours, { reference: said, allowed: [reference, stricter, more] }).missing, [
      "GET /",
      "POST /snapTrade/registerUser, 200, age",
      "POST /snapTrade/registerUser, 200, age: number"
    ])
  })

  it("a difference that is not listed is found", () => {
    const { unlisted } = compare(ours, { reference, allowed: [more] })
    assert.include(unlisted, "POST /snapTrade/registerUser, 200, userSecret: required")
    assert.include(unlisted, "POST /snapTrade/registerUser, 400, default_code: number or string")
    assert.include(
      compare(ours, { reference, allowed: [stricter] }).unlisted,
      "POST /snapTrade/registerUser, header, Signature"
    )
  })

  it("an entry of a list that is no difference is found", () => {
    const entry = { "POST /snapTrade/registerUser": { 418: {}, 200: { userId: ["string", "maxLength 9"] } } }
    assert.deepStrictEqual(compare(ours, { reference, allowed: [stricter, more, entry] }).unused, [
      "POST /snapTrade/registerUser, 200, userId: string",
      "POST /snapTrade/registerUser, 200, userId: maxLength 9",
      "POST /snapTrade/registerUser, 418"
    ])
  })

  it("the operation that is sent is the one described", () => {
    const { method, name, path } = registerUser.definition
    assert.property(ours, `${method} ${path}`)
    assert.strictEqual(document.paths[path]?.post?.operationId, name)
  })
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
    for (const operation of operations) {
      assert.includeMembers(tags, [...operation.tags])
      for (const requirement of operation.security) assert.includeMembers(schemes, Object.keys(requirement))
    }
  })

  it("every operation has an id of its own, a description, and demands all three parts of the signature", () => {
    const ids = operations.map(({ operationId }) => operationId)
    assert.strictEqual(new Set(ids).size, ids.length)
    for (const { description, security, summary } of operations) {
      assert.isDefined(description)
      assert.isDefined(summary)
      assert.deepStrictEqual(security, [{ PartnerClientId: [], PartnerTimestamp: [], PartnerSignature: [] }])
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

  const handlers = HttpApiBuilder.group(Contract.SnapTradeApi, "Authentication", (group) =>
    group.handle("registerUser", ({ payload: { userId } }) => {
      if (users.has(userId)) return Effect.fail(new Contract.BadRequest({ default_code: 1010 }))
      if (userId === "broken") return Effect.fail(new Contract.InternalServerError({ code: "1000", status_code: 500 }))
      users.set(userId, `secret-of-${userId}`)
      return Effect.succeed({ userId, userSecret: `secret-of-${userId}` })
    })
  )

  const layerClientId = Layer.succeed(Contract.ClientId, {
    PartnerClientId: (operation, { credential }) =>
      Redacted.value(credential) === clientId ? operation : Effect.fail(new Contract.Unauthorized({ code: "1083" }))
  })

  const layerTimestamp = Layer.succeed(Contract.Timestamp, {
    PartnerTimestamp: (operation, { credential }) =>
      /^\d{10}$/.test(Redacted.value(credential)) ? operation : Effect.fail(new Contract.Unauthorized({}))
  })

  const layerSignature = Layer.effect(
    Contract.Signature,
    Effect.map(Signer, ({ signWith }) => ({
      PartnerSignature: (operation, { credential }) =>
        Effect.gen(function* () {
          const request = yield* HttpServerRequest.HttpServerRequest
          const { pathname, search } = new URL(request.url, "http://localhost")
          const content = yield* Effect.orDie(HttpServerRequest.schemaBodyJson(Schema.Json))
          const message = canonicalRequest({ content, path: pathname, query: search.slice(1) })
          const verifies = signatureEquals(yield* signWith(consumerKey)(message), Redacted.value(credential))
          return yield* verifies ? operation : new Contract.Unauthorized({ code: "1076" })
        })
    }))
  )

  const server = HttpRouter.toWebHandler(
    HttpApiBuilder.layer(Contract.SnapTradeApi).pipe(
      Layer.provide(handlers),
      Layer.provide([layerClientId, layerTimestamp, layerSignature]),
      Layer.provide([TestSnapTrade.layerSigner, HttpServer.layerServices])
    ),
    { disableLogger: true }
  )

  const snapTrade = (as: { readonly clientId: string; readonly consumerKey: Redacted.Redacted }) =>
    layerSnapTrade(as).pipe(
      Layer.provide([FetchHttpClient.layer, TestSnapTrade.layerSigner]),
      Layer.provide(Layer.succeed(FetchHttpClient.Fetch, (url, init) => server.handler(new Request(url, init))))
    )

  const registering = (userId: string, as = { clientId, consumerKey }) =>
    registerUser({ userId }).pipe(Effect.provide(snapTrade(as)))

  it.live("registers a user for registerUser", () =>
    Effect.map(registering("müller 🙂"), ({ userId, userSecret }) => {
      assert.strictEqual(userId, "müller 🙂")
      assert.strictEqual(Redacted.value(userSecret), "secret-of-müller 🙂")
    })
  )

  it.live("answers failures that registerUser understands", () =>
    Effect.gen(function* () {
      const failure = (...args: Parameters<typeof registering>) =>
        Effect.map(Effect.flip(registering(...args)), (error) => error._tag)
      assert.strictEqual(yield* failure("taken"), "UserAlreadyExists")
      assert.strictEqual(yield* failure("broken"), "ServerError")
      assert.strictEqual(yield* failure("user-123", { clientId: "WHO", consumerKey }), "ClientIdRejected")
      const wrong = { clientId, consumerKey: Redacted.make("another-key") }
      assert.strictEqual(yield* failure("user-123", wrong), "SignatureRejected")
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

import { layerSnapTrade, layerSnapTradeConfig, makeCredentials, registerUser } from "@effect-snaptrade/core"
import { LocalSnapTrade, TestSnapTrade } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"

const consumerKey = Redacted.make("canary-consumer-key")

describe("credentials are trimmed of what pasting brings along", () => {
  const strays: ReadonlyArray<readonly [what: string, stray: string]> = [
    ["spaces", "  "],
    ["a line end", "\r\n"],
    ["a tab", "\t"],
    ["a no-break space", "\u00a0"],
    ["a byte order mark", "\ufeff"],
    ["a zero-width space", "\u200b"],
    ["a zero-width joiner", "\u200d"],
    ["a word joiner", "\u2060"],
    ["a soft hyphen", "\u00ad"],
    ["a mark of direction", "\u202e"],
    ["a null character", "\u0000"],
    ["a mixture", " \u200b\n\ufeff"]
  ]
  for (const [what, stray] of strays) {
    it.effect(`of ${what}`, () =>
      Effect.gen(function* () {
        const credentials = yield* makeCredentials({
          clientId: `${stray}MY APP${stray}`,
          consumerKey: Redacted.make(`${stray}canary-consumer-key${stray}`)
        })
        assert.strictEqual(credentials.clientId, "MY APP")
        assert.strictEqual(Redacted.value(credentials.consumerKey), "canary-consumer-key")
      })
    )
    it.effect(`and refused when only ${what} was pasted`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(makeCredentials({ clientId: "MY-APP", consumerKey: Redacted.make(stray) }))
        assert.strictEqual(error._tag, "InvalidCredentials")
        assert.strictEqual(
          error.message,
          "consumerKey (SNAPTRADE_CONSUMER_KEY) is missing or empty; keys come from the SnapTrade dashboard, https://dashboard.snaptrade.com"
        )
        assert.strictEqual((yield* Effect.flip(makeCredentials({ clientId: stray, consumerKey }))).setting, "clientId")
      })
    )
  }
})

describe("whatever surrounds a key", () => {
  const Stray = Schema.Array(
    Schema.Literals([" ", "\n", "\t", "\u00a0", "\ufeff", "\u200b", "\u200e", "\u2060", "\u0000", "\u001f", "\u3164"])
  )
  const Key = Schema.String.check(Schema.isPattern(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/))
  it.effect.prop("is taken away, and nothing of the key itself", [Stray, Key, Stray], ([before, key, after]) =>
    Effect.gen(function* () {
      const pasted = before.join("") + key + after.join("")
      const credentials = yield* makeCredentials({ clientId: pasted, consumerKey: Redacted.make(pasted) })
      assert.strictEqual(credentials.clientId, key)
      assert.strictEqual(Redacted.value(credentials.consumerKey), key)
    })
  )
})

describe("the base URL", () => {
  it.effect("is SnapTrade's unless told, and loses its last slash", () =>
    Effect.gen(function* () {
      const baseUrls = yield* Effect.forEach(
        [undefined, "http://localhost:4010/", " https://example.com/api/v1// ", "https://example.com/?"],
        (baseUrl) =>
          Effect.map(
            makeCredentials({ clientId: "MY-APP", consumerKey, baseUrl }),
            (credentials) => credentials.baseUrl
          )
      )
      assert.deepStrictEqual(baseUrls, [
        "https://api.snaptrade.com",
        "http://localhost:4010",
        "https://example.com/api/v1",
        "https://example.com"
      ])
    })
  )

  for (const baseUrl of [
    "",
    "api.snaptrade.com",
    "/api/v1",
    "ftp://api.snaptrade.com",
    "https://user:password@api.snaptrade.com",
    "https://api.snaptrade.com?a=b",
    "https://api.snaptrade.com#part"
  ]) {
    it.effect(`is refused when it is ${JSON.stringify(baseUrl)}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(makeCredentials({ clientId: "MY-APP", consumerKey, baseUrl }))
        assert.strictEqual(error.setting, "baseUrl")
        assert.include(error.message, "such as https://api.snaptrade.com")
        assert.notInclude(error.message, "password@")
      })
    )
  }
})

describe("a layer", () => {
  const platform = Layer.merge(TestSnapTrade.layerLocal({ clientId: "MY-APP", consumerKey }), TestSnapTrade.layerSigner)
  const environment = (env: Record<string, string>) => ConfigProvider.layer(ConfigProvider.fromEnv({ env }))

  it.effect("cannot be built from an empty key", () =>
    Effect.gen(function* () {
      const layer = layerSnapTrade({ clientId: "MY-APP", consumerKey: Redacted.make(" ") })
      const error = yield* Effect.flip(
        registerUser({ userId: "u" }).pipe(Effect.provide(layer.pipe(Layer.provide(platform))))
      )
      assert.strictEqual(error._tag, "InvalidCredentials")
    })
  )

  it.effect("takes its credentials and base URL from the environment", () =>
    Effect.gen(function* () {
      yield* registerUser({ userId: "u" })
      const [request] = yield* (yield* LocalSnapTrade).requests
      assert.strictEqual(request?.path, "/prefix/snapTrade/registerUser")
    }).pipe(
      Effect.flip,
      Effect.map((error) => assert.strictEqual(error._tag, "NotFound")),
      Effect.provide(
        layerSnapTradeConfig().pipe(
          Layer.provideMerge(platform),
          Layer.provide(
            environment({
              SNAPTRADE_CLIENT_ID: " MY-APP ",
              SNAPTRADE_CONSUMER_KEY: "canary-consumer-key\n",
              SNAPTRADE_BASE_URL: "https://example.com/prefix"
            })
          )
        )
      )
    )
  )

  for (const [what, env] of [
    ["missing", { SNAPTRADE_CLIENT_ID: "MY-APP" }],
    ["empty", { SNAPTRADE_CLIENT_ID: "MY-APP", SNAPTRADE_CONSUMER_KEY: "" }],
    ["blank", { SNAPTRADE_CLIENT_ID: "MY-APP", SNAPTRADE_CONSUMER_KEY: " \n" }]
  ] as const) {
    it.effect(`says which variable is ${what}, and where keys come from`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          registerUser({ userId: "u" }).pipe(
            Effect.provide(layerSnapTradeConfig().pipe(Layer.provide(platform), Layer.provide(environment(env))))
          )
        )
        assert.strictEqual(
          error.message,
          "consumerKey (SNAPTRADE_CONSUMER_KEY) is missing or empty; keys come from the SnapTrade dashboard, https://dashboard.snaptrade.com"
        )
      })
    )
  }
})

describe("what JavaScript lets through", () => {
  const given = (input: object) =>
    // Callers without types.
    Effect.map(Effect.flip(makeCredentials(input as Parameters<typeof makeCredentials>[0])), (error) => error.message)

  it.effect("a consumerKey that is a plain string must be made Redacted, and is not shown", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* given({ clientId: "MY-APP", consumerKey: "canary-consumer-key" }),
        "consumerKey (SNAPTRADE_CONSUMER_KEY) must be Redacted.make(…) of the key"
      )
    })
  )

  it.effect("keys that are undefined are missing, and all that are missing are named", () =>
    Effect.gen(function* () {
      assert.include(
        yield* given({ consumerKey }),
        "clientId (SNAPTRADE_CLIENT_ID) is missing or empty; keys come from"
      )
      assert.include(yield* given({ clientId: "MY-APP" }), "consumerKey (SNAPTRADE_CONSUMER_KEY) is missing or empty;")
      assert.include(
        yield* given({}),
        "clientId (SNAPTRADE_CLIENT_ID) is missing or empty, and so is consumerKey (SNAPTRADE_CONSUMER_KEY); keys come"
      )
    })
  )
})

describe("the consumerKey shows nowhere", () => {
  it.effect("not in credentials that are printed", () =>
    Effect.gen(function* () {
      const credentials = yield* makeCredentials({ clientId: "MY-APP", consumerKey })
      for (const printed of [String(credentials), JSON.stringify(credentials), inspect(credentials)]) {
        assert.notInclude(printed, "canary-consumer-key")
      }
    })
  )
})

import { Instruction, LocalSnapTrade } from "@effect-snaptrade/testing"
import { Feed, OfferedFault, RequestDetail } from "@effect-snaptrade/testing/remote"
import { layerServer, type ServerOptions } from "@effect-snaptrade/testing/server"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { createHmac } from "node:crypto"
import { request as httpRequest } from "node:http"
import { networkInterfaces } from "node:os"

const token = "the-token-of-a-test"
const authorization = `Bearer ${token}`

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: string
}

interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

// fetch would not send another Host, nor the headers that only a browser writes.
const ask = (baseUrl: string, path: string, { body, headers = {}, method = "GET" }: Asking = {}) =>
  Effect.promise(
    () =>
      new Promise<Answer>((resolve, reject) => {
        const { hostname, port } = new URL(baseUrl)
        const asked = httpRequest({ hostname, port, path, method, headers, agent: false }, (response) => {
          let text = ""
          response.on("data", (chunk) => (text += chunk))
          response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
        })
        asked.on("error", reject)
        asked.end(body)
      })
  )

const askAdmin = (baseUrl: string, path: string, asking: Asking = {}) =>
  ask(baseUrl, `/_local${path}`, { ...asking, headers: { authorization, ...asking.headers } })

const withServer = <A>(
  use: (local: LocalSnapTrade["Service"]) => Effect.Effect<A>,
  options: ServerOptions = {}
): Effect.Effect<A> =>
  Effect.flatMap(LocalSnapTrade, use).pipe(
    Effect.provide(layerServer({ adminToken: Redacted.make(token), ...options })),
    Effect.orDie
  )

/** Sends a request as a client does, signed unless told otherwise. */
const send = (local: LocalSnapTrade["Service"], body: string, signature?: string) =>
  Effect.suspend(() => {
    const query = `clientId=${local.clientId}&timestamp=${Math.floor(Date.now() / 1000)}`
    const message = `{"content":${body},"path":"/snapTrade/registerUser","query":"${query}"}`
    const right = createHmac("sha256", Redacted.value(local.consumerKey)).update(message).digest("base64")
    return ask(local.baseUrl, `/snapTrade/registerUser?${query}`, {
      method: "POST",
      body,
      headers: { signature: signature ?? right, "content-type": "application/json" }
    })
  })

const register = (local: LocalSnapTrade["Service"], userId: string) => send(local, JSON.stringify({ userId }))

const decodeFeed = Schema.decodeUnknownSync(Schema.fromJsonString(Feed))
const decodeDetail = Schema.decodeUnknownSync(Schema.fromJsonString(RequestDetail))
const decodeFaults = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(OfferedFault)))

const feedOf = (local: LocalSnapTrade["Service"], query = "") =>
  Effect.map(askAdmin(local.baseUrl, `/inspector/feed${query}`), ({ body }) => decodeFeed(body))

const sumOf = ({ rateLimit: { seconds } }: Feed, what: "counted" | "refused") =>
  seconds.reduce((sum, second) => sum + second[what], 0)

const files = [
  ["/_local/", "text/html; charset=utf-8"],
  ["/_local/page/inspector.js", "text/javascript; charset=utf-8"],
  ["/_local/page/inspector.css", "text/css; charset=utf-8"],
  ["/_local/page/icon.svg", "image/svg+xml"]
] as const

describe("the inspector page", () => {
  it.live("is served with its files, each under its type, to whoever opens it", () =>
    withServer(({ baseUrl }) =>
      Effect.gen(function* () {
        for (const [path, type] of files) {
          const { body, headers, status } = yield* ask(baseUrl, path)
          assert.deepStrictEqual([status, headers["content-type"]], [200, type], path)
          assert.isAbove(body.length, 100)
        }
      })
    )
  )

  it.live("is not there without an admin token", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* LocalSnapTrade
      for (const [path] of files) assert.strictEqual((yield* ask(baseUrl, path)).status, 401, path)
    }).pipe(Effect.provide(layerServer()))
  )

  it.live("names nothing that is elsewhere, and has neither script nor style of its own in the markup", () =>
    withServer(({ baseUrl }) =>
      Effect.gen(function* () {
        for (const [path] of files) {
          const { body } = yield* ask(baseUrl, path)
          const addresses = body.match(/\b(?:https?:)?\/\/[\w-]+\.[\w.-]+/g) ?? []
          assert.deepStrictEqual(
            addresses.filter((address) => !address.includes("www.w3.org")),
            [],
            path
          )
        }
        const { body } = yield* ask(baseUrl, "/_local/")
        assert.notMatch(body, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/)
      })
    )
  )

  it.live("has no file beside its own", () =>
    withServer(({ baseUrl }) =>
      Effect.gen(function* () {
        const paths = ["../package.json", "..%2fpackage.json", "%2e%2e/package.json", ".hidden.js", "nothing.js", ""]
        for (const path of paths) {
          assert.strictEqual((yield* ask(baseUrl, `/_local/page/${path}`)).status, 404, path)
        }
      })
    )
  )

  it.live("is found without the slash too", () =>
    withServer(({ baseUrl }) =>
      Effect.gen(function* () {
        const { headers, status } = yield* ask(baseUrl, "/_local")
        assert.deepStrictEqual([status, headers["location"]], [308, "/_local/"])
      })
    )
  )
})

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'"
]

describe("below /_local, every answer", () => {
  const paths = ["/_local/", "/_local/page/inspector.js", "/_local/users", "/_local/nothing", "/_local/inspector/feed"]

  it.live("has a strict content security policy, and is neither sniffed, kept, framed nor told to others", () =>
    withServer(({ baseUrl }) =>
      Effect.gen(function* () {
        for (const path of paths) {
          const { headers } = yield* ask(baseUrl, path)
          const directives = String(headers["content-security-policy"]).split("; ")
          for (const directive of policy) assert.include(directives, directive, path)
          assert.notMatch(directives.join(), /unsafe|https?:|\*/)
          assert.deepInclude(
            headers,
            {
              "x-content-type-options": "nosniff",
              "cache-control": "no-store",
              "referrer-policy": "no-referrer",
              "x-frame-options": "DENY",
              "cross-origin-opener-policy": "same-origin",
              "cross-origin-resource-policy": "same-origin"
            },
            path
          )
        }
      })
    )
  )

  it.live("shares nothing with other origins: no CORS header, asked or not", () =>
    withServer(({ baseUrl }) =>
      Effect.gen(function* () {
        const preflight = { "access-control-request-method": "POST", "access-control-request-headers": "authorization" }
        for (const path of paths) {
          for (const headers of [{}, { origin: "http://evil.example" }, { origin: baseUrl }]) {
            const answers = [
              yield* ask(baseUrl, path, { headers }),
              yield* ask(baseUrl, path, { method: "OPTIONS", headers: { ...headers, ...preflight } })
            ]
            for (const answer of answers) {
              assert.isEmpty(Object.keys(answer.headers).filter((name) => name.startsWith("access-control-")))
            }
          }
        }
      })
    )
  )
})

describe("the admin interface is not for", () => {
  it.live("who has no token, or another", () =>
    withServer(({ baseUrl }) =>
      Effect.gen(function* () {
        const asked: ReadonlyArray<readonly [string, string?]> = [
          ["/inspector/feed"],
          ["/inspector/requests/1"],
          ["/inspector/users/1"],
          ["/inspector/faults"],
          ["/settings"],
          ["/next", "POST"],
          ["/inspector/forgetInstructions", "POST"]
        ]
        for (const [path, method = "GET"] of asked) {
          for (const headers of [{}, { authorization: `${authorization}x` }, { authorization: "Basic x" }]) {
            assert.strictEqual((yield* ask(baseUrl, `/_local${path}`, { method, headers })).status, 401, path)
          }
        }
      })
    )
  )

  it.live("a page that lets its own name lead here: another Host is refused, with the token and without", () =>
    withServer(({ baseUrl }) =>
      Effect.gen(function* () {
        const { port } = new URL(baseUrl)
        const hosts = [
          "evil.example",
          `evil.example:${port}`,
          "localhost.evil.example",
          "127.0.0.1.evil.example",
          "1.2.3"
        ]
        for (const host of hosts) {
          for (const path of ["/_local/", "/_local/page/inspector.js", "/_local/users", "/_local/openapi.json"]) {
            const { body, status } = yield* ask(baseUrl, path, { headers: { authorization, host } })
            assert.strictEqual(status, 403, `${host} ${path}`)
            assert.include(body, JSON.stringify(host))
            assert.notInclude(body, "userSecret")
          }
        }
      })
    )
  )

  it.live(
    "another site: neither its origin nor what the browser says of it gets through, nor does anything happen",
    () =>
      withServer((local) =>
        Effect.gen(function* () {
          yield* register(local, "user-123")
          const sites: ReadonlyArray<Readonly<Record<string, string>>> = [
            { origin: "http://evil.example" },
            { origin: "null" },
            { origin: "http://127.0.0.1:1" },
            { "sec-fetch-site": "cross-site" },
            { "sec-fetch-site": "same-site" },
            { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }
          ]
          for (const headers of sites) {
            const what = JSON.stringify(headers)
            assert.strictEqual((yield* askAdmin(local.baseUrl, "/users", { headers })).status, 403, what)
            assert.strictEqual((yield* askAdmin(local.baseUrl, "/", { headers })).status, 403, what)
            assert.strictEqual(
              (yield* askAdmin(local.baseUrl, "/reset", { method: "POST", headers })).status,
              403,
              what
            )
          }
          assert.lengthOf(yield* local.users, 1)
        })
      )
  )

  it.live("nobody else than the page itself, a program, and who follows a link to the page", () =>
    withServer(({ baseUrl }) =>
      Effect.gen(function* () {
        const { port } = new URL(baseUrl)
        const page = { origin: baseUrl, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" }
        const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }
        assert.strictEqual((yield* askAdmin(baseUrl, "/users", { headers: page })).status, 200)
        assert.strictEqual((yield* askAdmin(baseUrl, "/users")).status, 200)
        assert.strictEqual((yield* ask(baseUrl, "/_local/", { headers: link })).status, 200)
        assert.strictEqual((yield* askAdmin(baseUrl, "/users", { headers: link })).status, 403)
        for (const host of [`localhost:${port}`, "LOCALHOST", "[::1]:4010", "192.168.0.7:4010"]) {
          assert.strictEqual((yield* askAdmin(baseUrl, "/users", { headers: { host } })).status, 200, host)
        }
      })
    )
  )

  it.live("a name that it was not told; one that it was told is let in", () =>
    withServer(
      ({ baseUrl }) =>
        Effect.gen(function* () {
          const asHost = (host: string) => askAdmin(baseUrl, "/users", { headers: { host } })
          assert.strictEqual((yield* asHost("snaptrade.test:4010")).status, 200)
          assert.strictEqual((yield* asHost("other.test:4010")).status, 403)
        }),
      { adminHosts: ["snaptrade.test"] }
    )
  )

  it.live("other machines, unless told: it listens on the loopback address", () =>
    withServer(({ baseUrl }) =>
      Effect.gen(function* () {
        assert.strictEqual(new URL(baseUrl).hostname, "127.0.0.1")
        const outside = Object.values(networkInterfaces())
          .flatMap((addresses) => addresses ?? [])
          .filter(({ family, internal }) => family === "IPv4" && !internal)
        for (const { address } of outside) {
          const refused = yield* Effect.exit(
            ask(baseUrl.replace("127.0.0.1", address), "/_local/", { headers: { host: "127.0.0.1" } })
          )
          assert.strictEqual(refused._tag, "Failure", address)
        }
      })
    )
  )
})

describe("SnapTrade's own paths", () => {
  it.live("are answered under any name and from any site, as SnapTrade does", () =>
    withServer((local) =>
      Effect.gen(function* () {
        const headers = { host: "api.snaptrade.example", origin: "http://app.example", "sec-fetch-site": "cross-site" }
        assert.strictEqual((yield* ask(local.baseUrl, "/", { headers })).status, 200)
      })
    )
  )
})

describe("the feed", () => {
  it.live("tells of each request, user and instruction that waits, without a secret", () =>
    withServer((local) =>
      Effect.gen(function* () {
        yield* register(local, "user-123")
        yield* register(local, "user-123")
        yield* local.next(Instruction.dropReply)
        yield* local.nextFor("user-9", Instruction.delay("2 seconds"))
        const feed = yield* feedOf(local)
        assert.deepStrictEqual(
          feed.requests.rows.map(({ answered, number, userId }) => [
            number,
            userId?.text,
            answered?.status,
            answered?.code
          ]),
          [
            [1, "user-123", 200, undefined],
            [2, "user-123", 400, "1010"]
          ]
        )
        assert.deepStrictEqual(
          feed.users.rows.map(({ number, userId }) => [number, userId]),
          [[1, { text: "user-123", length: 8 }]]
        )
        assert.deepStrictEqual(feed.queue.rows, [
          { label: "Delay 2 s", userId: { text: "user-9", length: 6 } },
          { label: "Commit, drop reply" }
        ])
        assert.strictEqual(sumOf(feed, "counted"), 2)
        const [user] = yield* local.users
        const [request] = yield* local.requests
        for (const secret of [user?.userSecret, local.consumerKey]) {
          assert.notInclude(JSON.stringify(feed), Redacted.value(secret ?? Redacted.make("")))
        }
        assert.notInclude(JSON.stringify(feed), request?.headers["signature"] ?? "")
      })
    )
  )

  it.live("waits for something new, and answers as soon as there is", () =>
    withServer((local) =>
      Effect.gen(function* () {
        const { version } = yield* feedOf(local)
        const [next] = yield* Effect.all([feedOf(local, `?seen=${version}&from=1`), register(local, "user-123")], {
          concurrency: 2
        })
        assert.notStrictEqual(next.version, version)
        assert.strictEqual(next.requests.total, 1)
      })
    )
  )

  it.live("gives no more rows than are asked for, however many there are", () =>
    withServer(
      (local) =>
        Effect.gen(function* () {
          yield* Effect.forEach(Array.from({ length: 120 }), (_, i) => register(local, `user-${i}`), { concurrency: 8 })
          const feed = yield* feedOf(local)
          assert.deepStrictEqual(
            [feed.requests.total, feed.requests.rows.length, feed.requests.rows[0]?.number],
            [120, 100, 21]
          )
          assert.lengthOf((yield* feedOf(local, "?limit=5")).requests.rows, 5)
          assert.lengthOf((yield* feedOf(local, "?from=119")).requests.rows, 2)
          assert.strictEqual((yield* askAdmin(local.baseUrl, "/inspector/feed?limit=1001")).status, 400)
        }),
      { requestsPerMinute: 1000 }
    )
  )

  it.live("clips what is long: a userId of a megabyte is told by its beginning and its length", () =>
    withServer((local) =>
      Effect.gen(function* () {
        yield* register(local, "x".repeat(1_000_000))
        const feed = yield* feedOf(local)
        assert.deepStrictEqual(feed.users.rows[0]?.userId, { text: "x".repeat(200), length: 1_000_000 })
        assert.isBelow(JSON.stringify(feed).length, 5000)
        const { body } = yield* askAdmin(local.baseUrl, "/inspector/users/1")
        assert.lengthOf(JSON.parse(body).userId, 1_000_000)
      })
    )
  )

  it.live("is of another epoch after a reset, and of another start", () =>
    Effect.gen(function* () {
      const first = yield* withServer((local) =>
        Effect.gen(function* () {
          const before = yield* feedOf(local)
          yield* askAdmin(local.baseUrl, "/reset", { method: "POST" })
          const after = yield* feedOf(local)
          assert.notStrictEqual(after.epoch, before.epoch)
          return before.epoch
        })
      )
      assert.notStrictEqual((yield* withServer(feedOf)).epoch, first)
    })
  )

  it.live("counts what the rate limit refused", () =>
    withServer(
      (local) =>
        Effect.gen(function* () {
          for (const userId of ["a", "b", "c"]) yield* register(local, userId)
          const feed = yield* feedOf(local)
          assert.deepStrictEqual([sumOf(feed, "counted"), sumOf(feed, "refused")], [2, 1])
        }),
      { requestsPerMinute: 2 }
    )
  )
})

describe("a request in full", () => {
  const rotation = (userSecret: string) => JSON.stringify({ userId: "user-123", userSecret })

  it.live("has its secrets covered, unless they are asked for", () =>
    withServer((local) =>
      Effect.gen(function* () {
        yield* send(local, rotation('a "quoted" secret'))
        const hidden = decodeDetail((yield* askAdmin(local.baseUrl, "/inspector/requests/1")).body)
        assert.strictEqual(hidden.secrets, "hidden")
        assert.notInclude(JSON.stringify(hidden), "quoted")
        const shown = decodeDetail((yield* askAdmin(local.baseUrl, "/inspector/requests/1?secrets=shown")).body)
        assert.strictEqual(shown.secrets, "shown")
        assert.strictEqual(shown.request.body, rotation('a "quoted" secret'))
      })
    )
  )

  it.live("covers secrets in a query, and a consumerKey wherever it was sent", () =>
    withServer((local) =>
      Effect.gen(function* () {
        const key = Redacted.value(local.consumerKey)
        yield* ask(local.baseUrl, `/snapTrade/login?userId=u&userSecret=in-the-query&clientId=x`, {
          method: "POST",
          headers: { "x-mistake": key, authorization: "Bearer of-somebody" },
          body: JSON.stringify({ logged: JSON.stringify({ userSecret: 'nest"ed', more: 1 }), left: "as it is" })
        })
        const { body } = yield* askAdmin(local.baseUrl, "/inspector/requests/1")
        assert.include(body, "as it is")
        for (const secret of ["in-the-query", key, "of-somebody", "nest"]) assert.notInclude(body, secret)
        assert.include(body, "userId=u&userSecret=")
      })
    )
  )

  it.live("says why its signature did not verify, expected and received side by side", () =>
    withServer((local) =>
      Effect.gen(function* () {
        yield* send(local, '{"userId":"user-123"}', "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        const { request } = decodeDetail((yield* askAdmin(local.baseUrl, "/inspector/requests/1")).body)
        const { message, signature } = request.explanation ?? assert.fail("it is not explained")
        assert.strictEqual(signature?.received, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        assert.match(signature?.expected ?? "", /^[\w+/]{43}=$/)
        assert.include(message?.expected, '"content":{"userId":"user-123"}')
      })
    )
  )

  it.live("is not found when there is none of that number", () =>
    withServer((local) =>
      Effect.gen(function* () {
        for (const path of ["/inspector/requests/1", "/inspector/users/1", "/inspector/deliveries/0"]) {
          assert.strictEqual((yield* askAdmin(local.baseUrl, path)).status, 404, path)
        }
      })
    )
  )
})

describe("the faults on offer", () => {
  it.live("are instructions as they are: each can be given to the next request", () =>
    withServer((local) =>
      Effect.gen(function* () {
        const answer = yield* askAdmin(local.baseUrl, "/inspector/faults")
        const faults = decodeFaults(answer.body)
        const given = yield* askAdmin(local.baseUrl, "/next", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(
            JSON.parse(answer.body).map((fault: { readonly instruction: unknown }) => fault.instruction)
          )
        })
        assert.strictEqual(given.status, 204)
        const { queue } = yield* feedOf(local)
        assert.deepStrictEqual(
          queue.rows.map(({ label }) => label),
          faults.map(({ label }) => label)
        )
        yield* askAdmin(local.baseUrl, "/inspector/forgetInstructions", { method: "POST" })
        assert.strictEqual((yield* feedOf(local)).queue.total, 0)
        assert.strictEqual((yield* register(local, "user-123")).status, 200)
      })
    )
  )
})

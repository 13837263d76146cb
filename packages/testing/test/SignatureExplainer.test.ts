import { SignatureExplainer } from "@effect-snaptrade/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { createHash, createHmac } from "node:crypto"
import { readFileSync } from "node:fs"

const clientId = "MY-APP"
const consumerKey = "a consumer key | é"

interface Sent {
  readonly path: string
  readonly query: string
  readonly body: string
}

const registration: Sent = {
  path: "/snapTrade/registerUser",
  query: "clientId=MY-APP&timestamp=1715123456",
  body: '{"userId":"user-123"}'
}
const userId = encodeURIComponent("zoë & co")
const login: Sent = {
  path: "/api/v1/snapTrade/login",
  query: `userId=${userId}&userSecret=a-secret-of-a-user&clientId=MY-APP&timestamp=1715123456`,
  body: '{ "locale": "en", "broker": "Zürich/1", "reconnect": null }'
}

const hmac = (message: string, key = consumerKey) => createHmac("sha256", key).update(message)

/** What the documents say is signed: the JSON of content, path and query. */
const message = ({ path, query }: Sent, content: string) =>
  `{"content":${content},"path":${JSON.stringify(path)},"query":${JSON.stringify(query)}}`

const right = message(registration, registration.body)
const rightOfLogin = message(login, '{"broker":"Zürich/1","locale":"en","reconnect":null}')

const explain = (sent: Sent, signature: string | undefined, at?: number) =>
  SignatureExplainer.explain({
    clientId,
    consumerKey: Redacted.make(consumerKey),
    ...sent,
    signature,
    host: "127.0.0.1:4010",
    at
  })

const mistakesOf = (sent: Sent, signature: string | undefined, at?: number) =>
  explain(sent, signature, at)?.mistakes.map(({ mistake }) => mistake)

const python = (json: string) => json.replaceAll('":', '": ').replaceAll(',"', ', "')
const escaped = (text: string) =>
  text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
const goEscaped = (text: string) => text.replaceAll("&", "\\u0026")

type Mistakes = ReadonlyArray<SignatureExplainer.SignatureMistake>

/** What was sent, its signature, and the mistakes by which that was made. */
type Row = readonly [what: string, sent: Sent, signature: string | undefined, mistakes: Mistakes]

const sorted = "clientId=MY-APP&timestamp=1715123456"
const unsorted = "timestamp=1715123456&clientId=MY-APP"
const path = registration.path
const utf8 = { ...registration, body: '{"userId":"zoë/1"}' }
const milliseconds = "clientId=MY-APP&timestamp=1715123456789"
const nobody: Sent = { path: "/snapTrade/listUsers", query: registration.query, body: "" }
const emptyBody: Sent = { ...login, body: "{}" }

// With a path's slashes, a query's ampersand and a name beyond ASCII, as a body often has.
const one: ReadonlyArray<Row> = [
  [
    "the old prefix is signed, and not sent",
    registration,
    hmac(message({ ...registration, path: `/api/v1${path}` }, registration.body)).digest("base64"),
    ["path-with-old-prefix"]
  ],
  [
    "the old prefix is sent, and not signed",
    { ...registration, path: `/api/v1${path}` },
    hmac(right).digest("base64"),
    ["path-without-prefix"]
  ],
  [
    "a prefix of a proxy's is sent, and not signed",
    { ...registration, path: `/some/proxy${path}` },
    hmac(right).digest("base64"),
    ["path-without-prefix"]
  ],
  [
    "the path is signed without its first slash",
    registration,
    hmac(message({ ...registration, path: path.slice(1) }, registration.body)).digest("base64"),
    ["path-differs"]
  ],
  [
    "the whole URL is signed as the path",
    registration,
    hmac(message({ ...registration, path: `http://127.0.0.1:4010${path}` }, registration.body)).digest("base64"),
    ["path-differs"]
  ],
  ["the query is sorted", { ...registration, query: unsorted }, hmac(right).digest("base64"), ["query-sorted"]],
  [
    "the query is signed in another order",
    registration,
    hmac(message({ ...registration, query: unsorted }, registration.body)).digest("base64"),
    ["query-reordered"]
  ],
  [
    "the query is encoded again, as a form",
    login,
    hmac(rightOfLogin.replace(userId, "zo%C3%AB+%26+co")).digest("base64"),
    ["query-encoded-again"]
  ],
  [
    "the query is encoded twice",
    login,
    hmac(rightOfLogin.replace(userId, userId.replaceAll("%", "%25"))).digest("base64"),
    ["query-encoded-again"]
  ],
  ["the query is decoded", login, hmac(rightOfLogin.replace(userId, "zoë & co")).digest("base64"), ["query-decoded"]],
  [
    "only a part of the query is signed",
    login,
    hmac(message({ ...login, query: sorted }, '{"broker":"Zürich/1","locale":"en","reconnect":null}')).digest("base64"),
    ["query-incomplete"]
  ],
  [
    "the query is signed with its question mark",
    registration,
    hmac(message({ ...registration, query: `?${sorted}` }, registration.body)).digest("base64"),
    ["query-with-question-mark"]
  ],
  [
    "the query is not signed",
    registration,
    hmac(message({ ...registration, query: "" }, registration.body)).digest("base64"),
    ["query-missing"]
  ],
  [
    "the body is signed with white space",
    { ...registration, body: '{ "userId": "user-123" }' },
    hmac(message(registration, '{ "userId": "user-123" }')).digest("base64"),
    ["body-with-white-space"]
  ],
  [
    "the body is signed with Python's white space, and sent without",
    registration,
    hmac(message(registration, '{"userId": "user-123"}')).digest("base64"),
    ["body-with-white-space"]
  ],
  [
    "the body is signed with its keys unsorted",
    login,
    hmac(message(login, '{"locale":"en","broker":"Zürich/1","reconnect":null}')).digest("base64"),
    ["body-unsorted"]
  ],
  [
    "the body is signed as it is sent, with white space and unsorted",
    login,
    hmac(message(login, login.body)).digest("base64"),
    ["body-unsorted", "body-with-white-space"]
  ],
  [
    "the body is signed as a text",
    registration,
    hmac(message(registration, JSON.stringify(registration.body))).digest("base64"),
    ["body-as-text"]
  ],
  ["the body is not signed", registration, hmac(message(registration, "null")).digest("base64"), ["body-missing"]],
  ["{} is signed as {}", emptyBody, hmac(message(emptyBody, "{}")).digest("base64"), ["empty-body-not-null"]],
  ["no body is signed as {}", nobody, hmac(message(nobody, "{}")).digest("base64"), ["empty-body-not-null"]],
  ["no body is signed as a text", nobody, hmac(message(nobody, '""')).digest("base64"), ["empty-body-not-null"]],
  [
    "what is null in the body is not signed",
    login,
    hmac(message(login, '{"broker":"Zürich/1","locale":"en"}')).digest("base64"),
    ["null-members-left-out"]
  ],
  [
    "there is no content",
    nobody,
    hmac(`{"path":"${nobody.path}","query":"${nobody.query}"}`).digest("base64"),
    ["content-left-out"]
  ],
  [
    "the message has Python's white space",
    registration,
    hmac(python(right)).digest("base64"),
    ["message-with-white-space"]
  ],
  [
    "the message is unsorted",
    registration,
    hmac(`{"path":"${path}","query":"${sorted}","content":${registration.body}}`).digest("base64"),
    ["message-unsorted"]
  ],
  [
    "the message ends with echo's new line",
    registration,
    hmac(`${right}\n`).digest("base64"),
    ["message-with-new-line"]
  ],
  ["only the body is signed", registration, hmac(registration.body).digest("base64"), ["message-is-body"]],
  [
    "what is not ASCII is escaped, as Python does",
    utf8,
    hmac(escaped(message(utf8, utf8.body))).digest("base64"),
    ["non-ascii-escaped"]
  ],
  ["ampersands are escaped, as Go does", registration, hmac(goEscaped(right)).digest("base64"), ["html-escaped"]],
  [
    "ampersands and more are escaped, as Gson does",
    registration,
    hmac(goEscaped(right).replaceAll("=", "\\u003d")).digest("base64"),
    ["html-escaped"]
  ],
  [
    "ampersands and more are escaped, as .NET does",
    { ...registration, body: '{"userId":"a+b"}' },
    hmac(goEscaped(message(registration, '{"userId":"a+b"}')).replaceAll("+", "\\u002B")).digest("base64"),
    ["html-escaped"]
  ],
  [
    "slashes are escaped, as PHP does",
    registration,
    hmac(right.replaceAll("/", "\\/")).digest("base64"),
    ["slashes-escaped"]
  ],
  [
    "the message is signed as Latin-1",
    utf8,
    createHmac("sha256", consumerKey)
      .update(Buffer.from(message(utf8, utf8.body), "latin1"))
      .digest("base64"),
    ["not-utf-8"]
  ],
  ["the key has a new line", registration, hmac(right, `${consumerKey}\n`).digest("base64"), ["key-with-white-space"]],
  ["the key has a space", registration, hmac(right, ` ${consumerKey}`).digest("base64"), ["key-with-white-space"]],
  ["the key is in quotes", registration, hmac(right, `"${consumerKey}"`).digest("base64"), ["key-quoted"]],
  [
    "the key went through encodeURI, as in the TypeScript SDK",
    registration,
    hmac(right, encodeURI(consumerKey)).digest("base64"),
    ["key-uri-encoded"]
  ],
  ["the key is the clientId", registration, hmac(right, clientId).digest("base64"), ["key-is-client-id"]],
  ["the key is empty", registration, hmac(right, "").digest("base64"), ["key-missing"]],
  [
    "the key was encoded as base64",
    registration,
    hmac(right, Buffer.from(consumerKey).toString("base64")).digest("base64"),
    ["key-encoded"]
  ],
  ["the key is sent as the signature", registration, consumerKey, ["key-as-signature"]],
  [
    "the hash is SHA-512",
    registration,
    createHmac("sha512", consumerKey).update(right).digest("base64"),
    ["another-hash"]
  ],
  ["the hash is SHA-1", registration, createHmac("sha1", consumerKey).update(right).digest("base64"), ["another-hash"]],
  [
    "the hash has no key",
    registration,
    createHash("sha256")
      .update(consumerKey + right)
      .digest("base64"),
    ["no-hmac"]
  ],
  ["key and message are swapped", registration, hmac(consumerKey, right).digest("base64"), ["key-and-message-swapped"]],
  ["the signature is in hex", registration, hmac(right).digest("hex"), ["signature-in-hex"]],
  ["it is in capital hex", registration, hmac(right).digest("hex").toUpperCase(), ["signature-in-hex"]],
  ["it is the base64 of hex", registration, btoa(hmac(right).digest("hex")), ["signature-of-hex"]],
  ["it lost its padding", registration, hmac(right).digest("base64").replace("=", ""), ["signature-without-padding"]],
  ["it is URI-encoded", registration, encodeURIComponent(hmac(right).digest("base64")), ["signature-uri-encoded"]],
  ["Python printed its bytes", registration, `b'${hmac(right).digest("base64")}'`, ["signature-decorated"]],
  ["it names its hash", registration, `sha256=${hmac(right).digest("base64")}`, ["signature-decorated"]],
  ["there is none", registration, undefined, ["signature-missing"]],
  ["there is no clientId", { ...registration, query: "timestamp=1715123456" }, "AAAA", ["client-id-missing"]],
  ["there is no timestamp", { ...registration, query: "clientId=MY-APP" }, "AAAA", ["timestamp-missing"]],
  [
    "the clientId is another",
    { ...registration, query: "clientId=ANOTHER&timestamp=1715123456" },
    "AAAA",
    ["client-id-unknown"]
  ],
  ["the body is no JSON", { ...registration, body: "userId=user-123" }, "AAAA", ["body-not-json"]],
  [
    "the timestamp is in milliseconds",
    { ...registration, query: milliseconds },
    hmac(message({ ...registration, query: milliseconds }, registration.body)).digest("base64"),
    ["timestamp-in-milliseconds"]
  ],
  [
    "the timestamp has a fraction",
    { ...registration, query: `${sorted}.789` },
    hmac(message({ ...registration, query: `${sorted}.789` }, registration.body)).digest("base64"),
    ["timestamp-not-whole"]
  ],
  [
    "the timestamp was taken twice",
    registration,
    hmac(right.replace("1715123456", "1715123455")).digest("base64"),
    ["timestamp-differs"]
  ],
  [
    "the timestamp was signed in milliseconds, and sent in seconds",
    registration,
    hmac(right.replace("1715123456", "1715123456789")).digest("base64"),
    ["timestamp-in-milliseconds", "timestamp-differs"]
  ]
]

const two: ReadonlyArray<Row> = [
  [
    "Python's white space, and what is not ASCII escaped",
    utf8,
    hmac(escaped(python(message(utf8, utf8.body)))).digest("base64"),
    ["non-ascii-escaped", "message-with-white-space"]
  ],
  [
    "PHP's slashes, and what is not ASCII escaped",
    utf8,
    hmac(escaped(message(utf8, utf8.body)).replaceAll("/", "\\/")).digest("base64"),
    ["non-ascii-escaped", "slashes-escaped"]
  ],
  [
    "the old prefix, and ampersands escaped",
    registration,
    hmac(goEscaped(right).replace(path, `/api/v1${path}`)).digest("base64"),
    ["path-with-old-prefix", "html-escaped"]
  ],
  [
    "a new line at the key and one at the message",
    registration,
    hmac(`${right}\n`, `${consumerKey}\n`).digest("base64"),
    ["message-with-new-line", "key-with-white-space"]
  ],
  [
    "the query sorted and encoded again",
    { ...login, query: `userId=${userId}&clientId=MY-APP&timestamp=1715123456` },
    hmac(
      message(
        { ...login, query: "clientId=MY-APP&timestamp=1715123456&userId=zo%C3%AB+%26+co" },
        '{"broker":"Zürich/1","locale":"en","reconnect":null}'
      )
    ).digest("base64"),
    ["query-sorted", "query-encoded-again"]
  ],
  [
    "the path without its prefix, and {} signed as {}",
    emptyBody,
    hmac(message({ ...emptyBody, path: "/snapTrade/login" }, "{}")).digest("base64"),
    ["path-without-prefix", "empty-body-not-null"]
  ],
  [
    "base64url that lost its padding",
    { ...registration, body: '{"userId":"user-7"}' },
    hmac(message(registration, '{"userId":"user-7"}')).digest("base64url"),
    ["signature-in-base64url", "signature-without-padding"]
  ],
  [
    "hex, and the key with a new line",
    registration,
    hmac(right, `${consumerKey}\n`).digest("hex"),
    ["key-with-white-space", "signature-in-hex"]
  ],
  [
    "a timestamp in milliseconds, and hex",
    { ...registration, query: milliseconds },
    hmac(message({ ...registration, query: milliseconds }, registration.body)).digest("hex"),
    ["signature-in-hex", "timestamp-in-milliseconds"]
  ],
  [
    "a timestamp sent in milliseconds and signed in seconds",
    { ...registration, query: milliseconds },
    hmac(right).digest("base64"),
    ["timestamp-differs", "timestamp-in-milliseconds"]
  ]
]

describe("one mistake is named:", () => {
  for (const [what, sent, signature, mistakes] of one) {
    it(`${what}`, () => assert.deepStrictEqual(mistakesOf(sent, signature), mistakes))
  }

  it("a clock that is wrong, with how far it is off", () => {
    const explanation = explain(registration, hmac(right).digest("base64"), 1_715_123_456_000 + 3_600_000)
    assert.deepStrictEqual(
      explanation?.mistakes.map(({ mistake }) => mistake),
      ["timestamp-skewed"]
    )
    assert.deepStrictEqual(explanation?.hints, ["The timestamp is 3600 seconds behind the time here."])
  })

  it("every one that there is", () => {
    const named = new Set([...one, ...two].flatMap(([, , , mistakes]) => mistakes))
    const others = SignatureExplainer.SignatureMistake.literals.filter((mistake) => !named.has(mistake))
    assert.deepStrictEqual(others, ["timestamp-skewed", "key-decoded"])
  })
})

describe("two mistakes at once are named:", () => {
  for (const [what, sent, signature, mistakes] of two) {
    it(`${what}`, () => assert.deepStrictEqual(mistakesOf(sent, signature), mistakes))
  }
})

describe("an explanation", () => {
  it("is none where the signature verifies and the timestamp is fresh", () => {
    assert.isUndefined(explain(registration, hmac(right).digest("base64"), 1_715_123_456_789))
    assert.isUndefined(explain(emptyBody, hmac(message(emptyBody, "null")).digest("base64")))
  })

  it("is none for what the SDK signed, but for the prefix that it leaves out", () => {
    interface Vector extends Sent {
      readonly name: string
      readonly clientId: string
      readonly consumerKey: string
      readonly signature: string
    }
    const vectors: ReadonlyArray<Vector & { readonly body: string | null }> = JSON.parse(
      readFileSync(new URL("../../core/test/signature-vectors.json", import.meta.url), "utf8")
    )
    const told = vectors.flatMap((vector) => {
      const request = { ...vector, body: vector.body ?? "", consumerKey: Redacted.make(vector.consumerKey) }
      const mistakes = SignatureExplainer.explain(request)?.mistakes.map(({ mistake }) => mistake) ?? []
      return mistakes.length === 0 ? [] : [[vector.name, mistakes]]
    })
    assert.deepStrictEqual(told, [["register/basePath-api-v1", ["path-without-prefix"]]])
  })

  it("has expected and received beside each other", () => {
    const signature = hmac(goEscaped(right)).digest("base64")
    const explanation = explain(registration, signature)
    assert.deepStrictEqual(explanation?.signature, { expected: hmac(right).digest("base64"), received: signature })
    assert.deepStrictEqual(explanation?.message, { expected: right, received: goEscaped(right) })
  })

  it("says of a signature that nothing explains what was expected, and that another key cannot be told", () => {
    const explanation = explain(registration, hmac(right, "another key").digest("base64"))
    assert.deepStrictEqual(explanation?.mistakes, [])
    assert.deepStrictEqual(explanation?.message, { expected: right })
    assert.match(explanation?.hints.join(" ") ?? "", /another consumerKey, which a signature does not tell/)
  })

  it("says of what is no signature how long one is", () => {
    assert.match(explain(registration, "AAAA")?.hints.join(" ") ?? "", /base64 of 3 bytes.* 44 characters/)
    assert.match(explain(registration, "~~~")?.hints.join(" ") ?? "", /is no base64/)
  })

  it("of a long body ends, and says that not everything was tried", () => {
    const body = JSON.stringify({ userId: "é".repeat(500_000) })
    const explanation = explain({ ...registration, body }, hmac("something else").digest("base64"))
    assert.match(explanation?.hints.join(" ") ?? "", /too long to try every mistake/)
    assert.isBelow(SignatureExplainer.format(explanation ?? assert.fail("none")).length, 10_000)
  })

  it("shows neither the consumerKey nor a userSecret, wherever they were sent", () => {
    const everywhere: ReadonlyArray<readonly [Sent, string]> = [
      [login, "AAAA"],
      [login, hmac(rightOfLogin).digest("hex")],
      [login, consumerKey],
      [{ ...login, body: '{"userId":"1","userSecret":"a-secret-of-a-user"}' }, btoa("a-secret-of-a-user")],
      [{ ...registration, body: '{"userSecret":{"x":["a-secret-of-a-user"]}}' }, "AAAA"],
      [{ ...registration, body: JSON.stringify({ userId: consumerKey }) }, "AAAA"],
      [{ ...registration, query: `${sorted}&consumerKey=${encodeURIComponent(consumerKey)}` }, "AAAA"]
    ]
    for (const [sent, signature] of everywhere) {
      const explanation = explain(sent, signature) ?? assert.fail("there is no explanation")
      const printed = JSON.stringify(explanation) + SignatureExplainer.format(explanation)
      for (const secret of [consumerKey, "a-secret-of-a-user"]) {
        for (const spelling of [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")]) {
          assert.notInclude(printed, spelling)
        }
      }
    }
  })

  it("is printed as lines that nobody else can write", () => {
    const explanation = explain({ ...registration, path: "/a\nsignature expected: forged" }, "x\ny")
    assert.notMatch(SignatureExplainer.format(explanation ?? assert.fail("none")), /^(signature expected: forged|y)/m)
  })
})

/**
 * What a program needs to use this local SnapTrade, and a first request for who has none yet.
 */
import { get } from "./api.js"
import { byId, copyButton, h } from "./elements.js"

const covered = "••••••••"

const base = () => location.origin

/** @returns {Promise<string>} */
const consumerKey = async () => {
  /** @type {{ consumerKey: string }} */
  const settings = await get("/settings")
  return settings.consumerKey
}

let clientId = ""

// As a shell reads it back.
const quoted = (/** @type {string} */ text) =>
  /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

/** @param {string} key */
const exportLines = (key) =>
  [
    `export SNAPTRADE_BASE_URL=${quoted(base())}`,
    `export SNAPTRADE_CLIENT_ID=${quoted(clientId)}`,
    `export SNAPTRADE_CONSUMER_KEY=${key}`
  ].join("\n")

const exportsBlock = () => {
  const block = h(
    "pre",
    { class: "shell", tabindex: "0", role: "group", "aria-label": "Settings for a shell" },
    exportLines(covered)
  )
  const reveal = h("button", { type: "button", class: "small", "aria-pressed": "false" }, "Show key")
  reveal.addEventListener("click", async () => {
    const shown = reveal.getAttribute("aria-pressed") !== "true"
    try {
      block.textContent = exportLines(shown ? quoted(await consumerKey()) : covered)
      reveal.setAttribute("aria-pressed", String(shown))
    } catch {
      // The feed tells of it.
    }
  })
  return h(
    "div",
    { class: "snippet" },
    block,
    h(
      "div",
      { class: "actions" },
      copyButton("Copy", async () => exportLines(quoted(await consumerKey()))),
      reveal
    )
  )
}

const registration = `q="clientId=$SNAPTRADE_CLIENT_ID&timestamp=$(date +%s)"
b='{"userId":"user-123"}'
m='{"content":%s,"path":"/snapTrade/registerUser","query":"%s"}'
s=$(printf "$m" "$b" "$q" |
  openssl dgst -sha256 -hmac "$SNAPTRADE_CONSUMER_KEY" -binary | base64)
curl "$SNAPTRADE_BASE_URL/snapTrade/registerUser?$q" -H "Signature: $s" \\
  -H "Content-Type: application/json" -d "$b"`

/** For who has not sent a request yet. */
export const gettingStarted = () => [
  h("p", { class: "empty-title" }, "No request has arrived yet."),
  h(
    "ol",
    {},
    h("li", {}, h("p", {}, "Tell your program, or a shell, where it is:"), exportsBlock()),
    h(
      "li",
      {},
      h("p", {}, "Run your program. Or register a user by hand, signed:"),
      h(
        "div",
        { class: "snippet" },
        h(
          "pre",
          {
            class: "shell",
            id: "first-request",
            tabindex: "0",
            role: "group",
            "aria-label": "A first request for a shell"
          },
          registration
        ),
        h(
          "div",
          { class: "actions" },
          copyButton("Copy", () => registration)
        )
      )
    ),
    h("li", {}, h("p", {}, "It is listed here as it arrives, and the user under Users."))
  )
]

/** @param {import("../src/Inspector.ts").Feed} feed */
export const updateSettings = (feed) => {
  if (clientId === feed.clientId) return
  clientId = feed.clientId
  byId("who").hidden = false
  byId("client-id").replaceChildren(h("bdi", {}, clientId))
  byId("settings").replaceChildren(exportsBlock())
}

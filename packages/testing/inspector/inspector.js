/**
 * The inspector page: it asks what has changed, shows it, and asks again. An answer comes once there is something new, so what
 * is shown is what is there.
 */
import { Disconnected, forgetToken, get, hasToken, keepToken, post, takeToken, Unauthorized } from "./api.js"
import { makeDeliveries } from "./deliveries.js"
import { makeDetail } from "./detail.js"
import { byId, h, setText } from "./elements.js"
import { makeFaults } from "./faults.js"
import { outcomeOf } from "./outcome.js"
import { makeRateLimit } from "./rateLimit.js"
import { makeRequests } from "./requests.js"
import { updateSettings } from "./settings.js"
import { counted } from "./text.js"
import { makeUsers } from "./users.js"

/** @import {Feed, RequestRow} from "../src/Inspector.ts" */

/** @typedef {"loading" | "live" | "paused" | "disconnected" | "error" | "unauthorized"} State */

const connection = byId("connection")
const trouble = byId("trouble")
const news = byId("news")

/** @type {Record<State, string>} */
const words = {
  loading: "Connecting…",
  live: "Live",
  paused: "Paused",
  disconnected: "Disconnected",
  error: "Something is wrong",
  unauthorized: "Locked"
}

/** @param {State} state */
const enter = (state) => {
  document.body.dataset["state"] = state
  setText(connection, words[state])
  byId("door").hidden = state !== "unauthorized"
  byId("inspector").hidden = state === "unauthorized"
  byId("inspector").setAttribute("aria-busy", String(state === "loading"))
  for (const id of ["pause", "reset"]) byId(id).hidden = state === "unauthorized"
  if (state !== "disconnected" && state !== "error") trouble.hidden = true
}

// Spoken at most every five seconds, however much happens.
const quiet = 5000
let spokenAt = -quiet
let unspoken = { arrived: 0, failed: 0 }
/** @type {ReturnType<typeof setTimeout> | undefined} */
let speaking

const speak = () => {
  speaking = undefined
  spokenAt = performance.now()
  const { arrived, failed } = unspoken
  unspoken = { arrived: 0, failed: 0 }
  news.textContent = `${counted(arrived, "new request")}${failed === 0 ? "" : `, ${failed} failed`}`
}

/** @param {ReadonlyArray<RequestRow>} rows */
const tell = (rows) => {
  if (rows.length === 0) return
  unspoken.arrived += rows.length
  unspoken.failed += rows.filter((row) => outcomeOf(row).failed).length
  speaking ??= setTimeout(speak, Math.max(500, spokenAt + quiet - performance.now()))
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let sayingEnds
/** What was done is said, and seen for a while. @param {string} what */
const say = (what) => {
  news.textContent = what
  const toast =
    document.querySelector(".toast") ?? document.body.appendChild(h("div", { class: "toast", "aria-hidden": "true" }))
  toast.textContent = what
  clearTimeout(sayingEnds)
  sayingEnds = setTimeout(() => toast.remove(), 4000)
}

/** Something that was asked for was not done. @param {unknown} error */
const failed = (error) => {
  if (error instanceof Unauthorized) return lock("The token is not accepted any more.")
  if (error instanceof Disconnected) return say("Not done: the local SnapTrade does not answer.")
  say(`Not done: ${error instanceof Error ? error.message : String(error)}`)
}

const requests = makeRequests({
  open: (number) => {
    requests.select(number)
    detail.open(number, document.activeElement?.getAttribute("data-number") !== String(number) || !arrowed)
  },
  more: () => again({ whole: true })
})
const detail = makeDetail({
  closed: (number) => {
    requests.select(undefined)
    if (!requests.focus(number)) byId("requests-title").focus()
  },
  failed
})
const faults = makeFaults({ say, failed })
const users = makeUsers({ failed })
const deliveries = makeDeliveries()
const rateLimit = makeRateLimit()

// Who walks along the list with the arrows stays in it.
let arrowed = false
document.addEventListener(
  "keydown",
  (event) => (arrowed = event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End"),
  true
)
document.addEventListener("pointerdown", () => (arrowed = false), true)

/** @type {string | undefined} */
let seen
let epoch = 0
let paused = false
let whole = false
let attempts = 0
/** @type {AbortController | undefined} */
let asking
/** @type {ReturnType<typeof setTimeout> | undefined} */
let retrying

/** @param {Feed} feed */
const show = (feed) => {
  const first = epoch === 0
  if (feed.epoch !== epoch && detail.number !== undefined) detail.close()
  epoch = feed.epoch
  seen = feed.version
  updateSettings(feed)
  const open = detail.number
  const before = open === undefined ? undefined : JSON.stringify(requests.row(open))
  const fresh = requests.update(feed)
  if (!first) tell(fresh)
  if (open !== undefined && requests.row(open) !== undefined && JSON.stringify(requests.row(open)) !== before)
    detail.refresh()
  rateLimit.update(feed)
  faults.update(feed)
  users.update(feed)
  deliveries.update(feed)
}

const ask = async () => {
  if (!hasToken()) return lock("")
  const mine = (asking = new AbortController())
  const query = new URLSearchParams({ limit: String(requests.limit), from: String(whole ? 1 : requests.from) })
  if (seen !== undefined && !whole) query.set("seen", seen)
  try {
    /** @type {Feed} */
    const feed = await get(`/inspector/feed?${query}`, mine.signal)
    if (mine.signal.aborted) return
    whole = false
    attempts = 0
    show(feed)
    enter(paused ? "paused" : "live")
    if (!paused) retrying = setTimeout(ask, 50)
  } catch (error) {
    if (mine.signal.aborted) return
    if (error instanceof Unauthorized)
      return lock("This token is not accepted. It changes with each start, unless it is given by --admin-token.")
    later(error)
  }
}

/** Asks again: at once, after whatever is under way is given up. @param {{ whole?: boolean }} [how] */
const again = (how = {}) => {
  whole ||= how.whole === true
  asking?.abort()
  clearTimeout(retrying)
  void ask()
}

/** Asks again after a while, longer each time up to ten seconds. @param {unknown} error */
const later = (error) => {
  const wait = Math.min(10_000, 500 * 2 ** attempts++)
  const lost = error instanceof Disconnected
  enter(lost ? "disconnected" : "error")
  const message = lost
    ? `The local SnapTrade at ${location.origin} does not answer. It may have been stopped; what is below was there last.`
    : `The local SnapTrade answers what this page does not understand: ${error instanceof Error ? error.message : String(error)}`
  const known = trouble.querySelector("p")
  // Said once, not at each attempt.
  if (trouble.hidden || known?.textContent !== message) {
    trouble.replaceChildren(h("p", {}, message), h("button", { type: "button", click: () => again() }, "Try now"))
    trouble.hidden = false
  }
  // Another one may have been started meanwhile: nothing of this one is counted on.
  seen = undefined
  whole = true
  if (!document.hidden) retrying = setTimeout(ask, wait)
}

/** @param {string} reason */
const lock = (reason) => {
  asking?.abort()
  clearTimeout(retrying)
  forgetToken()
  detail.close()
  requests.clear()
  seen = undefined
  enter("unauthorized")
  setText(byId("token-reason"), reason)
  byId("token").focus()
}

byId("token-form").addEventListener("submit", (event) => {
  event.preventDefault()
  /** @type {HTMLInputElement} */
  const field = byId("token")
  keepToken(field.value.trim())
  field.value = ""
  enter("loading")
  again({ whole: true })
})

byId("pause").addEventListener("click", () => {
  paused = !paused
  byId("pause").setAttribute("aria-pressed", String(paused))
  if (paused) {
    asking?.abort()
    clearTimeout(retrying)
    enter("paused")
  } else again()
})

const resetDialog = /** @type {HTMLDialogElement} */ (byId("reset-dialog"))
byId("reset").addEventListener("click", () => resetDialog.showModal())
byId("reset-cancel").addEventListener("click", () => resetDialog.close())
byId("reset-confirm").addEventListener("click", async () => {
  resetDialog.close()
  try {
    await post("/reset")
    say("Everything is forgotten.")
    if (paused) again()
  } catch (error) {
    failed(error)
  }
})

// Nobody looks: the connection is for others.
document.addEventListener("visibilitychange", () => {
  if (document.body.dataset["state"] === "unauthorized" || paused) return
  if (document.hidden) {
    asking?.abort()
    clearTimeout(retrying)
  } else again()
})

window.addEventListener("hashchange", () => {
  if (!location.hash.startsWith("#token=")) return
  takeToken()
  again({ whole: true })
})

setText(byId("address"), location.origin)
takeToken()
enter("loading")
void ask()

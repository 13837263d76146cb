/**
 * The rate limit: what counts in the rolling minute, second by second, and what is left.
 */
import { byId, h, setText, svg } from "./elements.js"
import { counted } from "./text.js"

/** @import {Feed} from "../src/Inspector.ts" */

const window = 60
const height = 48

export const makeRateLimit = () => {
  const bars = Array.from({ length: window }, (_, i) => {
    const taken = svg("rect", { class: "taken", x: String(i * 5), width: "4", y: String(height), height: "0", rx: "1" })
    const refused = svg("rect", {
      class: "refused",
      x: String(i * 5),
      width: "4",
      y: String(height),
      height: "0",
      rx: "1"
    })
    return { taken, refused }
  })
  const plot = svg(
    "svg",
    { viewBox: `0 0 ${window * 5 - 1} ${height + 1}`, class: "plot", role: "img", preserveAspectRatio: "none" },
    svg("line", { class: "axis", x1: "0", x2: String(window * 5), y1: String(height + 0.5), y2: String(height + 0.5) }),
    ...bars.flatMap(({ refused, taken }) => [taken, refused])
  )
  const bar = h("div")
  const meter = h("div", { class: "meter", role: "meter", "aria-label": "Rate limit", "aria-valuemin": "0" }, bar)
  const words = h("p", { class: "rate-words" })
  const refusals = h("p", { class: "refusals" })
  const scale = h("span", {})
  byId("rate").replaceChildren(
    words,
    meter,
    plot,
    h("p", { class: "scale muted small-text" }, h("span", {}, "60 s ago"), scale, h("span", {}, "now")),
    refusals
  )

  /** @type {Feed["rateLimit"]} */
  let rate = { limit: 0, seconds: [] }
  /** What the server's clock is ahead of this page's. */
  let ahead = 0

  const draw = () => {
    const now = Math.floor((performance.now() + ahead) / 1000)
    const recent = rate.seconds.filter(({ second }) => second > now - window && second <= now)
    const used = recent.reduce((sum, { counted: taken }) => sum + taken, 0)
    const refused = recent.reduce((sum, second) => sum + second.refused, 0)
    const highest = Math.max(1, ...recent.map(({ counted: taken, refused: more }) => taken + more))
    const bySecond = new Map(recent.map((entry) => [entry.second, entry]))
    for (const [i, { refused: above, taken: below }] of bars.entries()) {
      const entry = bySecond.get(now - window + 1 + i)
      const takenHeight = ((entry?.counted ?? 0) / highest) * height
      const refusedHeight = ((entry?.refused ?? 0) / highest) * height
      below.setAttribute("y", String(height - takenHeight))
      below.setAttribute("height", String(takenHeight))
      above.setAttribute("y", String(height - takenHeight - refusedHeight))
      above.setAttribute("height", String(refusedHeight))
    }
    const left = Math.max(0, rate.limit - used)
    const sentence = `${used.toLocaleString("en")} of ${rate.limit.toLocaleString("en")} in the last minute, ${left.toLocaleString("en")} left`
    setText(words, sentence)
    meter.setAttribute("aria-valuemax", String(rate.limit))
    meter.setAttribute("aria-valuenow", String(Math.min(used, rate.limit)))
    meter.setAttribute("aria-valuetext", sentence)
    meter.classList.toggle("high", used >= rate.limit * 0.8)
    bar.style.width = `${Math.min(100, (used / Math.max(1, rate.limit)) * 100)}%`
    setText(scale, used + refused === 0 ? "" : `at most ${counted(highest, "request")} a second`)
    setText(refusals, refused === 0 ? "" : `${counted(refused, "request")} over the limit: answered 429.`)
    plot.setAttribute(
      "aria-label",
      `Requests a second over the last minute: ${sentence}${refused === 0 ? "" : `; ${refused} refused`}.`
    )
  }
  setInterval(() => {
    if (!document.hidden && rate.limit > 0) draw()
  }, 1000)

  return {
    /** @param {Feed} feed */
    update: ({ now, rateLimit }) => {
      rate = rateLimit
      ahead = now - performance.now()
      draw()
    }
  }
}

/**
 * The list of requests, newest first. It holds no more than is asked for, however many arrived.
 */
import { byId, h, setText } from "./elements.js"
import { outcomeBadge, outcomeOf } from "./outcome.js"
import { gettingStarted } from "./settings.js"
import { chosen, clockTime, counted } from "./text.js"

/** @import {Feed, RequestRow} from "../src/Inspector.ts" */

const step = 100
const most = 1000

/**
 * @param {{ open: (number: number) => void, more: () => void }} does
 */
export const makeRequests = (does) => {
  /** @type {Map<number, { row: RequestRow, written: string, element: HTMLTableRowElement }>} */
  const known = new Map()
  let epoch = 0
  let total = 0
  let limit = step
  /** @type {number | undefined} */
  let selected

  const body = h("tbody")
  const table = h(
    "table",
    // On a narrow screen it is laid out as no table, and is one nevertheless.
    { class: "list", role: "table" },
    h(
      "caption",
      { class: "unseen" },
      "Requests, newest first. Arrow keys go from one to the next, Enter shows what was sent."
    ),
    h(
      "thead",
      {},
      h(
        "tr",
        { role: "row" },
        h("th", { scope: "col", role: "columnheader" }, "Time"),
        h("th", { scope: "col", role: "columnheader" }, "Request"),
        h("th", { scope: "col", role: "columnheader" }, "User"),
        h("th", { scope: "col", role: "columnheader" }, "Outcome")
      )
    ),
    body
  )
  const older = h("button", { type: "button", class: "wide" })
  const foot = h("p", { class: "muted foot" })
  const nothing = h("div", { class: "empty" })
  const failuresOnly = /** @type {HTMLInputElement} */ (byId("failures-only"))
  const root = byId("requests")
  root.replaceChildren(h("p", { class: "loading" }, "Looking…"))

  const rowElement = (/** @type {RequestRow} */ row) => {
    const { kind } = outcomeOf(row)
    const open = h(
      "button",
      { type: "button", class: "open", "data-number": String(row.number) },
      h("span", { class: "method" }, row.method),
      " ",
      chosen(row.path, 80)
    )
    if (row.number === selected) open.setAttribute("aria-current", "true")
    open.addEventListener("click", () => does.open(row.number))
    return h(
      "tr",
      { class: `row ${kind}`, role: "row" },
      h("td", { class: "time", role: "cell" }, clockTime(row.at)),
      h("td", { class: "request", role: "cell" }, open),
      h(
        "td",
        { class: "user", role: "cell" },
        row.userId === undefined ? h("span", { class: "muted" }, "–") : chosen(row.userId, 48)
      ),
      h("td", { class: "outcome-cell", role: "cell" }, outcomeBadge(row))
    )
  }

  // A row that is not shown is still there: it comes back without asking.
  const filter = () => {
    let shown = 0
    for (const { element, row } of known.values()) {
      element.hidden = failuresOnly.checked && !outcomeOf(row).failed
      if (!element.hidden) shown++
    }
    if (known.size === 0) return
    const upTo = limit >= most && total > known.size
    older.hidden = total <= known.size || limit >= most
    older.textContent = `Show ${Math.min(step, total - known.size).toLocaleString("en")} older`
    setText(
      foot,
      failuresOnly.checked
        ? `${counted(shown, "failure")} among the newest ${known.size.toLocaleString("en")} of ${total.toLocaleString("en")}.`
        : upTo
          ? `The newest ${known.size.toLocaleString("en")} of ${total.toLocaleString("en")}. GET /_local/requests has them all.`
          : total > known.size
            ? `The newest ${known.size.toLocaleString("en")} of ${total.toLocaleString("en")}.`
            : ""
    )
  }
  failuresOnly.addEventListener("change", filter)

  older.addEventListener("click", () => {
    limit = Math.min(most, limit + step)
    does.more()
  })

  /** @param {number} number */
  const focus = (number) => {
    const button = known.get(number)?.element.querySelector("button")
    button?.focus()
    return button !== null && button !== undefined
  }

  const visible = () =>
    Array.from(body.querySelectorAll("button"), (button) => button).filter(
      (button) => button.closest("tr")?.hidden === false
    )

  body.addEventListener("keydown", (event) => {
    const buttons = visible()
    const at = buttons.findIndex((button) => button === document.activeElement)
    if (at < 0) return
    /** @type {Record<string, number>} */
    const targets = { ArrowDown: at + 1, ArrowUp: at - 1, j: at + 1, k: at - 1, Home: 0, End: buttons.length - 1 }
    const target = targets[event.key]
    if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const button = buttons[target]
    button?.focus()
    // With the details open, the keys read on in them.
    if (button !== undefined && selected !== undefined && event.key.length > 1)
      does.open(Number(button.dataset["number"]))
  })

  return {
    get limit() {
      return limit
    },
    /** The first one that is not known, or not finished. */
    get from() {
      for (const [number, { row }] of [...known].toSorted(([a], [b]) => a - b))
        if (outcomeOf(row).kind === "waiting") return number
      return known.size === 0 ? 1 : Math.max(...known.keys()) + 1
    },
    focus,
    /** @param {number | undefined} number */
    select: (number) => {
      if (selected !== undefined) known.get(selected)?.element.querySelector("button")?.removeAttribute("aria-current")
      selected = number
      if (number !== undefined) known.get(number)?.element.querySelector("button")?.setAttribute("aria-current", "true")
    },
    /** @param {number} number */
    row: (number) => known.get(number)?.row,
    clear: () => {
      known.clear()
      body.replaceChildren()
      epoch = 0
    },
    /**
     * Takes what is new; answers the rows that were not there before.
     *
     * @param {Feed} feed
     * @returns {ReadonlyArray<RequestRow>}
     */
    update: (feed) => {
      if (feed.epoch !== epoch) {
        known.clear()
        body.replaceChildren()
        epoch = feed.epoch
      }
      total = feed.requests.total
      const { rows } = feed.requests
      const [first] = rows
      // Where more arrived than are shown, those before are no longer next to them.
      if (first !== undefined && known.size > 0 && first.number > Math.max(...known.keys()) + 1) {
        known.clear()
        body.replaceChildren()
      }
      /** @type {Array<RequestRow>} */
      const fresh = []
      const focused =
        document.activeElement instanceof HTMLButtonElement ? document.activeElement.dataset["number"] : undefined
      for (const row of rows) {
        const written = JSON.stringify(row)
        const before = known.get(row.number)
        if (before?.written === written) continue
        const element = rowElement(row)
        if (before !== undefined) {
          before.element.replaceWith(element)
        } else {
          fresh.push(row)
          // Those that are older than what is shown come to its end.
          const after = known.get(row.number - 1)?.element
          if (after !== undefined) after.before(element)
          else if (body.lastElementChild !== null && row.number < Math.max(...known.keys())) body.append(element)
          else body.prepend(element)
        }
        known.set(row.number, { row, written, element })
        if (focused === String(row.number)) focus(row.number)
      }
      for (const [number, { element }] of [...known].toSorted(([a], [b]) => a - b)) {
        if (known.size <= limit) break
        element.remove()
        known.delete(number)
      }
      setText(byId("requests-count"), total === 0 ? "" : total.toLocaleString("en"))
      byId("failures-only")
        .closest("label")
        ?.toggleAttribute("hidden", total === 0)
      if (total === 0) {
        if (!root.contains(nothing)) {
          nothing.replaceChildren(...gettingStarted())
          root.replaceChildren(nothing)
        }
      } else if (!root.contains(table)) root.replaceChildren(table, older, foot)
      filter()
      return fresh
    }
  }
}

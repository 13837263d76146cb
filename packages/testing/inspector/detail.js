/**
 * One request: why it failed, and all that was sent. Secrets in it are covered until they are asked for.
 */
import { get } from "./api.js"
import { byId, copyButton, h } from "./elements.js"
import { outcomeBadge, outcomeInWords } from "./outcome.js"
import { chosen, clockTime, longText, marked } from "./text.js"

/** @import {RequestDetail} from "../src/Inspector.ts" */
/** @import {SignatureExplanation} from "../src/SignatureExplainer.ts" */

/**
 * @param {string} what
 * @param {{ expected: string, received?: string }} compared
 * @param {string} unknown
 */
const sideBySide = (what, { expected, received }, unknown) =>
  h(
    "div",
    { class: "compare", role: "group", "aria-label": what },
    h("h4", {}, what),
    h(
      "dl",
      { class: "sides" },
      h(
        "div",
        {},
        h("dt", {}, "Expected"),
        h(
          "dd",
          {},
          h(
            "pre",
            { tabindex: "0", role: "group", "aria-label": `${what}, expected` },
            received === undefined ? marked(expected, expected) : marked(expected, received)
          )
        )
      ),
      h(
        "div",
        {},
        h("dt", {}, "Received"),
        h(
          "dd",
          {},
          received === undefined
            ? h("p", { class: "muted" }, unknown)
            : h("pre", { tabindex: "0", role: "group", "aria-label": `${what}, received` }, marked(received, expected))
        )
      )
    )
  )

/** @param {SignatureExplanation} explanation */
const explained = ({ hints, message, mistakes, signature }) =>
  h(
    "section",
    { class: "why", "aria-labelledby": "why-title" },
    h("h3", { id: "why-title" }, "Why it did not verify"),
    ...(mistakes.length === 0
      ? []
      : [
          h(
            "ul",
            { class: "mistakes" },
            ...mistakes.map(({ advice, mistake }) => h("li", {}, h("code", {}, mistake), " ", advice))
          )
        ]),
    ...hints.map((hint) => h("p", {}, hint)),
    ...(message === undefined
      ? []
      : [
          sideBySide(
            "What is signed",
            message,
            "A signature does not tell what was signed, and no known mistake makes this one."
          )
        ]),
    ...(signature === undefined ? [] : [sideBySide("Signature", signature, "There was none.")])
  )

/**
 * @param {string} caption
 * @param {Iterable<readonly [string, string]>} entries
 */
const namesAndValues = (caption, entries) => {
  const rows = Array.from(entries, ([name, value]) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, chosen({ text: name, length: name.length }, 60)),
      h("td", {}, value.length > 300 ? longText(value, name) : chosen({ text: value, length: value.length }, 300))
    )
  )
  return rows.length === 0
    ? h("p", { class: "muted" }, "None.")
    : h("table", { class: "names" }, h("caption", { class: "unseen" }, caption), h("tbody", {}, ...rows))
}

/** @param {string} body */
const pretty = (body) => {
  if (body.length > 100_000) return body
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}

/**
 * @param {{ closed: (number: number) => void, failed: (error: unknown) => void }} does
 */
export const makeDetail = (does) => {
  const root = byId("detail")
  /** @type {number | undefined} */
  let open
  let secrets = false
  let asked = 0

  const close = () => {
    const number = open
    open = undefined
    root.hidden = true
    root.replaceChildren()
    document.body.removeAttribute("data-detail")
    if (number !== undefined) does.closed(number)
  }

  /** @param {RequestDetail} detail @param {boolean} focus */
  const show = ({ request, row, secrets: covered }, focus) => {
    const { explanation } = request
    const note = outcomeInWords(row)
    const title = h("h2", { id: "detail-title", tabindex: "-1" }, `Request ${row.number} `, outcomeBadge(row))
    const closing = h("button", { type: "button", class: "small", click: close }, "Close")
    const secret = h(
      "button",
      {
        type: "button",
        class: "small",
        "aria-pressed": String(secrets),
        click: () => {
          secrets = !secrets
          void load(false)
        }
      },
      "Show secrets"
    )
    // What is read stays in its place.
    const scrolled = root.scrollTop
    const within = root.contains(document.activeElement)
    const refocus =
      within && document.activeElement instanceof HTMLButtonElement ? document.activeElement.textContent : undefined
    root.replaceChildren(
      h(
        "div",
        { class: "head" },
        title,
        h("div", { class: "actions" }, ...(covered === "none" ? [] : [secret]), closing)
      ),
      h(
        "p",
        { class: "what" },
        clockTime(row.at),
        " ",
        h("code", {}, h("strong", {}, row.method), " ", chosen(row.path, 200)),
        ...(row.answered === undefined
          ? []
          : [h("span", { class: "muted" }, ` ${row.answered.duration.toLocaleString("en")} ms`)])
      ),
      ...(note === undefined ? [] : [h("p", { class: "note" }, note)]),
      ...(explanation === undefined ? [] : [explained(explanation)]),
      h("h3", {}, "Query"),
      namesAndValues("Query", new URLSearchParams(request.query)),
      h("h3", {}, "Headers"),
      namesAndValues("Headers", Object.entries(request.headers)),
      h(
        "div",
        { class: "head" },
        h("h3", {}, "Body"),
        ...(request.body === "" ? [] : [copyButton("Copy", () => request.body)])
      ),
      request.body === "" ? h("p", { class: "muted" }, "Empty.") : longText(pretty(request.body), "Body")
    )
    root.hidden = false
    document.body.setAttribute("data-detail", "open")
    if (focus) {
      root.scrollTop = 0
      title.focus()
    } else {
      root.scrollTop = scrolled
      const again = Array.from(root.querySelectorAll("button")).find((button) => button.textContent === refocus)
      if (within) (again ?? title).focus({ preventScroll: true })
    }
  }

  /** @param {boolean} focus */
  const load = async (focus) => {
    const number = open
    if (number === undefined) return
    const mine = ++asked
    try {
      /** @type {RequestDetail} */
      const detail = await get(`/inspector/requests/${number}?secrets=${secrets ? "shown" : "hidden"}`)
      if (mine === asked && open === number) show(detail, focus)
    } catch (error) {
      if (mine !== asked) return
      close()
      does.failed(error)
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open !== undefined && document.querySelector("dialog[open]") === null) close()
  })

  return {
    get number() {
      return open
    },
    close,
    /** @param {number} number @param {boolean} [focus] */
    open: (number, focus = true) => {
      if (open !== number) secrets = false
      open = number
      void load(focus)
    },
    /** It has changed: it was waiting before. */
    refresh: () => void load(false)
  }
}

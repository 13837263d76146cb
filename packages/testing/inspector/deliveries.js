/**
 * Webhooks that were sent, newest first, and what came of each.
 */
import { byId, h, setText } from "./elements.js"
import { chosen, clockTime, counted, longText } from "./text.js"

/** @import {DeliveryRow, Feed} from "../src/Inspector.ts" */

/** @param {DeliveryRow} row */
const badge = ({ againAt, status }) => {
  const label = status === 0 ? "no answer" : String(status)
  return h(
    "span",
    { class: `outcome ${againAt === undefined && status >= 200 && status < 300 ? "ok" : "broken"}` },
    label
  )
}

/** @param {DeliveryRow} row */
const item = (row) =>
  h(
    "li",
    {},
    h(
      "details",
      {},
      h(
        "summary",
        {},
        h(
          "span",
          { class: "line" },
          h("span", { class: "name" }, row.eventType === undefined ? "a payload" : chosen(row.eventType, 40)),
          badge(row)
        ),
        h(
          "span",
          { class: "line muted small-text" },
          h("span", { class: "name" }, row.userId === undefined ? "" : chosen(row.userId, 40)),
          h("span", {}, row.attempt === 1 ? "" : `attempt ${row.attempt}, `, clockTime(row.at))
        )
      ),
      ...(row.againAt === undefined
        ? []
        : [
            h("p", { class: "small-text" }, "It was not taken. It is delivered again at ", clockTime(row.againAt), ".")
          ]),
      longText(row.body.text + (row.body.length > row.body.text.length ? "…" : ""), "Body of the webhook"),
      ...(row.body.length > row.body.text.length
        ? [
            h(
              "p",
              { class: "muted small-text" },
              `${counted(row.body.length, "character")} in all: GET /_local/deliveries has them.`
            )
          ]
        : [])
    )
  )

export const makeDeliveries = () => {
  const root = byId("deliveries")
  let written = ""
  /** @type {Map<number, HTMLLIElement>} */
  const items = new Map()
  return {
    /** @param {Feed} feed */
    update: ({ deliveries: { rows, total }, epoch, webhooks }) => {
      const now = JSON.stringify([epoch, total, webhooks])
      if (now === written) return
      if (!written.startsWith(`[${epoch},`)) items.clear()
      written = now
      setText(byId("deliveries-count"), total === 0 ? "" : total.toLocaleString("en"))
      if (total === 0) {
        root.replaceChildren(
          webhooks
            ? h("p", { class: "muted" }, "Nothing was delivered yet. A registration and a deletion are told.")
            : h(
                "p",
                { class: "muted" },
                "Nobody takes webhooks. Start it with ",
                h("code", {}, "--webhook-url http://…"),
                " to have them delivered."
              )
        )
        return
      }
      const listed = rows.toReversed().slice(0, 50)
      const elements = listed.map((row) => {
        const element = items.get(row.number) ?? item(row)
        items.set(row.number, element)
        return element
      })
      const list = root.querySelector("ul") ?? h("ul", { class: "plain deliveries" })
      list.replaceChildren(...elements)
      root.replaceChildren(
        list,
        ...(total > listed.length
          ? [h("p", { class: "muted foot" }, `The newest ${listed.length} of ${total.toLocaleString("en")}.`)]
          : [])
      )
    }
  }
}

/**
 * Who is registered, newest first. A userSecret is asked for one by one.
 */
import { get } from "./api.js"
import { byId, copyButton, h, setText } from "./elements.js"
import { chosen, clockTime, longText } from "./text.js"

/** @import {Feed, UserRow} from "../src/Inspector.ts" */

const shown = 20

/** @param {{ failed: (error: unknown) => void }} does */
export const makeUsers = (does) => {
  const root = byId("users")
  let written = ""
  let all = false
  /** @type {Map<number, { registeredAt: number, queued: boolean, element: HTMLLIElement }>} */
  const items = new Map()

  /** @param {UserRow} row */
  const item = (row) => {
    const secret = h("div", { class: "secret" })
    const button = h("button", { type: "button", class: "small", "aria-expanded": "false" }, "Show secret")
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-expanded") === "true") {
        secret.replaceChildren()
        button.setAttribute("aria-expanded", "false")
        button.textContent = "Show secret"
        return
      }
      try {
        /** @type {{ userId: string, userSecret: string }} */
        const user = await get(`/inspector/users/${row.number}`)
        secret.replaceChildren(
          h("code", { class: "value" }, user.userSecret),
          copyButton("Copy", () => user.userSecret),
          ...(row.userId.length > 40
            ? [h("p", { class: "muted" }, "The whole userId"), longText(user.userId, "userId")]
            : [])
        )
        button.setAttribute("aria-expanded", "true")
        button.textContent = "Hide secret"
      } catch (error) {
        does.failed(error)
      }
    })
    return h(
      "li",
      { class: "user-item" },
      h("div", { class: "line" }, h("span", { class: "name" }, chosen(row.userId, 40)), button),
      h(
        "div",
        { class: "line muted small-text" },
        h("span", { class: "name" }, "since ", clockTime(row.registeredAt)),
        ...(row.deletionQueued ? [h("span", { class: "outcome lost" }, "deletion queued")] : [])
      ),
      secret
    )
  }

  return {
    /** @param {Feed} feed */
    update: ({ epoch, users: { rows, total } }) => {
      const now = JSON.stringify([epoch, all, total, rows])
      if (now === written) return
      if (!written.startsWith(`[${epoch},`)) items.clear()
      written = now
      setText(byId("users-count"), total === 0 ? "" : total.toLocaleString("en"))
      if (total === 0) {
        items.clear()
        root.replaceChildren(h("p", { class: "muted" }, "Nobody is registered."))
        return
      }
      const newest = rows.toReversed()
      const listed = all ? newest : newest.slice(0, shown)
      const elements = listed.map((row) => {
        const before = items.get(row.number)
        // An item stays as it is, its secret shown or not, while nothing about it changes.
        if (before !== undefined && before.registeredAt === row.registeredAt && before.queued === row.deletionQueued)
          return before.element
        const element = item(row)
        items.set(row.number, { registeredAt: row.registeredAt, queued: row.deletionQueued, element })
        return element
      })
      const list = root.querySelector("ul") ?? h("ul", { class: "plain" })
      list.replaceChildren(...elements)
      const more = h(
        "button",
        { type: "button", class: "wide" },
        `Show ${(newest.length - listed.length).toLocaleString("en")} older`
      )
      more.addEventListener("click", () => {
        all = true
        written = ""
        more.remove()
        list.append(...newest.slice(shown).map((row) => item(row)))
      })
      root.replaceChildren(
        list,
        ...(newest.length > listed.length ? [more] : []),
        ...(total > rows.length
          ? [
              h(
                "p",
                { class: "muted foot" },
                `The newest ${rows.length.toLocaleString("en")} of ${total.toLocaleString("en")}.`
              )
            ]
          : [])
      )
    }
  }
}

/**
 * What to do with the next requests: ready-made faults, and those that wait already.
 */
import { get, post } from "./api.js"
import { byId, h, setText } from "./elements.js"
import { chosen, counted } from "./text.js"

/** @import {Feed, OfferedFault} from "../src/Inspector.ts" */

/**
 * @param {{ say: (news: string) => void, failed: (error: unknown) => void }} does
 */
export const makeFaults = (does) => {
  const count = h("input", {
    type: "number",
    id: "fault-count",
    min: "1",
    max: "100",
    value: "1",
    inputmode: "numeric"
  })
  const userId = h("input", {
    type: "text",
    id: "fault-user",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "any"
  })
  const queue = h("ol", { class: "queue" })
  const clear = h("button", { type: "button", class: "small" }, "Clear")
  const queueTitle = h("h3", {}, "Waiting")
  const waiting = h("div", { class: "queued", hidden: true }, h("div", { class: "head" }, queueTitle, clear), queue)
  const offers = h("div", { class: "offers" })
  byId("faults").replaceChildren(
    waiting,
    h(
      "div",
      { class: "scope" },
      h("div", {}, h("label", { for: "fault-count" }, "How many"), count),
      h("div", {}, h("label", { for: "fault-user" }, "Only when it registers"), userId)
    ),
    offers
  )

  clear.addEventListener("click", async () => {
    try {
      await post("/inspector/forgetInstructions")
      does.say("Nothing waits any more.")
    } catch (error) {
      does.failed(error)
    }
  })

  /** @param {OfferedFault} fault */
  const give = async (fault) => {
    const times = Math.min(100, Math.max(1, Math.trunc(Number(count.value)) || 1))
    count.value = String(times)
    const instructions = Array.from({ length: times }, () => fault.instruction)
    try {
      await (userId.value === ""
        ? post("/next", instructions)
        : post("/nextFor", { userId: userId.value, instructions }))
      does.say(
        `${fault.label}: for the next ${counted(times, "request")}${userId.value === "" ? "" : " of that user"}.`
      )
    } catch (error) {
      does.failed(error)
    }
  }

  const usual = "One instruction for each request, in this order; then requests are answered again as they should be."
  const says = h("p", { class: "says", "aria-hidden": "true" }, usual)
  const untell = () => (says.textContent = usual)
  /** @param {OfferedFault} fault */
  const offer = (fault) => {
    const tell = () => (says.textContent = fault.says)
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "small",
          "aria-description": fault.says,
          click: () => void give(fault),
          pointerenter: tell,
          pointerleave: untell,
          focus: tell,
          blur: untell
        },
        fault.label
      )
    )
  }

  let loaded = false
  const load = async () => {
    if (loaded) return
    loaded = true
    try {
      /** @type {ReadonlyArray<OfferedFault>} */
      const faults = await get("/inspector/faults")
      const groups = Map.groupBy(faults, ({ group }) => group)
      offers.replaceChildren(
        ...Array.from(groups, ([name, members]) => [h("h3", {}, name), h("ul", {}, ...members.map(offer))]).flat(),
        says
      )
    } catch (error) {
      loaded = false
      does.failed(error)
    }
  }

  let written = ""
  return {
    /** @param {Feed} feed */
    update: ({ queue: { rows, total } }) => {
      void load()
      const now = JSON.stringify([total, rows])
      if (now === written) return
      written = now
      const focused = document.activeElement === clear
      waiting.hidden = total === 0
      if (focused && total === 0) count.focus()
      setText(queueTitle, `Waiting: ${total.toLocaleString("en")}`)
      queue.replaceChildren(
        ...rows.map((row) =>
          h("li", {}, row.label, ...(row.userId === undefined ? [] : [" for ", chosen(row.userId, 40)]))
        ),
        ...(total > rows.length
          ? [h("li", { class: "muted more" }, `and ${(total - rows.length).toLocaleString("en")} more`)]
          : [])
      )
    }
  }
}

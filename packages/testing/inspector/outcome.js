/**
 * How a request ended: in a word, a colour and a shape, so that none is needed to understand the others.
 */
import { h } from "./elements.js"

/** @import {RequestRow} from "../src/Inspector.ts" */

/** @typedef {"ok" | "refused" | "broken" | "lost" | "waiting"} Kind */

/**
 * @param {RequestRow} row
 * @returns {{ kind: Kind, label: string, failed: boolean }}
 */
export const outcomeOf = ({ answered }) => {
  if (answered === undefined) return { kind: "waiting", label: "waiting", failed: false }
  const { code, sent, status } = answered
  // The status is the one that would have been answered: what was asked is done, or not, accordingly.
  if (sent === "nothing")
    return { kind: "lost", label: status !== undefined && status < 400 ? "done, no reply" : "no reply", failed: true }
  if (sent === "bytes")
    return { kind: "lost", label: status === undefined ? "broken reply" : `${status}, broken`, failed: true }
  if (status === undefined) return { kind: "broken", label: "no status", failed: true }
  const label = code === undefined ? String(status) : `${status} · ${code}`
  if (status < 400) return { kind: "ok", label, failed: false }
  return { kind: status < 500 ? "refused" : "broken", label, failed: true }
}

/**
 * @param {RequestRow} row
 * @returns {string | undefined} what a badge has no room for
 */
export const outcomeInWords = ({ answered, instruction }) => {
  const met = instruction === undefined ? "" : ` It met the instruction “${instruction}”.`
  if (answered === undefined) return `It is not answered yet.${met}`
  const done = answered.status !== undefined && answered.status < 400
  if (answered.sent === "nothing") {
    return done
      ? `What it asks was done, and no reply was sent: the client cannot know.${met}`
      : `No reply was sent${answered.status === undefined ? ", and nothing was done" : ""}: the connection was closed, or the client left before.${met}`
  }
  if (answered.sent === "bytes") return `${done ? "What it asks was done, and t" : "T"}he reply was sent broken.${met}`
  return met === "" ? undefined : met.trim()
}

/** @param {RequestRow} row */
export const outcomeBadge = (row) => {
  const { kind, label } = outcomeOf(row)
  return h("span", { class: `outcome ${kind}` }, label)
}

/**
 * Text that somebody else chose: whatever is in it, it is seen for what it is and stays in its place.
 */
import { h } from "./elements.js"

// Controls, what turns the direction of reading, what takes no room, and halves of characters. A joiner within an emoji
// is part of it.
const unseen =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00ad\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]|(?<!\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)\u200d/gu

/** @param {string} character */
const spelled = (character) => {
  const point = character.codePointAt(0) ?? 0
  return `U+${point.toString(16).toUpperCase().padStart(4, "0")}`
}

/**
 * @param {string} text
 * @param {boolean} [lines] whether line ends and tabs are layout
 * @returns {Array<import("./elements.js").Child>}
 */
const pieces = (text, lines = false) => {
  /** @type {Array<import("./elements.js").Child>} */
  const found = []
  let from = 0
  for (const match of text.matchAll(unseen)) {
    if (lines && (match[0] === "\n" || match[0] === "\t")) continue
    if (match.index > from) found.push(text.slice(from, match.index))
    found.push(h("span", { class: "unseen-character" }, spelled(match[0])))
    from = match.index + match[0].length
    // A text of nothing else would be an element for each.
    if (found.length > 2000) {
      found.push(`… and ${text.length - from} more that are not shown`)
      return found
    }
  }
  if (from < text.length) found.push(text.slice(from))
  return found
}

/** @param {string} text @param {number} most */
const clipped = (text, most) => {
  if (text.length <= most) return text
  // Not within a pair.
  const end = /[\ud800-\udbff]/.test(text[most - 1] ?? "") ? most - 1 : most
  return text.slice(0, end)
}

/**
 * A short text on one line, isolated from what is around it.
 *
 * @param {import("../src/Inspector.ts").Clipped} value
 * @param {number} [most]
 */
export const chosen = ({ length, text }, most = 120) => {
  const shown = clipped(text, most)
  const all = pieces(shown)
  if (length > shown.length) all.push(h("span", { class: "muted" }, ` … ${length.toLocaleString("en")} characters`))
  if (length === 0) all.push(h("span", { class: "muted" }, "(empty)"))
  return h("bdi", { class: "chosen" }, ...all)
}

/**
 * A text of any length in a block: its beginning, and more of it when asked for.
 *
 * @param {string} text
 * @param {string} what
 */
export const longText = (text, what) => {
  let most = 2000
  const block = h("pre", { class: "long", tabindex: "0", role: "group", "aria-label": what })
  const more = h("button", { type: "button", class: "small" })
  const show = () => {
    const shown = clipped(text, most)
    block.replaceChildren(h("bdi", {}, ...pieces(shown, true)))
    const left = text.length - shown.length
    more.hidden = left === 0
    more.textContent = `Show more: ${left.toLocaleString("en")} characters are left`
  }
  more.addEventListener("click", () => {
    most *= 10
    show()
    if (more.hidden) block.focus()
  })
  show()
  return h("div", { class: "long-text" }, block, more)
}

/**
 * The parts of a text that another one does not have, by a longest common subsequence where both are short enough.
 *
 * @param {string} text
 * @param {string} other
 * @returns {Array<{ text: string, differs: boolean }>}
 */
const differences = (text, other) => {
  let start = 0
  while (start < text.length && start < other.length && text[start] === other[start]) start++
  let end = 0
  while (end < text.length - start && end < other.length - start && text.at(-1 - end) === other.at(-1 - end)) end++
  const middle = text.slice(start, text.length - end)
  const otherMiddle = other.slice(start, other.length - end)
  return [
    { text: text.slice(0, start), differs: false },
    ...withinMiddle(middle, otherMiddle),
    { text: text.slice(text.length - end), differs: false }
  ].filter((part) => part.text !== "")
}

/** @param {string} text @param {string} other */
const withinMiddle = (text, other) => {
  const whole = [{ text, differs: true }]
  if (text.length * other.length > 1_000_000) return whole
  const width = other.length + 1
  const lengths = new Uint16Array((text.length + 1) * width)
  const length = (/** @type {number} */ i, /** @type {number} */ j) => lengths[i * width + j] ?? 0
  for (let i = text.length - 1; i >= 0; i--)
    for (let j = other.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        text[i] === other[j] ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1))
  // Of two texts by chance alike, nothing can be learned.
  if (length(0, 0) < Math.min(text.length, other.length) * 0.6) return whole
  /** @type {Array<{ text: string, differs: boolean }>} */
  const parts = []
  let j = 0
  for (let i = 0; i < text.length; i++) {
    while (j < other.length && text[i] !== other[j] && length(i, j + 1) >= length(i + 1, j)) j++
    const differs = !(j < other.length && text[i] === other[j])
    if (!differs) j++
    const last = parts.at(-1)
    if (last?.differs === differs) last.text += text[i]
    else parts.push({ text: text[i] ?? "", differs })
  }
  return parts
}

/**
 * A text with the parts marked that another one, which should be the same, does not have.
 *
 * @param {string} text
 * @param {string} other
 */
export const marked = (text, other) =>
  h(
    "bdi",
    {},
    ...differences(text, other).flatMap((part) =>
      part.differs ? [h("mark", {}, ...pieces(part.text, true))] : pieces(part.text, true)
    )
  )

/** @param {number} number */
const two = (number) => String(number).padStart(2, "0")

/** @param {number} at */
export const clockTime = (at) => {
  const date = new Date(at)
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return h(
    "time",
    { datetime: date.toISOString() },
    time,
    h("span", { class: "millis" }, `.${String(date.getMilliseconds()).padStart(3, "0")}`)
  )
}

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`

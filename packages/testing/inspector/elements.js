/**
 * Elements, made without a word of markup: whatever is shown is text, so nothing that somebody sent can become an element.
 */

/** @typedef {Node | string} Child */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | boolean | ((event: Event) => void)>} [attributes] a function listens to the event of that name; `true` is an empty attribute, `false` none
 * @param {ReadonlyArray<Child>} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export const h = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value)
    else if (value !== false) element.setAttribute(name, value === true ? "" : value)
  }
  element.append(...children)
  return element
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {ReadonlyArray<Child>} children
 */
export const svg = (tag, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/**
 * An element of the page that is known to be there.
 *
 * @template {Element} [Found=HTMLElement]
 * @param {string} id
 * @returns {Found}
 */
export const byId = (id) => {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`The page has no #${id}`)
  return /** @type {Found} */ (/** @type {unknown} */ (element))
}

/**
 * Replaces what an element holds, unless it is the same already: whoever reads there keeps their place.
 *
 * @param {Element} element
 * @param {string} text
 */
export const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text
}

/**
 * A button that copies, and says so.
 *
 * @param {string} label
 * @param {() => string | Promise<string>} text
 */
export const copyButton = (label, text) => {
  const button = h("button", { type: "button", class: "small" }, label)
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(await text())
      button.textContent = "Copied"
    } catch {
      button.textContent = "Not copied: select it instead"
    }
    setTimeout(() => (button.textContent = label), 2000)
  })
  return button
}

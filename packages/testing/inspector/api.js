/**
 * The admin interface, asked with the token. The token comes in the fragment of the page's address, which no server sees; it
 * is kept for this tab, and taken out of the address bar.
 */

const key = "local-snaptrade-token"

/** The token is missing, or not the right one. */
export class Unauthorized extends Error {}

/** Nobody answers. */
export class Disconnected extends Error {}

export const takeToken = () => {
  const token = new URLSearchParams(location.hash.slice(1)).get("token")
  if (token === null) return
  if (token !== "") keepToken(token)
  history.replaceState(null, "", location.pathname + location.search)
}

/** @param {string} token */
export const keepToken = (token) => sessionStorage.setItem(key, token)
export const forgetToken = () => sessionStorage.removeItem(key)
export const hasToken = () => sessionStorage.getItem(key) !== null

/**
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<Response>}
 */
const ask = async (path, init) => {
  const token = sessionStorage.getItem(key)
  if (token === null) throw new Unauthorized()
  // A header takes no other characters, and a token with them is not the right one.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Unauthorized()
  /** @type {Response} */
  let response
  try {
    response = await fetch(`/_local${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${token}` },
      credentials: "omit",
      redirect: "error"
    })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new Disconnected()
  }
  if (response.status === 401) throw new Unauthorized()
  if (!response.ok)
    throw new Error(`${init.method ?? "GET"} /_local${path.split("?")[0]} was answered with ${response.status}.`)
  return response
}

/**
 * @template Answer
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>} what the admin interface says it is
 */
export const get = async (path, signal) => {
  const response = await ask(path, signal === undefined ? {} : { signal })
  try {
    return await response.json()
  } catch (error) {
    if (signal?.aborted) throw error
    if (error instanceof SyntaxError)
      throw new Error(`GET /_local${path.split("?")[0]} was answered with what is no JSON.`, { cause: error })
    throw new Disconnected()
  }
}

/**
 * @param {string} path
 * @param {unknown} [payload]
 */
export const post = async (path, payload) => {
  await ask(
    path,
    payload === undefined
      ? { method: "POST" }
      : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(payload) }
  )
}

/**
 * The floor: one user registered by hand with `fetch` and WebCrypto. No type of failure, no timeout, no retry, no limit.
 */
const utf8 = new TextEncoder()

const worker = {
  fetch: async (_: Request, env: { readonly clientId: string; readonly consumerKey: string }): Promise<Response> => {
    const path = "/snapTrade/registerUser"
    const query = `clientId=${encodeURIComponent(env.clientId)}&timestamp=${Math.floor(Date.now() / 1000)}`
    const content = { userId: "user-123" }
    const hmac = { name: "HMAC", hash: "SHA-256" }
    const key = await crypto.subtle.importKey("raw", utf8.encode(env.consumerKey), hmac, false, ["sign"])
    const signature = await crypto.subtle.sign("HMAC", key, utf8.encode(JSON.stringify({ content, path, query })))
    const response = await fetch(`https://api.snaptrade.com${path}?${query}`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Signature: btoa(String.fromCharCode(...new Uint8Array(signature)))
      },
      body: JSON.stringify(content)
    })
    const user: { readonly userId: string } = await response.json()
    return Response.json({ userId: user.userId })
  }
}

// A Worker is its default export.
// oxlint-disable-next-line import/no-default-export
export { worker as default }

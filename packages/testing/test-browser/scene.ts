/**
 * An inspector page in a real Chromium, at a local SnapTrade of its own.
 */
import { LocalSnapTrade } from "@effect-snaptrade/testing"
import { layerServer, type ServerOptions } from "@effect-snaptrade/testing/server"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import { createHmac } from "node:crypto"
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core"

export const token = "the-admin-token-of-a-test"

/** How a request is made: as it should be, unless told. */
export interface Sending {
  readonly key?: string
  readonly message?: (message: string) => string
  readonly signature?: (signature: string) => string
  readonly query?: string
}

/** The browser that the tests are given. */
export const launch = (...args: ReadonlyArray<string>): Promise<Browser> => {
  const executablePath = process.env["SNAPTRADE_CHROMIUM"]
  if (executablePath === undefined) throw new Error("SNAPTRADE_CHROMIUM does not say where Chromium is")
  // Without a sandbox of its own: it is run by root on CI, and shows only what this test serves.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--font-render-hinting=none", ...args] })
}

/** A local SnapTrade with an admin interface, and whoever sends requests to it. */
export const serve = async (options: ServerOptions = {}) => {
  const runtime = ManagedRuntime.make(layerServer({ adminToken: Redacted.make(token), ...options }))
  const local = await runtime.runPromise(LocalSnapTrade)
  const { baseUrl, clientId } = local
  const consumerKey = Redacted.value(local.consumerKey)

  /** Sends a request, signed, and answers its status; 0 without a reply. */
  const send = async (method: string, path: string, body?: string, how: Sending = {}): Promise<number> => {
    const common = `clientId=${clientId}&timestamp=${Math.floor(Date.now() / 1000)}`
    const query = how.query === undefined ? common : `${how.query}&${common}`
    const content = body === undefined || body === "{}" ? "null" : body
    const message = `{"content":${content},"path":${JSON.stringify(path)},"query":${JSON.stringify(query)}}`
    const signature = createHmac("sha256", how.key ?? consumerKey)
      .update(how.message?.(message) ?? message)
      .digest("base64")
    const response = await fetch(`${baseUrl}${path}?${query}`, {
      method,
      headers: {
        signature: how.signature?.(signature) ?? signature,
        ...(body !== undefined && { "content-type": "application/json" })
      },
      ...(body !== undefined && { body })
    }).catch(() => undefined)
    await response?.arrayBuffer()
    return response?.status ?? 0
  }

  return {
    baseUrl,
    local,
    run: runtime.runPromise,
    send,
    register: (userId: string, how?: Sending) =>
      send("POST", "/snapTrade/registerUser", JSON.stringify({ userId }), how),
    close: () => runtime.dispose()
  }
}

/** A tab that shows the page, once it shows what is there. */
export const open = async (browser: Browser, baseUrl: string, context: BrowserContextOptions = {}): Promise<Page> => {
  const page = await (await browser.newContext(context)).newPage()
  await page.goto(`${baseUrl}/_local/#token=${token}`)
  await page.locator("body[data-state=live]").waitFor()
  return page
}

/**
 * Photographs the states of the inspector page into docs/inspector: `pnpm screenshots`, with SNAPTRADE_CHROMIUM. With pngquant
 * on the path the pictures are small.
 */
import { Instruction } from "@effect-snaptrade/testing"
import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, statSync } from "node:fs"
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"
import type { Locator, Page } from "playwright-core"
import { launch, open, serve } from "./scene.ts"

const directory = fileURLToPath(new URL("../../../docs/inspector/", import.meta.url))
mkdirSync(directory, { recursive: true })

const photograph = async (name: string, what: Page | Locator) => {
  const path = `${directory}${name}.png`
  await what.screenshot({ path, animations: "disabled" })
  const small = spawnSync("pngquant", ["--force", "--skip-if-larger", "--quality", "70-95", "--output", path, path])
  const { size } = statSync(path)
  console.log(`${name}: ${Math.ceil(size / 1000)} kB${small.error === undefined ? "" : ", without pngquant"}`)
}

const seconds = (many: number) => new Promise((resolve) => setTimeout(resolve, many * 1000))

const desk = { width: 1360, height: 900 }
const wide = { width: 1640, height: 1040 }
const phone = { width: 390, height: 844 }

const receiver = createServer((request, response) => {
  let body = ""
  request.on("data", (chunk) => (body += chunk))
  request.on("end", () => response.writeHead(body.includes("bo@") ? 503 : 200).end())
})
receiver.listen(0, "127.0.0.1")
await once(receiver, "listening")
const address = receiver.address()
const webhookUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : address}/`

const browser = await launch()
const served = await serve({ port: 4010, requestsPerMinute: 40, webhookUrl })
const { local, register, run, send } = served
const light = await open(browser, served.baseUrl, { viewport: desk, colorScheme: "light" })
await photograph("empty", light)

// A minute of an app's life.
for (const [i, userId] of ["ada@example.com", "bo@example.com", "carol-7c1e", "dora", "emil"].entries()) {
  await register(userId)
  await seconds(0.4 + (i % 3))
}
await register("ada@example.com")
await seconds(2)
await register("fay", { message: (message) => message.replaceAll('":', '": ').replaceAll(',"', ', "') })
await run(local.next(Instruction.dropReply))
await register("gil")
await seconds(3)
await run(local.next(Instruction.fail({ status: 500, code: "1000", detail: "Encountered an unexpected exception." })))
await register("hana")
await send("GET", "/snapTrade/listUsers")
await seconds(2)
await send("DELETE", "/snapTrade/deleteUser", undefined, { query: "userId=emil" })
await run(local.next(Instruction.delay("40 seconds")))
const waiting = register("ines")
await light.locator("tr", { hasText: "ines" }).getByText("waiting").waitFor()
await light.locator("#deliveries li", { hasText: "bo@" }).waitFor()
await light.evaluate(() => window.scrollTo(0, 0))
await photograph("requests", light)

const dark = await open(browser, served.baseUrl, { viewport: wide, colorScheme: "dark" })
await dark.locator("tr", { hasText: "gil" }).getByRole("button").click()
await dark.locator("#detail h2").waitFor()
await dark.getByRole("button", { name: "429", exact: true }).click()
await dark.getByRole("heading", { name: "Waiting: 1" }).waitFor()
await dark.locator(".toast").waitFor({ state: "detached" })
await photograph("dark", dark)
await dark.getByRole("button", { name: "Clear" }).click()
await dark.context().close()

await light.setViewportSize(wide)
await light.locator("tr", { hasText: "fay" }).getByRole("button").click()
await light.getByRole("region", { name: "Why it did not verify" }).waitFor()
await photograph("signature", light)
await light.setViewportSize(desk)
await light.getByRole("button", { name: "Close", exact: true }).click()

const narrow = await open(browser, served.baseUrl, { viewport: phone, deviceScaleFactor: 1.5, colorScheme: "light" })
await photograph("narrow", narrow)
await narrow.locator("tr", { hasText: "fay" }).getByRole("button").click()
await narrow.getByRole("region", { name: "Why it did not verify" }).waitFor()
await photograph("narrow-request", narrow)
await narrow.context().close()

await light.locator("#deliveries li", { hasText: "bo@" }).locator("summary").click()
await photograph("webhooks", light.locator("section", { has: light.locator("#deliveries") }))
await Promise.all(Array.from({ length: 38 }, (_, i) => register(`burst-${i}`)))
await light.locator(".refusals", { hasText: "over the limit" }).waitFor()
await photograph("rate-limit", light.locator("section", { has: light.locator("#rate") }))

await run(local.reset)
for (const userId of [
  `<img src=x onerror="alert(1)"><script>alert(2)</script>`,
  "user\u202egnp.exe",
  "bell\u0007 and escape\u001b[31m, nothing\u200b between",
  `${"0123456789".repeat(100_000)}`
]) {
  await register(userId)
}
await light.locator("tr", { hasText: "U+202E" }).waitFor()
await light.evaluate(() => window.scrollTo(0, 0))
await light.mouse.move(0, 0)
await photograph("hostile", light)

await light.route("**/_local/inspector/feed*", (route) => route.fulfill({ status: 500, body: "" }))
await register("dora")
await light.locator("body[data-state=error]").waitFor()
await photograph("error", light)
await light.unroute("**/_local/inspector/feed*")
await light.locator("body[data-state=live]").waitFor()

await served.close()
await light.locator("body[data-state=disconnected]").waitFor()
await photograph("disconnected", light)
await waiting

const another = await serve({ port: 4010 })
const locked = await (
  await browser.newContext({ viewport: { width: 900, height: 560 }, colorScheme: "light" })
).newPage()
await locked.goto(`${another.baseUrl}/_local/`)
await locked.getByLabel("Admin token").fill("of-yesterday")
await locked.keyboard.press("Enter")
await locked.getByText("This token is not accepted.").waitFor()
await photograph("locked", locked)
await another.close()
await browser.close()
receiver.close()

import { Instruction } from "@effect-snaptrade/testing"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import axe from "axe-core"
import { execFile, execFileSync } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import { promisify } from "node:util"
import type { Browser, Page } from "playwright-core"
import { launch, open, serve, token } from "./scene.ts"

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

type Served = Awaited<ReturnType<typeof serve>>

/** A local SnapTrade and a tab that shows its page, until the test is done with them. */
const inspecting = async (
  use: (page: Page, served: Served) => Promise<void>,
  options?: Parameters<typeof serve>[0]
) => {
  const served = await serve(options)
  try {
    const page = await open(browser, served.baseUrl)
    await use(page, served)
    await page.context().close()
  } finally {
    await served.close()
  }
}

const rowOf = (page: Page, text: string) => page.locator("#requests tr.row", { hasText: text })

describe("the token", () => {
  it("is taken from the fragment, leaves the address bar, and lasts as long as the tab", async () => {
    await inspecting(async (page, { baseUrl }) => {
      assert.strictEqual(page.url(), `${baseUrl}/_local/`)
      await page.reload()
      await page.locator("body[data-state=live]").waitFor()

      const another = await page.context().newPage()
      await another.goto(`${baseUrl}/_local/`)
      await another.locator("body[data-state=unauthorized]").waitFor()
    })
  })

  it("is asked for where there is none, and again where it is the wrong one", async () => {
    await inspecting(async (page, { baseUrl }) => {
      const another = await page.context().newPage()
      await another.goto(`${baseUrl}/_local/`)
      const field = another.getByLabel("Admin token")
      await field.waitFor()
      assert.isFalse(await another.locator("#inspector").isVisible())

      await field.fill("not the token — at all")
      await another.keyboard.press("Enter")
      await another.getByText("This token is not accepted.").waitFor()

      await field.fill(token)
      await another.keyboard.press("Enter")
      await another.locator("body[data-state=live]").waitFor()
      assert.isTrue(await another.locator("#inspector").isVisible())
    })
  })

  it("is sent to nobody but the admin interface, and nothing is loaded from elsewhere", async () => {
    const served = await serve()
    const context = await browser.newContext()
    const page = await context.newPage()
    const asked: Array<string> = []
    const complaints: Array<string> = []
    page.on("request", (request) => asked.push(request.url()))
    page.on("console", (message) => complaints.push(message.text()))
    page.on("pageerror", (error) => complaints.push(error.message))
    await page.goto(`${served.baseUrl}/_local/#token=${token}`)
    await page.locator("body[data-state=live]").waitFor()
    await served.register("user-123")
    await rowOf(page, "user-123").waitFor()
    assert.isAbove(asked.length, 5)
    assert.isEmpty(asked.filter((url) => !url.startsWith(`${served.baseUrl}/_local/`) || url.includes(token)))
    assert.isEmpty(complaints)
    await context.close()
    await served.close()
  })
})

describe("a request", () => {
  it("is listed as it arrives, and once it is answered with how", async () => {
    await inspecting(async (page, { local, register, run }) => {
      await page.getByText("No request has arrived yet.").waitFor()
      await run(local.next(Instruction.delay("1 second")))
      const answered = register("user-123")
      await rowOf(page, "user-123").getByText("waiting", { exact: true }).waitFor()
      await answered
      await rowOf(page, "user-123").getByText("200", { exact: true }).waitFor()
      await page.locator("#users", { hasText: "user-123" }).waitFor()

      await register("user-123")
      await rowOf(page, "user-123").first().getByText("400 · 1010", { exact: true }).waitFor()
      await run(local.next(Instruction.dropReply))
      await register("user-124")
      await rowOf(page, "user-124").getByText("done, no reply").waitFor()
      assert.strictEqual(await page.locator("#requests tr.row").count(), 3)
    })
  })

  it("whose signature did not verify tells why, with what was expected beside what was received", async () => {
    await inspecting(async (page, { register }) => {
      await register("user-123", { message: (message) => message.replaceAll('":', '": ') })
      await rowOf(page, "401").getByRole("button").click()
      const why = page.getByRole("region", { name: "Why it did not verify" })
      await why.getByText("message-with-white-space").waitFor()
      const expected = await why.getByRole("group", { name: "What is signed, expected" }).textContent()
      const received = await why.getByRole("group", { name: "What is signed, received" }).textContent()
      assert.include(expected, '{"content":{"userId":"user-123"}')
      assert.include(received, '{"content": {"userId": "user-123"}')
      const marks = await why.locator("[aria-label='What is signed, received'] mark").allTextContents()
      assert.deepStrictEqual([...new Set(marks)], [" "])
      assert.notStrictEqual(
        await why.getByRole("group", { name: "Signature, expected" }).textContent(),
        await why.getByRole("group", { name: "Signature, received" }).textContent()
      )
    })
  })

  it("shows no secret until it is asked to", async () => {
    await inspecting(async (page, { local, register, run, send }) => {
      await register("user-123")
      await page.locator("#users", { hasText: "user-123" }).waitFor()
      const [user] = await run(local.users)
      const userSecret = JSON.parse(JSON.stringify(await readSecret(local.baseUrl, 1)))
      assert.isDefined(user)
      await send("POST", "/snapTrade/login", undefined, { query: `userId=user-123&userSecret=${userSecret}` })
      await rowOf(page, "/snapTrade/login").getByRole("button").click()
      await page.locator("#detail").getByText("userSecret").waitFor()
      assert.notInclude(await page.content(), userSecret)
      assert.notInclude(await page.content(), "local-consumer-key-that-protects-nothing")

      await page.getByRole("button", { name: "Show secrets" }).click()
      await page.locator("#detail", { hasText: userSecret }).waitFor()
      await page.getByRole("button", { name: "Close", exact: true }).click()
      await page.locator("#users").getByRole("button", { name: "Show secret" }).click()
      await page.locator("#users", { hasText: userSecret }).waitFor()
      await page.locator("#settings").getByRole("button", { name: "Show key" }).click()
      await page.locator("#settings", { hasText: "local-consumer-key-that-protects-nothing" }).waitFor()
    })
  })

  it("can be made by hand as the page says", async () => {
    await inspecting(async (page, { baseUrl }) => {
      await page.locator("#requests").getByRole("button", { name: "Show key" }).click()
      await page.locator("#requests pre", { hasText: "local-consumer-key" }).waitFor()
      const exports = await page.locator("#requests pre").first().textContent()
      const registration = await page.locator("#first-request").textContent()
      const tools = ["bash", "openssl", "curl"].filter((tool) => !onPath(tool))
      if (tools.length > 0) return console.log(`NOT RUN: the page's first request, without ${tools.join(", ")}`)
      const { stdout } = await promisify(execFile)("bash", ["-c", `${exports}\n${registration}`])
      assert.match(stdout, /"userId":"user-123","userSecret":/)
      await rowOf(page, "user-123").getByText("200", { exact: true }).waitFor()
      assert.include(exports ?? "", `SNAPTRADE_BASE_URL=${baseUrl}`)
    })
  })
})

const onPath = (tool: string) => {
  try {
    execFileSync("sh", ["-c", `command -v ${tool}`], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** What a program with the token is told. */
const readSecret = async (baseUrl: string, number: number): Promise<string> => {
  const response = await fetch(`${baseUrl}/_local/inspector/users/${number}`, {
    headers: { authorization: `Bearer ${token}` }
  })
  const user: unknown = await response.json()
  return typeof user === "object" && user !== null && "userSecret" in user ? String(user.userSecret) : ""
}

const hostile = {
  markup: `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`,
  direction: "user\u202egnp.exe\u2066\u200f",
  controls: "a\u0000b\u001b[31mc\u0085\u2028d\u200be",
  lines: "first\nsecond",
  marks: `z${"\u0301".repeat(500)}`,
  long: `<b>${"long ".repeat(200_000)}</b>`,
  unpaired: "half \ud83d of it",
  prototype: "__proto__"
}

describe("a hostile userId", () => {
  it("becomes no element, hides nothing, and turns nothing around", async () => {
    await inspecting(async (page, { local, register, run }) => {
      for (const userId of Object.values(hostile)) await register(userId)
      await page.locator("#requests-count", { hasText: String(Object.keys(hostile).length) }).waitFor()
      for (const row of await page.locator("#requests tr.row button").all()) {
        await row.click()
        await page.locator("#detail h2").waitFor()
      }
      const shown = await page.locator("body").innerText()
      assert.include(shown, '<img src=x onerror="document.title=')
      assert.include(shown, "U+202E")
      assert.include(shown, "U+0000")
      assert.include(shown, "U+001B")
      assert.notMatch(shown, /[\p{Bidi_Control}\u200b]|(?![\n\t])\p{Cc}/u)
      assert.strictEqual(await page.locator("main img, main script, main b").count(), 0)
      assert.strictEqual(await page.title(), "Local SnapTrade")
      assert.isAbove((await run(local.users)).length, 5)
    })
  })

  it("of a megabyte takes no room, and is shown further piece by piece", async () => {
    await inspecting(async (page, { register }) => {
      await register(hostile.long)
      await rowOf(page, "1,000,007 characters").getByRole("button").click()
      await page.locator("#detail h2").waitFor()
      assert.isBelow((await page.locator("body").innerText()).length, 10_000)
      const body = page.getByRole("group", { name: "Body" })
      const box = await rowOf(page, "1,000,007 characters").boundingBox()
      assert.isBelow(box?.height ?? Infinity, 80)
      await page.getByRole("button", { name: /^Show more/ }).click()
      assert.isAbove((await body.textContent())?.length ?? 0, 19_000)
    })
  })

  it("does not scroll the page sideways", async () => {
    await inspecting(async (page, { register }) => {
      for (const userId of Object.values(hostile)) await register(userId.replaceAll(" ", "_"))
      await page.locator("#requests-count", { hasText: String(Object.keys(hostile).length) }).waitFor()
      for (const width of [320, 700, 1200, 1600]) {
        await page.setViewportSize({ width, height: 800 })
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        assert.isAtMost(overflow, 0, `${width} pixels wide`)
      }
    })
  })
})

/** A page of somebody else's, at an origin of its own. */
const elsewhere = async (name: string) => {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html")
    response.end("<!doctype html><title>elsewhere</title><body></body>")
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  const port = typeof address === "object" ? address?.port : address
  return { url: `http://${name}:${port}/`, close: () => server.close() }
}

describe("a page on another origin", () => {
  // Another port of the same host is another origin of the same site; another name is another site.
  for (const name of ["127.0.0.1", "localhost"]) {
    it(`at ${name} can neither read nor do anything, even with the token`, async () => {
      await inspecting(async (mine, { baseUrl, local, register, run }) => {
        await register("user-123")
        const other = await elsewhere(name)
        const page = await mine.context().newPage()
        await page.goto(other.url)
        const outcomes = await page.evaluate(
          async ({ bearer, mine: base }) => {
            const admin = `${base}/_local`
            const authorization = `Bearer ${bearer}`
            const tried = async (what: string, init: RequestInit) => {
              try {
                const response = await fetch(`${admin}${what}`, init)
                return `${response.type} ${response.status} ${(await response.text()).length}`
              } catch {
                return "refused"
              }
            }
            const loaded = (element: HTMLElement) =>
              new Promise<string>((resolve) => {
                element.addEventListener("load", () => resolve("loaded"))
                element.addEventListener("error", () => resolve("refused"))
                document.body.append(element)
              })
            const frame = Object.assign(document.createElement("iframe"), { src: `${admin}/#token=${bearer}` })
            const framed = await loaded(frame)
            const form = Object.assign(document.createElement("form"), {
              action: `${admin}/reset`,
              method: "post",
              target: "sink"
            })
            const sink = Object.assign(document.createElement("iframe"), { name: "sink" })
            document.body.append(form, sink)
            const posted = new Promise<void>((resolve) => sink.addEventListener("load", () => resolve()))
            form.submit()
            await posted
            // A window that is opened shows the page, and is out of reach: from here it looks closed.
            const opened = window.open(`${admin}/#token=${bearer}`, "_blank")
            const isOpen = () => opened?.closed === false
            while (isOpen()) await new Promise((resolve) => setTimeout(resolve, 20))
            return {
              read: await tried("/users", { headers: { authorization } }),
              unread: await tried("/users", { mode: "no-cors" }),
              page: await tried("/", {}),
              reset: await tried("/reset", { method: "POST", headers: { authorization } }),
              simple: await tried("/reset", { method: "POST", mode: "no-cors", body: "{}" }),
              script: await loaded(
                Object.assign(document.createElement("script"), { src: `${admin}/page/inspector.js` })
              ),
              image: await loaded(Object.assign(document.createElement("img"), { src: `${admin}/page/icon.svg` })),
              framed: framed === "loaded" && frame.contentDocument !== null
            }
          },
          { bearer: token, mine: baseUrl }
        )
        assert.deepStrictEqual(outcomes, {
          read: "refused",
          unread: "refused",
          page: "refused",
          reset: "refused",
          simple: "refused",
          script: "refused",
          image: "refused",
          framed: false
        })
        assert.lengthOf(await run(local.users), 1)
        assert.lengthOf(await run(local.requests), 1)
        other.close()
      })
    })
  }

  it("that lets its own name lead here is refused, page and interface", async () => {
    const served = await serve()
    const { port } = new URL(served.baseUrl)
    const rebound = await launch("--host-resolver-rules=MAP evil.example 127.0.0.1")
    const page = await rebound.newPage()
    const response = await page.goto(`http://evil.example:${port}/_local/#token=${token}`)
    assert.strictEqual(response?.status(), 403)
    const answered = await page.evaluate(async (bearer) => {
      const users = await fetch("/_local/users", { headers: { authorization: `Bearer ${bearer}` } })
      return [users.status, await users.text()] as const
    }, token)
    assert.strictEqual(answered[0], 403)
    assert.include(answered[1], "evil.example")
    await rebound.close()
    await served.close()
  })
})

describe("ten thousand requests", () => {
  it("leave the page small and answering", async () => {
    await inspecting(
      async (page, { local, register, run }) => {
        await page.evaluate(() => {
          const tasks: Array<number> = []
          Object.assign(window, { tasks })
          new PerformanceObserver((list) => {
            for (const { duration } of list.getEntries()) tasks.push(Math.round(duration))
          }).observe({ type: "longtask", buffered: true })
        })
        const nodes = () => page.evaluate(() => document.querySelectorAll("*").length)
        const many = 10_000
        let next = 0
        const sender = async () => {
          while (next < many) await register(`user-${next++}`)
        }
        await Promise.all(Array.from({ length: 16 }, sender))
        assert.lengthOf(await run(local.requests), many)
        await page.locator("#requests-count", { hasText: "10,000" }).waitFor()

        assert.strictEqual(await page.locator("#requests tr.row").count(), 100)
        const before = await nodes()
        assert.isBelow(before, 2500)
        await page.locator("#requests tr.row button").nth(50).click()
        await page
          .locator("#detail h2", { hasText: "Request 9,950" })
          .or(page.locator("#detail h2", { hasText: "Request 9950" }))
          .waitFor()
        await page.keyboard.press("Escape")

        for (let shown = 100; shown < 1000; shown += 100) {
          await page.getByRole("button", { name: "Show 100 older" }).last().click()
          await page.waitForFunction(
            (count) => document.querySelectorAll("#requests tr.row").length === count,
            shown + 100
          )
        }
        assert.strictEqual(await page.locator("#requests").getByRole("button", { name: "older" }).count(), 0)
        assert.isBelow(await nodes(), 20_000)
        await page.getByLabel("Failures only").check()
        await page.getByText("0 failures among the newest 1,000 of 10,000.").waitFor()
        const tasks = await page.evaluate(() => ("tasks" in window && Array.isArray(window.tasks) ? window.tasks : []))
        const longest = Math.max(0, ...tasks.map(Number))
        console.log(
          `${tasks.length} tasks of more than 50 ms, the longest of ${longest} ms; ${before} elements at 100 rows`
        )
      },
      { requestsPerMinute: 1_000_000 }
    )
  }, 300_000)
})

describe("by keyboard alone", () => {
  it("a request is found, read and left again", async () => {
    await inspecting(async (page, { register }) => {
      for (const userId of ["user-1", "user-2", "user-3"]) await register(userId)
      await rowOf(page, "user-3").waitFor()
      const focused = () =>
        page.evaluate(
          () => document.activeElement?.closest("tr")?.textContent ?? document.activeElement?.textContent ?? ""
        )
      await page.keyboard.press("Tab")
      assert.include(await focused(), "Skip to the requests")
      await page.keyboard.press("Enter")
      await page.keyboard.press("Tab")
      await page.keyboard.press("Tab")
      assert.include(await focused(), "user-3")
      await page.keyboard.press("ArrowDown")
      assert.include(await focused(), "user-2")
      await page.keyboard.press("End")
      assert.include(await focused(), "user-1")
      await page.keyboard.press("Enter")
      await page.locator("#detail h2:focus").waitFor()
      assert.include(await focused(), "Request 1")
      await page.keyboard.press("Escape")
      assert.isFalse(await page.locator("#detail").isVisible())
      assert.include(await focused(), "user-1")
    })
  })

  it("stays where it is while requests arrive", async () => {
    await inspecting(async (page, { register }) => {
      await register("user-1")
      await rowOf(page, "user-1").getByRole("button").focus()
      for (const userId of ["user-2", "user-3"]) await register(userId)
      await rowOf(page, "user-3").waitFor()
      assert.include(await page.evaluate(() => document.activeElement?.closest("tr")?.textContent ?? ""), "user-1")
    })
  })
})

describe("who listens", () => {
  it("is told of requests now and then, not of each", async () => {
    await inspecting(async (page, { register }) => {
      await page.evaluate(() => {
        const spoken: Array<string> = []
        Object.assign(window, { spoken, began: performance.now() })
        const news = document.getElementById("news")
        if (news === null) throw new Error("there is no #news")
        new MutationObserver(() => spoken.push(news.textContent)).observe(news, {
          childList: true,
          characterData: true,
          subtree: true
        })
      })
      for (let i = 0; i < 40; i++) await register(`user-${i}`)
      await page.locator("#news", { hasText: "new request" }).waitFor({ state: "attached" })
      const { elapsed, spoken } = await page.evaluate(() => ({
        spoken: "spoken" in window && Array.isArray(window.spoken) ? window.spoken.map(String) : [],
        elapsed: "began" in window ? performance.now() - Number(window.began) : 0
      }))
      assert.isAtLeast(spoken.length, 1)
      assert.isAtMost(spoken.length, 1 + Math.ceil(elapsed / 5000))
    })
  })
})

describe("a fault", () => {
  it("is given by its button to so many requests, is seen to wait, and can be taken back", async () => {
    await inspecting(async (page, { register }) => {
      await page.getByLabel("How many").fill("3")
      await page.getByRole("button", { name: "500", exact: true }).click()
      await page.getByRole("heading", { name: "Waiting: 3" }).waitFor()
      assert.strictEqual(await register("user-1"), 500)
      await rowOf(page, "user-1").getByText("500 · 1000", { exact: true }).waitFor()
      await page.getByRole("heading", { name: "Waiting: 2" }).waitFor()
      await page.getByRole("button", { name: "Clear" }).click()
      await page.getByRole("heading", { name: "Waiting:" }).waitFor({ state: "hidden" })
      assert.strictEqual(await register("user-2"), 200)
    })
  })

  it("is kept for one user", async () => {
    await inspecting(async (page, { register }) => {
      await page.getByLabel("Only when it registers").fill("user-2")
      await page.getByRole("button", { name: "Commit, drop reply" }).click()
      await page.getByRole("heading", { name: "Waiting: 1" }).waitFor()
      assert.strictEqual(await register("user-1"), 200)
      assert.strictEqual(await register("user-2"), 0)
      await rowOf(page, "user-2").getByText("done, no reply").waitFor()
    })
  })
})

describe("webhooks and the rate limit", () => {
  it("are shown: deliveries with their status and the next attempt, and what was refused", async () => {
    const receiver = createServer((_, response) => response.writeHead(503).end())
    receiver.listen(0, "127.0.0.1")
    await once(receiver, "listening")
    const address = receiver.address()
    const webhookUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : address}/`
    await inspecting(
      async (page, { register }) => {
        for (const userId of ["user-1", "user-2", "user-3"]) await register(userId)
        const delivery = page.locator("#deliveries li", { hasText: "user-1" })
        await delivery.getByText("503", { exact: true }).waitFor()
        await delivery.locator("summary").click()
        await delivery.getByText("It was not taken. It is delivered again at").waitFor()
        assert.notInclude(await page.content(), "deprecated-webhook-secret")
        await page.getByText("2 of 2 in the last minute, 0 left").waitFor()
        await page.getByText("1 request over the limit: answered 429.").waitFor()
      },
      { webhookUrl, requestsPerMinute: 2 }
    )
    receiver.close()
  })
})

describe("when the local SnapTrade", () => {
  it("is stopped, the page says so, keeps what was there, and goes on with the next one", async () => {
    const first = await serve()
    const { port } = new URL(first.baseUrl)
    const page = await open(browser, first.baseUrl)
    await first.register("user-of-the-first")
    await rowOf(page, "user-of-the-first").waitFor()
    await first.close()
    await page.locator("body[data-state=disconnected]").waitFor()
    await page.getByRole("alert").getByText("does not answer").waitFor()
    assert.isTrue(await rowOf(page, "user-of-the-first").isVisible())

    const second = await serve({ port: Number(port) })
    await second.register("user-of-the-second")
    await rowOf(page, "user-of-the-second").waitFor()
    assert.isFalse(await page.getByRole("alert").isVisible())
    assert.strictEqual(await rowOf(page, "user-of-the-first").count(), 0)
    await page.context().close()
    await second.close()
  })

  it("is told to forget everything, the page asks first", async () => {
    await inspecting(async (page, { local, register, run }) => {
      await register("user-123")
      await rowOf(page, "user-123").waitFor()
      await page.getByRole("button", { name: "Forget everything…" }).click()
      await page.getByRole("button", { name: "Keep it" }).click()
      assert.lengthOf(await run(local.users), 1)
      await page.getByRole("button", { name: "Forget everything…" }).click()
      await page.getByRole("dialog").getByRole("button", { name: "Forget everything" }).click()
      await page.getByText("No request has arrived yet.").waitFor()
      assert.lengthOf(await run(local.users), 0)
    })
  })

  it("goes on while the page is paused, the page waits", async () => {
    await inspecting(async (page, { register }) => {
      await page.getByRole("button", { name: "Pause" }).click()
      await page.locator("body[data-state=paused]").waitFor()
      await register("user-123")
      assert.strictEqual(await rowOf(page, "user-123").count(), 0)
      await page.getByRole("button", { name: "Pause" }).click()
      await rowOf(page, "user-123").waitFor()
    })
  })
})

/** What axe finds against WCAG 2.2 AA, in words. */
const violations = async (page: Page) => {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { violations: found } = await (window as unknown as { axe: typeof axe }).axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    })
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" ")}`)
  })
}

describe("for everybody", () => {
  for (const colorScheme of ["light", "dark"] as const) {
    it(`nothing in the way is found, in ${colorScheme}`, async () => {
      const served = await serve({ requestsPerMinute: 3 })
      const page = await open(browser, served.baseUrl, {
        colorScheme,
        reducedMotion: "reduce",
        viewport: { width: 1600, height: 900 }
      })
      assert.deepStrictEqual(await violations(page), [], "empty")
      for (const userId of ["user-1", "user-1", hostile.direction, "user-4"]) await served.register(userId)
      await served.run(served.local.next(Instruction.dropReply, Instruction.echo(500)))
      await served.register("user-5")
      await served.register("user-6")
      await served.register("user-7", { key: "another key" })
      await rowOf(page, "user-7").getByRole("button").click()
      await page.getByRole("region", { name: "Why it did not verify" }).waitFor()
      await page.getByRole("button", { name: "500", exact: true }).click()
      await page.getByRole("heading", { name: "Waiting: 1" }).waitFor()
      await page.locator(".toast").waitFor({ state: "detached" })
      for (const width of [1600, 1200, 360]) {
        await page.setViewportSize({ width, height: 900 })
        assert.deepStrictEqual(await violations(page), [], `${width} pixels wide`)
      }
      await page.evaluate(() => sessionStorage.clear())
      await page.reload()
      await page.locator("body[data-state=unauthorized]").waitFor()
      assert.deepStrictEqual(await violations(page), [], "locked")
      await page.context().close()
      await served.close()
    }, 180_000)
  }
})

/**
 * The files of the inspector page. They are served as they are: there is nothing to build, in the sources or installed.
 */
import * as Effect from "effect/Effect"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { readFile } from "node:fs/promises"
import { adminPath } from "../Admin.ts"

// As far from src/internal as from dist/internal.
const directory = new URL("../../inspector/", import.meta.url)

const contentTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml"
}

const read = (name: string, extension: string) =>
  Effect.promise(() => readFile(new URL(name, directory))).pipe(
    Effect.map((bytes) => HttpServerResponse.uint8Array(bytes, { contentType: contentTypes[extension] ?? "" })),
    Effect.catchDefect(() => Effect.succeed(HttpServerResponse.text("There is no such file.", { status: 404 })))
  )

/** The page, or one of its files; anything else is answered by `rest`. */
export const withInspectorPage = <E, R>(rest: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.gen(function* () {
    const { method, url } = yield* HttpServerRequest
    const [path = ""] = url.split("?", 1)
    if (method !== "GET" && method !== "HEAD") return yield* rest
    // Without the slash, the page would ask for its files elsewhere.
    if (path === adminPath) return HttpServerResponse.redirect(`${adminPath}/`, { status: 308 })
    if (path === `${adminPath}/`) return yield* read("index.html", "html")
    const [, name, extension] = /^\/_local\/page\/([a-z][\w-]*\.(css|js|svg))$/i.exec(path) ?? []
    return yield* name === undefined || extension === undefined ? rest : read(name, extension)
  })

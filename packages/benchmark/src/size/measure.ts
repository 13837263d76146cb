/**
 * Every program through every bundler.
 */
import { join } from "node:path"
import { packageDirectory } from "../places.ts"
import { type Bundler, bundlers, esbuild, type Size, sizeOf, type Target } from "./bundle.ts"
import { deepVariant } from "./deep.ts"

const programs = {
  edge: { target: "worker", says: "Worker that registers one user" },
  node: { target: "node", says: "Node program that registers one user" },
  bun: { target: "bun", says: "Bun program that registers one user" },
  edgeLogin: { target: "worker", says: "Worker that registers a user and logs it in" },
  edgeBarrel: { target: "worker", says: "Worker that registers one user and imports effect by its barrel" },
  application: { target: "worker", says: "Effect program with HttpClient and Schema, without ours" },
  applicationAndOurs: { target: "worker", says: "the same with ours" },
  sdk: { target: "browser", says: "official SDK, browser-like, Node's modules left out" },
  sdkNode: { target: "node", says: "official SDK, Node" },
  floor: { target: "worker", says: "fetch and WebCrypto by hand" }
} as const satisfies Record<string, { readonly target: Target; readonly says: string }>

type Program = keyof typeof programs

const through = ["edge", "node", "bun"] as const

/** A bundle, or what lies between two. */
export interface Figure {
  readonly id: string
  readonly says: string
  readonly bundler: Bundler
  readonly size: Size
}

export interface Sizes {
  readonly bundles: ReadonlyArray<Figure>
  readonly differences: ReadonlyArray<Figure>
  /** Files in the client's bundle that have no business there. */
  readonly strangers: ReadonlyArray<string>
}

const fileOf = (program: Program) => join(packageDirectory, "programs", `${program === "sdkNode" ? "sdk" : program}.ts`)

// What serves the contract and what verifies webhooks; also what they would drag in.
const strange = /packages\/core\/dist\/(Contract|Webhook)|effect\/dist\/http-api\/|packages\/testing\//

const minus = (a: Size, b: Size): Size => ({
  minified: a.minified - b.minified,
  gzip: a.gzip - b.gzip,
  brotli: a.brotli - b.brotli
})

export const measureSizes = async (options: {
  readonly bundlers?: ReadonlyArray<Bundler> | undefined
  readonly brotliQuality?: number | undefined
}): Promise<Sizes> => {
  const bundles: Array<Figure> = []
  const differences: Array<Figure> = []
  const strangers = new Set<string>()
  for (const bundler of options.bundlers ?? (["esbuild", "rolldown", "bun"] as const)) {
    const sizes = new Map<string, Size>()
    const add = async (id: string, says: string, file: string, target: Target) => {
      const { code, inputs } = await bundlers[bundler](file, target)
      const size = sizeOf(code, options.brotliQuality)
      sizes.set(id, size)
      bundles.push({ id: `${id}/${bundler}`, says, bundler, size })
      if (id === "edge" || id === "node" || id === "bun") {
        for (const input of inputs ?? []) if (strange.test(input)) strangers.add(`${input} in ${id}/${bundler}`)
      }
    }
    const between = (id: string, says: string, a: string, b: string) => {
      const [left, right] = [sizes.get(a), sizes.get(b)]
      if (left === undefined || right === undefined) throw new Error(`${a} and ${b} are not measured`)
      differences.push({ id: `${id}/${bundler}`, says, bundler, size: minus(left, right) })
    }
    for (const [program, { says, target }] of Object.entries(programs) as Array<
      [Program, (typeof programs)[Program]]
    >) {
      await add(program, says, fileOf(program), target)
    }
    for (const program of through) {
      const { says, target } = programs[program]
      await add(`${program}-deep`, `${says}, past the indexes`, deepVariant(program), target)
      between(`${program}-index`, `what the index costs: ${says}`, program, `${program}-deep`)
    }
    between(
      "added",
      "what ours adds to an Effect program with HttpClient and Schema",
      "applicationAndOurs",
      "application"
    )
    between("login", "what loginUser adds to a Worker that registers", "edgeLogin", "edge")
  }
  const named = await esbuild(fileOf("edge"), "worker", true)
  bundles.push({
    id: "edge-keepNames/esbuild",
    says: "Worker that registers one user, with the names that wrangler keeps unless told",
    bundler: "esbuild",
    size: sizeOf(named.code)
  })
  return { bundles, differences, strangers: [...strangers] }
}

/**
 * What a description of an API says, as plain words that can be compared.
 */
import * as Schema from "effect/Schema"
import type { OpenApiDocument } from "./OpenApiDocument.ts"

/**
 * By operation (`POST /path`), place (`query`, `header`, `request` or a status) and field: what is said of it. The field
 * without a name is the body as a whole.
 */
export interface Said {
  readonly [operation: string]: { readonly [place: string]: { readonly [field: string]: ReadonlyArray<string> } }
}

const JsonSchema = Schema.Struct({
  $ref: Schema.optionalKey(Schema.String),
  anyOf: Schema.optionalKey(Schema.Array(Schema.Struct({ type: Schema.String }))),
  properties: Schema.optionalKey(Schema.Record(Schema.String, Schema.JsonObject)),
  required: Schema.optionalKey(Schema.Array(Schema.String))
})
const readJsonSchema = Schema.decodeUnknownSync(JsonSchema)

const notSaid = new Set(["title", "description", "examples", "properties", "required"])

const wordsOf = (schema: Schema.JsonObject): ReadonlyArray<string> =>
  Object.entries(schema).flatMap(([keyword, value]) => {
    if (notSaid.has(keyword)) return []
    if (keyword === "type" && typeof value === "string") return [value]
    const { anyOf } = readJsonSchema(schema)
    if (keyword === "anyOf" && anyOf !== undefined) return [anyOf.map(({ type }) => type).join(" or ")]
    return [`${keyword} ${JSON.stringify(value)}`]
  })

type Content = { readonly [type: string]: { readonly schema: Schema.JsonObject } }
type Fields = { [field: string]: ReadonlyArray<string> }

/**
 * What an OpenAPI document says.
 */
export const saidBy = ({ components, paths }: OpenApiDocument): Said => {
  const resolved = (schema: Schema.JsonObject): Schema.JsonObject => {
    const { $ref } = readJsonSchema(schema)
    return $ref === undefined ? schema : resolved(components.schemas[$ref.replace("#/components/schemas/", "")] ?? {})
  }

  const body = (content: Content = {}, first: ReadonlyArray<string> = []): Fields => {
    const fields: Fields = {}
    for (const [type, media] of Object.entries(content)) {
      const schema = resolved(media.schema)
      const { properties = {}, required = [] } = readJsonSchema(schema)
      fields[""] = [...(fields[""] ?? first), type, ...wordsOf(schema)]
      for (const [field, property] of Object.entries(properties)) {
        fields[field] = [...(required.includes(field) ? ["required"] : []), ...wordsOf(resolved(property))]
      }
    }
    return fields
  }

  const said: { [operation: string]: { [place: string]: Fields } } = {}
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const places: { [place: string]: Fields } = {}
      const add = (place: string, fields: Fields) => {
        places[place] = { ...places[place], ...fields }
      }
      for (const { in: place, name, required, schema } of operation.parameters) {
        add(place, { [name]: [...(required ? ["required"] : []), ...wordsOf(resolved(schema))] })
      }
      // Alternatives, each of schemes that are demanded together.
      for (const requirement of operation.security) {
        for (const scheme of Object.keys(requirement)) {
          const { in: place = "nowhere", name = scheme } = components.securitySchemes[scheme] ?? {}
          const always = operation.security.every((alternative) => Object.hasOwn(alternative, scheme))
          add(place, { [name]: always ? ["required"] : [] })
        }
      }
      if (operation.requestBody !== undefined) {
        const { content, required } = operation.requestBody
        add("request", body(content, required ? ["required"] : []))
      }
      for (const [status, { content }] of Object.entries(operation.responses)) add(status, body(content))
      said[`${method.toUpperCase()} ${path}`] = places
    }
  }
  return said
}

// One line for each operation, place, field, and thing said of it.
const linesOf = (said: Said): ReadonlyArray<string> => {
  const lines = new Set<string>()
  for (const [operation, places] of Object.entries(said)) {
    lines.add(operation)
    for (const [place, fields] of Object.entries(places)) {
      lines.add(`${operation}, ${place}`)
      for (const [field, words] of Object.entries(fields)) {
        const name = `${operation}, ${place}, ${field === "" ? "the body" : field}`
        lines.add(name)
        for (const word of words) lines.add(`${name}: ${word}`)
      }
    }
  }
  return Array.from(lines)
}

// Those that no other line contains: what a list says itself, without the headings that it says it under.
const leavesOf = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.filter((line) => lines.every((other) => !other.startsWith(`${line}, `) && !other.startsWith(`${line}: `)))

const without = (lines: ReadonlyArray<string>, ...others: ReadonlyArray<ReadonlyArray<string>>) =>
  lines.filter((line) => !others.some((other) => other.includes(line)))

/**
 * Compares what we say with what is expected of us.
 */
export const compare = (ours: Said, expected: { readonly reference: Said; readonly allowed: ReadonlyArray<Said> }) => {
  const lines = linesOf(ours)
  const reference = linesOf(expected.reference)
  const allowed = expected.allowed.map(linesOf)
  const beyond = without(lines, reference)
  return {
    /** The reference says it, we do not. */
    missing: without(reference, lines),
    /** We say it; neither the reference nor a list does. */
    unlisted: without(beyond, ...allowed),
    /** A list says it, but we do not, or the reference does too. */
    unused: allowed.flatMap((list) => without(leavesOf(list), beyond))
  }
}

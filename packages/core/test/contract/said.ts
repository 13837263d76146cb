/**
 * What a description of an API says, as plain words that can be compared.
 */
import * as Schema from "effect/Schema"
import type { OpenApiDocument } from "./OpenApiDocument.ts"

/**
 * By operation (`POST /path`), place (`query`, `header`, `request` or a status) and field: what is said of it. The field
 * without a name is the body as a whole; `a.b` is a field of the field `a`, `a[]` its items, `a(1)` and `a(2)` are its
 * alternatives.
 */
export interface Said {
  readonly [operation: string]: { readonly [place: string]: { readonly [field: string]: ReadonlyArray<string> } }
}

const JsonSchema = Schema.Struct({
  $ref: Schema.optionalKey(Schema.String),
  type: Schema.optionalKey(Schema.String),
  anyOf: Schema.optionalKey(Schema.Array(Schema.JsonObject)),
  items: Schema.optionalKey(Schema.JsonObject),
  properties: Schema.optionalKey(Schema.Record(Schema.String, Schema.JsonObject)),
  required: Schema.optionalKey(Schema.Array(Schema.String))
})
const readJsonSchema = Schema.decodeUnknownSync(JsonSchema)

const notSaid = new Set(["title", "description", "examples", "type", "anyOf", "items", "properties", "required"])

type Content = { readonly [type: string]: { readonly schema: Schema.JsonObject } }
type Fields = { [field: string]: ReadonlyArray<string> }

const required = (is: boolean | undefined): ReadonlyArray<string> => (is ? ["required"] : [])

/**
 * What an OpenAPI document says.
 */
export const saidBy = ({ components, paths }: OpenApiDocument): Said => {
  const resolved = (schema: Schema.JsonObject): Schema.JsonObject => {
    const { $ref } = readJsonSchema(schema)
    return $ref === undefined ? schema : resolved(components.schemas[$ref.replace("#/components/schemas/", "")] ?? {})
  }

  const typeOf = (schema: Schema.JsonObject): ReadonlyArray<string> => {
    const { anyOf, type } = readJsonSchema(resolved(schema))
    if (anyOf !== undefined) return [anyOf.flatMap(typeOf).join(" or ")]
    return type === undefined ? [] : [type]
  }

  // A value by this name, and the values in it.
  const value = (name: string, unresolved: Schema.JsonObject, first: ReadonlyArray<string>): Fields => {
    const schema = resolved(unresolved)
    const { anyOf = [], items, properties = {}, required: always = [] } = readJsonSchema(schema)
    const words = Object.entries(schema).filter(([keyword]) => !notSaid.has(keyword))
    const fields = {
      [name]: [...first, ...typeOf(schema), ...words.map(([keyword, word]) => `${keyword} ${JSON.stringify(word)}`)]
    }
    for (const [field, property] of Object.entries(properties)) {
      Object.assign(fields, value(name === "" ? field : `${name}.${field}`, property, required(always.includes(field))))
    }
    if (items !== undefined) Object.assign(fields, value(`${name}[]`, items, []))
    for (const [index, alternative] of anyOf.entries()) {
      // Of those that are no more than a type it is said above.
      if (Object.keys(resolved(alternative)).length > 1) {
        Object.assign(fields, value(`${name}(${index + 1})`, alternative, []))
      }
    }
    return fields
  }

  const body = (content: Content = {}, first: ReadonlyArray<string> = []): Fields => {
    const fields: Fields = {}
    for (const [type, { schema }] of Object.entries(content)) {
      Object.assign(fields, value("", schema, [...(fields[""] ?? first), type]))
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
      for (const { in: place, name, required: always, schema } of operation.parameters) {
        add(place, value(name, schema, required(always)))
      }
      // Alternatives, each of schemes that are demanded together.
      for (const requirement of operation.security) {
        for (const scheme of Object.keys(requirement)) {
          const { in: place = "nowhere", name = scheme } = components.securitySchemes[scheme] ?? {}
          const always = operation.security.every((alternative) => Object.hasOwn(alternative, scheme))
          add(place, { [name]: required(always) })
        }
      }
      if (operation.requestBody !== undefined) {
        const { content, required: always } = operation.requestBody
        add("request", body(content, required(always)))
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
export const compare = (
  ours: Said,
  expected: {
    readonly reference: Said
    /** What the reference may say and we not. */
    readonly less?: Said
    /** What we may say and the reference not. */
    readonly more: ReadonlyArray<Said>
  }
) => {
  const lines = linesOf(ours)
  const reference = linesOf(expected.reference)
  const less = linesOf(expected.less ?? {})
  const more = expected.more.map(linesOf)
  const missing = without(reference, lines)
  const beyond = without(lines, reference)
  return {
    /** The reference says it; neither we nor the list do. */
    missing: without(missing, less),
    /** We say it; neither the reference nor a list does. */
    unlisted: without(beyond, ...more),
    /** A list says it, but it is no difference. */
    unused: [...without(leavesOf(less), missing), ...more.flatMap((list) => without(leavesOf(list), beyond))]
  }
}

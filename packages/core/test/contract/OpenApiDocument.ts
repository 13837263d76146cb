/**
 * What OpenAPI 3 demands of a document, as far as ours goes. Decoded without excess properties: a member that is missing
 * or unknown is refused.
 */
import * as Schema from "effect/Schema"

const optional = Schema.optionalKey
const named = <S extends Schema.Constraint>(pattern: RegExp, value: S) =>
  Schema.Record(Schema.String.check(Schema.isPattern(pattern)), value)

const Content = named(/^[a-z]+\/[a-z.+-]+$/, Schema.Struct({ schema: Schema.JsonObject }))

const Operation = Schema.Struct({
  tags: Schema.NonEmptyArray(Schema.NonEmptyString),
  operationId: Schema.NonEmptyString,
  summary: optional(Schema.NonEmptyString),
  description: optional(Schema.NonEmptyString),
  parameters: Schema.Array(
    Schema.Struct({
      name: Schema.NonEmptyString,
      in: Schema.Literals(["query", "header", "path", "cookie"]),
      required: optional(Schema.Boolean),
      schema: Schema.JsonObject
    })
  ),
  requestBody: optional(Schema.Struct({ required: optional(Schema.Boolean), content: Content })),
  responses: named(/^[1-5]\d\d$/, Schema.Struct({ description: Schema.NonEmptyString, content: optional(Content) })),
  security: Schema.Array(named(/^/, Schema.Array(Schema.String)))
})

/**
 * The document. JSON Schemas in it are any object: tests look into those that they ask for.
 */
export const OpenApiDocument = Schema.Struct({
  openapi: Schema.String.check(Schema.isPattern(/^3\.[01]\.\d+$/)),
  info: Schema.Struct({
    title: Schema.NonEmptyString,
    version: Schema.NonEmptyString,
    description: optional(Schema.NonEmptyString)
  }),
  servers: Schema.Array(Schema.Struct({ url: Schema.NonEmptyString })),
  paths: named(
    /^\//,
    Schema.Struct({
      get: optional(Operation),
      put: optional(Operation),
      post: optional(Operation),
      delete: optional(Operation),
      patch: optional(Operation)
    })
  ),
  components: Schema.Struct({
    schemas: named(/^[\w.-]+$/, Schema.JsonObject),
    securitySchemes: named(
      /^[\w.-]+$/,
      Schema.Struct({
        type: Schema.Literal("apiKey"),
        in: Schema.Literals(["query", "header", "cookie"]),
        name: Schema.NonEmptyString,
        description: optional(Schema.NonEmptyString)
      })
    )
  }),
  security: Schema.Array(named(/^/, Schema.Array(Schema.String))),
  tags: Schema.Array(Schema.Struct({ name: Schema.NonEmptyString, description: optional(Schema.NonEmptyString) }))
})
export type OpenApiDocument = typeof OpenApiDocument.Type

/**
 * A reply that is a JSON array, element by element as it arrives.
 */
import * as Effect from "effect/Effect"
import * as JsonArray from "effect/encoding/JsonArray"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { CommonError } from "../SnapTradeError.ts"
import { explain } from "./explain.ts"
import type { Reply } from "./reply.ts"

const defaultElementLimit = 64 * 1024

/**
 * Reads the elements of a 2xx reply.
 */
export const elementsOf =
  <Element>(description: {
    readonly name: string
    readonly element: Schema.Decoder<Element>
    readonly elementLimit?: number
  }) =>
  (reply: Reply): Stream.Stream<Element, CommonError> =>
    Stream.suspend(() => {
      // A byte that is not UTF-8 must not become a replacement character in an id.
      const utf8 = new TextDecoder("utf-8", { fatal: true })
      const notOfThisOperation = (where?: string) =>
        reply.unusable(`the body is not what ${description.name} answers`, where)
      return reply.response.stream.pipe(
        Stream.mapError((error) => reply.cut(error)),
        Stream.mapEffect((chunk) =>
          Effect.try({ try: () => utf8.decode(chunk, { stream: true }), catch: () => notOfThisOperation() })
        ),
        Stream.pipeThroughChannel(
          JsonArray.decodeSchemaString(description.element)({
            maxElementSize: description.elementLimit ?? defaultElementLimit
          })
        ),
        Stream.mapError((error) =>
          error._tag === "SchemaError"
            ? notOfThisOperation(explain(error))
            : error._tag === "JsonArrayError"
              ? notOfThisOperation()
              : error
        )
      )
    })

/**
 * From an operation's description to the function that is called.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Arguments, Definition, Description, ListDescription, ListOperation, Operation } from "../Operation.ts"
import { SnapTrade } from "../SnapTrade.ts"
import type { CommonError, SpecificTag } from "../SnapTradeError.ts"
import { elementsOf } from "./elements.ts"
import { valueOf } from "./reply.ts"

const call = <Input extends object, A, Tag extends SpecificTag>(definition: Definition<Input, A, Tag>) => {
  const withResponse = (...[input]: Arguments<Input>) =>
    // Where the input may be left out, nothing in it is required, so {} is one: TypeScript does not see that.
    SnapTrade.use((snapTrade) => snapTrade.execute(definition, input ?? ({} as Input)))
  return Object.assign(
    (...input: Arguments<Input>) => Effect.map(withResponse(...input), (response) => response.value),
    { withResponse, definition }
  )
}

/** An operation that answers one value. */
export const define = <Input extends object, A, Tag extends SpecificTag = never>(
  description: Description<Input, A, Tag>
): Operation<Input, A, Tag> => call({ ...description, read: valueOf(description) })

/** An operation that answers a list. */
export const defineList = <Input extends object, Element, Tag extends SpecificTag = never>(
  description: ListDescription<Input, Element, Tag>
): ListOperation<Input, Element, Tag> => {
  const elements = elementsOf(description)
  const streamed = call<Input, Stream.Stream<Element, CommonError>, Tag>({
    ...description,
    // The array below is read within the time budget; a stream is read by somebody who may take his time.
    read: (reply) =>
      Effect.succeed(
        Stream.timeoutOrElse(elements(reply), {
          duration: reply.timeout,
          orElse: () => Stream.fail(reply.late())
        })
      )
  })
  return Object.assign(
    call<Input, ReadonlyArray<Element>, Tag>({ ...description, read: (reply) => Stream.runCollect(elements(reply)) }),
    {
      stream: (...input: Arguments<Input>) => Stream.unwrap(streamed(...input)),
      streamDefinition: streamed.definition
    }
  )
}

/**
 * Failures that tell what to do wherever they are printed.
 */

function toJSON(this: Error): object {
  return { ...this, message: this.message }
}

/**
 * Effect's loggers, `console.error` and `JSON.stringify` show a failure's fields: from here on its message too, which is made of them.
 */
export const told = <Failure extends abstract new (...args: never) => Error>(failure: Failure): Failure => {
  Object.defineProperty(failure.prototype, "toJSON", { value: toJSON })
  return failure
}

/**
 * Work that waits until this turn of the event loop has read all that it reads.
 *
 * Fifty replies that are read one after the other, and then carried on one after the other, cost a quarter less than fifty
 * that are each carried on as soon as they are read: a processor is slow at code that it has not run for a while
 * (docs/decisions/0008-replies-of-one-turn-together.md).
 */

// The real one: with a test's fake timers no reply would ever be carried on.
const endOfTurn = globalThis.setImmediate

/**
 * Answers a function that runs its argument at the end of this turn, after all that it was given before.
 */
export const makeTurn = (atEnd: (run: () => void) => unknown = endOfTurn): ((work: () => void) => void) => {
  let waiting: Array<() => void> = []
  const run = (): void => {
    const due = waiting
    waiting = []
    let done = 0
    try {
      while (done < due.length) due[done++]?.()
    } finally {
      // What an application does with a result may throw: nobody else is to wait for ever.
      if (done < due.length) {
        if (waiting.length === 0) atEnd(run)
        waiting = [...due.slice(done), ...waiting]
      }
    }
  }
  return (work) => {
    if (waiting.push(work) === 1) atEnd(run)
  }
}

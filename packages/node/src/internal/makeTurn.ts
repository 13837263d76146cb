/**
 * Work that waits until this turn of the event loop has read all that it reads.
 *
 * Fifty replies that are read one after the other, and then carried on one after the other, cost a quarter less than fifty
 * that are each carried on as soon as they are read: a processor is slow at code that it has not run for a while
 * (docs/decisions/0008-replies-of-one-turn-together.md).
 */

/**
 * Answers a function that runs its argument at the end of this turn, after all that it was given before.
 */
export const makeTurn = (atEnd: (run: () => void) => unknown = setImmediate): ((work: () => void) => void) => {
  let waiting: Array<() => void> = []
  const add = (work: () => void): void => {
    if (waiting.push(work) === 1) atEnd(run)
  }
  const run = (): void => {
    const due = waiting
    waiting = []
    let done = 0
    try {
      while (done < due.length) due[done++]?.()
    } finally {
      // What an application does with a result may throw: nobody else is to wait for ever.
      due.slice(done).forEach(add)
    }
  }
  return add
}

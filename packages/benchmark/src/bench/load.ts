/**
 * Calls of one contender, one after another or many at once. Runs on every runtime, workerd included.
 */
import { checked, type Client } from "../../contenders/contender.ts"

let next = 0
const call = (client: Client): Promise<void> => checked(client, `user-${next++}`)

/** So many calls in all, so many at once. */
export const calls = async (client: Client, count: number, concurrency: number): Promise<void> => {
  let left = count
  const one = async () => {
    while (left-- > 0) await call(client)
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, one))
}

/** So many at once, and again and again for that time; answers how many there were. */
export const callsFor = async (client: Client, milliseconds: number, concurrency: number): Promise<number> => {
  const end = performance.now() + milliseconds
  let done = 0
  const one = async () => {
    do {
      await call(client)
      done++
    } while (performance.now() < end)
  }
  await Promise.all(Array.from({ length: concurrency }, one))
  return done
}

/** One after another for that time: how long each took, in microseconds. */
export const latencies = async (client: Client, milliseconds: number): Promise<Array<number>> => {
  const end = performance.now() + milliseconds
  const all: Array<number> = []
  for (let before = performance.now(); before < end;) {
    await call(client)
    const after = performance.now()
    all.push(Math.round((after - before) * 10_000) / 10)
    before = after
  }
  return all
}

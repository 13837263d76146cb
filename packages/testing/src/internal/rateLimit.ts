/**
 * SnapTrade's rate limit: so many requests in a rolling 60 seconds.
 */
const window = 60_000

export const makeRateLimit = (limit: number) => {
  const taken: Array<number> = []

  const forget = (now: number) => {
    while (taken[0] !== undefined && taken[0] <= now - window) taken.shift()
  }
  const secondsToReset = (now: number) => (taken[0] === undefined ? 0 : Math.ceil((taken[0] + window - now) / 1000))

  return {
    reset: () => {
      taken.length = 0
    },
    /** When each request in the window was counted. */
    counted: (now: number) => {
      forget(now)
      return { limit, taken: Array.from(taken) }
    },
    /** Moves what was counted along with a clock that is moved backwards. */
    move: (millis: number) => {
      for (const [i, at] of taken.entries()) taken[i] = at + millis
    },
    /** Counts a request; answers how many seconds to wait when there is no room. */
    take: (now: number): number | undefined => {
      forget(now)
      if (taken.length >= limit) return secondsToReset(now)
      taken.push(now)
      return undefined
    },
    headers: (now: number): Record<string, string> => {
      forget(now)
      return {
        "x-ratelimit-limit": String(limit),
        "x-ratelimit-remaining": String(Math.max(0, limit - taken.length)),
        "x-ratelimit-reset": String(secondsToReset(now))
      }
    }
  }
}

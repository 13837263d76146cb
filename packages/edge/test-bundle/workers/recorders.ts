/**
 * Stands before whatever tells the time, makes randomness, waits or sends, and remembers what was used. What is imported
 * after this module meets the recorders.
 */
export const touched: Array<string> = []

const record = (name: string, owner: object, property: string, touches: (args: ReadonlyArray<unknown>) => boolean) => {
  const original: unknown = Reflect.get(owner, property)
  if (typeof original !== "function") return
  const note = (args: ReadonlyArray<unknown>) => {
    if (touches(args)) touched.push(name)
  }
  const value = new Proxy(original, {
    apply: (target, self, args) => {
      note(args)
      return Reflect.apply(target, self, args)
    },
    construct: (target, args, newTarget) => {
      note(args)
      return Reflect.construct(target, args, newTarget)
    }
  })
  Object.defineProperty(owner, property, { value, configurable: true, writable: true })
}

const always = () => true

for (const name of ["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "fetch", "WebSocket"]) {
  record(name, globalThis, name, always)
}
record("Math.random", Math, "random", always)
record("performance.now", performance, "now", always)
record("Date.now", Date, "now", always)
// A date of given numbers tells no time.
record("Date", globalThis, "Date", (args) => args.length === 0)
for (const name of ["getRandomValues", "randomUUID"]) record(`crypto.${name}`, crypto, name, always)
for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(crypto.subtle))) {
  if (name !== "constructor") record(`crypto.subtle.${name}`, crypto.subtle, name, always)
}

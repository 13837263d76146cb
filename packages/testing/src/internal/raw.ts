/**
 * A reply as bytes, written on the socket beside Node's own response.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Socket } from "node:net"
import type { BytesReplied } from "../Handler.ts"
import type { Closing } from "../Instruction.ts"

// A timer waits for at least a millisecond: what is shorter is spent in turns of the event loop.
const wait = (duration: Duration.Duration): Effect.Effect<void> =>
  Duration.toMillis(duration) >= 1
    ? Effect.sleep(duration)
    : Effect.callback((resume) => {
        const until = performance.now() + Duration.toMillis(duration)
        const look = () => (performance.now() >= until ? resume(Effect.void) : setImmediate(look))
        look()
      })

// A socket that is gone takes no bytes, and is no failure here: whoever left misses the rest.
const write = (socket: Socket, piece: Uint8Array): Effect.Effect<void> =>
  Effect.callback((resume) => {
    socket.write(piece, () => resume(Effect.void))
  })

/** Closes a connection by FIN or RST. Then nothing can be answered on it: the request's fiber ends when it is closed. */
export const close = (socket: Socket, by: Closing): Effect.Effect<never> =>
  Effect.suspend(() => {
    if (by === "reset") socket.resetAndDestroy()
    else socket.end()
    return Effect.never
  })

/** Writes a reply, and does with the connection what it says. */
export const replyBytes = Effect.fnUntraced(function* (
  socket: Socket,
  { pieces, wire }: BytesReplied
): Effect.fn.Return<never> {
  for (const [index, piece] of pieces.entries()) {
    if (index > 0 && wire.pace !== undefined) yield* wait(wire.pace)
    yield* write(socket, piece)
  }
  if (wire.after !== undefined) yield* wait(wire.after)
  return yield* wire.closing === "never" ? Effect.never : close(socket, wire.closing)
})

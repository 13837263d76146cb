/**
 * The bytes of a `Wire` reply: its parts with the reply filled in, and cut.
 */
import type { Wire } from "../Instruction.ts"

/** A reply as it would be sent. */
export interface Sent {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

const framing = new Set(["content-length", "transfer-encoding", "connection", "date"])
const placeholder = /\{(head|body|length|size|pad:\d+)\}/

const latin1 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (character) => character.charCodeAt(0))

const headOf = ({ headers, status }: Sent): string =>
  [
    `HTTP/1.1 ${status} ${status < 400 ? "OK" : "Error"}`,
    ...Object.entries(headers).flatMap(([name, value]) => (framing.has(name) ? [] : [`${name}: ${value}`]))
  ]
    .map((line) => `${line}\r\n`)
    .join("")

const fill = (name: string, reply: Sent): Uint8Array => {
  switch (name) {
    case "head":
      return latin1(headOf(reply))
    case "body":
      return reply.body
    case "length":
      return latin1(String(reply.body.length))
    case "size":
      return latin1(reply.body.length.toString(16))
    default:
      return new Uint8Array(Number(name.slice("pad:".length))).fill(120)
  }
}

const joined = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

const render = (part: string, reply: Sent): Uint8Array =>
  // Every second piece is a placeholder's name.
  joined(part.split(placeholder).map((piece, index) => (index % 2 === 0 ? latin1(piece) : fill(piece, reply))))

/** What is written, one piece after another. */
export const bytesOf = ({ cutAt, drip, parts }: Wire, reply: Sent): ReadonlyArray<Uint8Array> => {
  const rendered = parts.map((part) => render(part, reply))
  const length = rendered.reduce((sum, part) => sum + part.length, 0)
  let left = cutAt === undefined ? length : cutAt < 0 ? length + cutAt : cutAt
  const pieces: Array<Uint8Array> = []
  for (const part of rendered) {
    const piece = part.subarray(0, Math.max(0, left))
    left -= piece.length
    if (drip === true) for (let at = 0; at < piece.length; at++) pieces.push(piece.subarray(at, at + 1))
    else if (piece.length > 0) pieces.push(piece)
  }
  return pieces
}

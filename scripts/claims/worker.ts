/**
 * A Worker that sends what it is asked to.
 */
import { type Ask, send } from "./send.ts"

export default {
  fetch: async (request: Request): Promise<Response> => {
    const ask: Ask = JSON.parse(await request.text())
    return Response.json(await send(ask))
  }
}

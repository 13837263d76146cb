/**
 * The same without spans.
 */
import { connectTo } from "./leastOnNode.ts"

export const connect = connectTo(false)

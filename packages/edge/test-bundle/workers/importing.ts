/**
 * A Worker that imports everything at global scope.
 */
import { exported } from "./everything.ts"

const worker = { fetch: () => Response.json({ exported, touched: [] }) }

export default worker

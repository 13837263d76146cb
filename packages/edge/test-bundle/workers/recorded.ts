/**
 * A Worker that imports everything at global scope, and answers what that touched.
 */
import { touched } from "./recorders.ts"
import { exported } from "./everything.ts"

const worker = { fetch: () => Response.json({ exported, touched }) }

export default worker

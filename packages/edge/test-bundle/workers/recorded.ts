/**
 * A Worker that imports everything at global scope, and answers what that touched.
 */
import { touched } from "./recorders.ts"
import { exported } from "./everything.ts"

const worker = { fetch: () => Response.json({ exported, touched }) }

// oxlint-disable-next-line import/no-default-export -- workerd asks for it
export default worker

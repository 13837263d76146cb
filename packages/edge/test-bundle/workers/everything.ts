/**
 * Everything that core and edge export, so that no bundler leaves any of it out.
 */
import * as core from "@effect-snaptrade/core"
import * as edge from "@effect-snaptrade/edge"

export const exported = Object.keys({ ...core, ...edge, ...edge.EdgeSnapTrade })

/**
 * A local SnapTrade in another process: for tests that run where no server can, such as inside workerd.
 */
export { AdminApi, layerRemote } from "./Admin.ts"
export { Feed, OfferedFault, RequestDetail } from "./Inspector.ts"

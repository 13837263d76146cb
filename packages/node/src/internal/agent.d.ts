// The agent without the rest of undici (fetch, WebSocket, mocks), which takes as long to load as everything else together.
declare module "undici/lib/dispatcher/agent.js" {
  export { Agent as default } from "undici"
}

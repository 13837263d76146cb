/**
 * `GET /snapTrade/listUsers`: the ids of all users that are registered under the app's clientId.
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineList } from "./internal/define.ts"

/**
 * Lists the userIds of everyone who is registered, unpaginated and without secrets. It is the only read that can answer
 * whether a lost registration happened, and only with yes: an id that is absent may still appear, when a slow request
 * commits later.
 *
 * `listUsers()` answers an array. `listUsers.stream()` answers the ids as they arrive, a million of them in flat memory.
 *
 * @example
 * ```ts
 * import { listUsers } from "@effect-snaptrade/core"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const isRegistered = (userId: string) =>
 *   listUsers.stream().pipe(
 *     Stream.filter((id) => id === userId),
 *     Stream.runHead,
 *     Effect.map((found) => found._tag === "Some")
 *   )
 * ```
 */
export const listUsers = defineList({
  name: "listUsers",
  method: "GET",
  path: "/snapTrade/listUsers",
  input: Schema.Struct({}),
  element: Schema.String,
  errors: ["ClientIdRejected"],
  lostReply: { repeatable: true, advice: "Nothing changed at SnapTrade: call again." }
})

/**
 * Everything that {@link listUsers} can fail with.
 */
export type ListUsersError = Effect.Error<ReturnType<typeof listUsers>>

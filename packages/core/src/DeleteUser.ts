/**
 * `DELETE /snapTrade/deleteUser`: queues a user, and all its connections, for deletion.
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { define } from "./internal/define.ts"
import { UserId } from "./User.ts"

/**
 * That a user is queued for deletion.
 */
export class QueuedDeletion extends Schema.Class<QueuedDeletion>("@effect-snaptrade/core/QueuedDeletion")({
  userId: UserId,
  /** SnapTrade's word for it, `deleted`: it means queued. */
  status: Schema.String,
  detail: Schema.optionalKey(Schema.String)
}) {}

/**
 * Queues a user for deletion. It is irreversible, takes the user's connections with it, and needs no secret. The answer
 * means queued; the `USER_DELETED` webhook means done, and `awaitDeleted` waits until the id is no longer listed.
 *
 * **Do not register the same userId again afterwards.** Deletion goes by id: one that is still queued, or one that was
 * asked for twice, can destroy the user that was registered after it. Register another id.
 *
 * @example
 * ```ts
 * import { awaitDeleted, deleteUser } from "@effect-snaptrade/core"
 * import * as Effect from "effect/Effect"
 *
 * const remove = (userId: string) => Effect.andThen(deleteUser({ userId }), awaitDeleted(userId))
 * ```
 */
export const deleteUser = define({
  name: "deleteUser",
  method: "DELETE",
  path: "/snapTrade/deleteUser",
  query: ["userId"],
  input: Schema.Struct({ userId: UserId }),
  reply: QueuedDeletion,
  answers: (input, deletion) => deletion.userId === input.userId,
  errors: ["ClientIdRejected"],
  lostReply: {
    repeatable: false,
    advice:
      "The user may be queued for deletion; calling again does no harm, as long as the id is not registered again."
  }
})

/**
 * Everything that {@link deleteUser} can fail with.
 */
export type DeleteUserError = Effect.Error<ReturnType<typeof deleteUser>>

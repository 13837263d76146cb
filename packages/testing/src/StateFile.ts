/**
 * Keeps the users of a local SnapTrade in a file, which is at every moment as it was before or after a change.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import { LocalState, type StateStore } from "./LocalState.ts"

/** The state file cannot be used. It is as it was. */
export class StateFileError extends Schema.TaggedError<StateFileError>()("StateFileError", {
  path: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `The state file ${this.path} ${this.detail}`
  }
}

const FileText = Schema.fromJsonString(LocalState)

const nobody: LocalState = { version: 1, users: [], deletions: [] }

const why = ({ reason }: PlatformError): string => {
  switch (reason._tag) {
    case "NotFound":
      return "its directory does not exist"
    case "PermissionDenied":
      return "permission is denied"
    case "BadResource":
      return "it is no file"
    default:
      return reason.message
  }
}

/** A file that somebody else has changed since is another one. */
const identity = ({ ino, mtime, size }: FileSystem.File.Info): string =>
  [Option.getOrUndefined(ino), Option.getOrUndefined(mtime)?.getTime(), size].join()

/**
 * Reads a state file, or begins one where there is none.
 *
 * It fails where the file cannot be read or written, and where it holds something else: then it is left as it is. Once it
 * is running, a failure to write is logged.
 */
export const make = Effect.fnUntraced(function* (
  given: string
): Effect.fn.Return<StateStore, StateFileError, FileSystem.FileSystem> {
  const files = yield* FileSystem.FileSystem
  const unusable = (detail: string) => new StateFileError({ path: given, detail })

  // A link stays one.
  const path = yield* Effect.orElseSucceed(files.realPath(given), () => given)
  const temporary = `${path}.${crypto.randomUUID()}.tmp`
  const text = yield* files.readFileString(path).pipe(
    Effect.map(Option.some),
    Effect.catch((error) =>
      error.reason._tag === "NotFound"
        ? Effect.succeed(Option.none<string>())
        : Effect.fail(unusable(`cannot be read: ${why(error)}. Choose another with --state-file.`))
    )
  )
  // The error would repeat what is in the file.
  const initial = yield* Option.match(text, {
    onNone: () => Effect.succeed(nobody),
    onSome: (json) =>
      Effect.mapError(Schema.decodeUnknownEffect(FileText)(json), () =>
        unusable(
          "does not hold what a local SnapTrade keeps there, so it was left as it is. Move it away, or choose another with --state-file."
        )
      )
  })

  const write = Effect.fnUntraced(
    function* (state: LocalState) {
      const json = yield* Effect.orDie(Schema.encodeEffect(FileText)(state))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const file = yield* files.open(temporary, { flag: "w", mode: 0o600 })
          yield* file.writeAll(new TextEncoder().encode(`${json}\n`))
          yield* file.sync
        })
      )
      yield* files.rename(temporary, path)
      return identity(yield* files.stat(path))
    },
    Effect.onError(() => Effect.ignore(files.remove(temporary)))
  )

  let last = yield* Effect.mapError(write(initial), (error) =>
    unusable(`cannot be written: ${why(error)}. Choose another with --state-file.`)
  )

  const save = Effect.fnUntraced(
    function* (state: LocalState) {
      const there = yield* Effect.option(files.stat(path))
      if (Option.isSome(there) && identity(there.value) !== last) {
        return yield* unusable(
          "was changed by somebody else, so it is left as it is: what happens here from now on is not kept. Give each local SnapTrade a file of its own."
        )
      }
      last = yield* write(state)
    },
    Effect.catch((error) =>
      Effect.logError(
        error._tag === "StateFileError"
          ? error.message
          : unusable(`cannot be written: ${why(error)}. What has happened since is not kept.`).message
      )
    )
  )

  return { initial, save }
})

/**
 * A file for one secret, made before there is a secret: SnapTrade shows it once, so it must have a place to go.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"

/** The file cannot be made. Nothing was registered. */
export class SecretFileRefused extends Schema.TaggedError<SecretFileRefused>()("SecretFileRefused", {
  path: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.path} ${this.detail}. Nothing was registered.`
  }
}

const refused = (path: string, { reason }: PlatformError) =>
  new SecretFileRefused({
    path,
    detail:
      reason._tag === "AlreadyExists"
        ? "exists already and may hold a secret: it is never overwritten. Choose another --user-id, or move the file away"
        : `cannot be created (${reason.message})`
  })

// A userId may hold anything, a path separator too.
const fileName = (userId: string) => `snaptrade-demo-${userId.replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 100)}.json`

/**
 * Creates the file in the current directory, for its owner only, and keeps it open while the scope lives.
 */
export const createSecretFile = Effect.fnUntraced(function* (userId: string) {
  const files = yield* FileSystem.FileSystem
  const path = (yield* Path.Path).resolve(fileName(userId))
  const file = yield* files
    .open(path, { flag: "wx", mode: 0o600 })
    .pipe(Effect.mapError((error) => refused(path, error)))
  return {
    path,
    /** Writes it as JSON, and returns once it is on the disk. */
    write: (content: Readonly<Record<string, string>>) =>
      Effect.andThen(file.writeAll(new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`)), file.sync),
    remove: files.remove(path)
  }
})

/**
 * How secrets are sealed where they are stored: by AES-256-GCM with keys of the app's, or by a service of its own.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Aead from "effect/crypto/Aead"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Key } from "./Attempt.ts"
import { told } from "./internal/told.ts"
import { SealingFailed, SecretUnreadable } from "./VaultError.ts"

/**
 * What a sealed secret is bound to: in another row it does not open.
 */
export interface Binding extends Key {
  readonly userId: string
}

/**
 * Seals secrets for the store and opens them again. {@link layer} does so with keys that the app holds. For a key service
 * (KMS), provide one of your own: `seal` and `open` must bind what they seal to all three fields of the binding, as
 * additional authenticated data or encryption context, and must end in bounded time.
 *
 * @example
 * ```ts
 * import { SealingFailed, Sealer, SecretUnreadable } from "@effect-snaptrade/vault"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * interface KeyService {
 *   encrypt(plain: string, context: Record<string, string>): Promise<string>
 *   decrypt(sealed: string, context: Record<string, string>): Promise<string>
 * }
 *
 * const layerKeyService = (kms: KeyService) =>
 *   Layer.succeed(Sealer, {
 *     seal: (secret, { appUserId, clientId, userId }) =>
 *       Effect.tryPromise({
 *         try: () => kms.encrypt(Redacted.value(secret), { appUserId, clientId, userId }),
 *         catch: () => new SealingFailed({ detail: "the key service failed" })
 *       }),
 *     open: (sealed, { appUserId, clientId, userId }) =>
 *       Effect.tryPromise({
 *         try: async () => Redacted.make(await kms.decrypt(sealed, { appUserId, clientId, userId })),
 *         catch: () => new SecretUnreadable({ appUserId, userId, detail: "the key service did not open it" })
 *       }),
 *     isCurrent: () => true
 *   })
 * ```
 */
export class Sealer extends Context.Service<
  Sealer,
  {
    readonly seal: (secret: Redacted.Redacted, binding: Binding) => Effect.Effect<string, SealingFailed>
    readonly open: (sealed: string, binding: Binding) => Effect.Effect<Redacted.Redacted, SecretUnreadable>
    /** Whether it was sealed with the key that seals today; `Vault.reseal` seals anew what was not. */
    readonly isCurrent: (sealed: string) => boolean
  }
>()("@effect-snaptrade/vault/Sealer") {}

/**
 * A key of 32 bytes and its name. The name is written beside each secret that the key sealed; never give one name to two keys.
 */
export interface SealingKey {
  /** 1 to 32 letters, digits, `_` and `-`. */
  readonly id: string
  /** 32 random bytes in base64: `openssl rand -base64 32`. */
  readonly key: Redacted.Redacted
}

/**
 * The vault's keys are missing or unusable. Nothing was read or sent.
 */
export class InvalidVaultKeys extends told(
  Schema.TaggedError<InvalidVaultKeys>()("InvalidVaultKeys", {
    detail: Schema.String
  })
) {
  override get message(): string {
    return `The vault's keys (${variable}) ${this.detail}. They are written ID:KEY, several with commas between, the one that seals first; make a key with "openssl rand -base64 32".`
  }
}

const variable = "SNAPTRADE_VAULT_KEYS"

const parsedKey = Effect.fnUntraced(function* ({ id, key }: SealingKey) {
  // An id is shown, and a key written in its place would be.
  if (id === "") return yield* new InvalidVaultKeys({ detail: "hold one without an id" })
  if (!/^[\w-]{1,32}$/.test(id))
    return yield* new InvalidVaultKeys({ detail: "have an id that is not of 1 to 32 letters, digits, _ and -" })
  const bytes = Base64.decode(Redacted.value(key).trim())
  if (Result.isFailure(bytes) || bytes.success.length !== 32)
    return yield* new InvalidVaultKeys({ detail: `hold one, ${id}, that is not 32 bytes in base64` })
  return [id, yield* Effect.orDie(Aead.key(Aead.aes256Gcm, bytes.success))] as const
})

const utf8 = new TextEncoder()

const format = "v1"
const nonceLength = Aead.aes256Gcm.nonceLength

// An array in JSON: no two bindings have one spelling.
const boundTo = (keyId: string, { appUserId, clientId, userId }: Binding) =>
  utf8.encode(JSON.stringify([format, keyId, clientId, appUserId, userId]))

/**
 * Seals with the first of `keys`, opens with any of them. The nonce is random: seal fewer than 2^32 secrets with one key.
 *
 * **Losing the keys is losing every secret.** Keep them where the database's backups are not.
 */
const make = Effect.fnUntraced(function* (keys: ReadonlyArray<SealingKey>) {
  const aead = yield* Aead.Aead
  const { randomBytes } = yield* SecureRandom.SecureRandom
  const parsed = yield* Effect.forEach(keys, parsedKey)
  const byId = new Map(parsed)
  if (byId.size !== parsed.length) return yield* new InvalidVaultKeys({ detail: "have two of one id" })
  const [current] = parsed
  if (current === undefined) return yield* new InvalidVaultKeys({ detail: "are missing" })
  const [currentId, currentKey] = current

  return Sealer.of({
    seal: (secret, binding) =>
      Effect.gen(function* () {
        const nonce = yield* randomBytes(nonceLength)
        const aad = boundTo(currentId, binding)
        const sealed = yield* aead.encrypt(currentKey, utf8.encode(Redacted.value(secret)), { nonce, aad })
        return [format, currentId, Base64Url.encode(nonce), Base64Url.encode(sealed)].join(".")
      }).pipe(Effect.mapError(({ message }) => new SealingFailed({ detail: message }))),
    open: (sealed, binding) => {
      const { appUserId, userId } = binding
      const unreadable = (detail: string) => Effect.fail(new SecretUnreadable({ appUserId, userId, detail }))
      const [version, keyId = "", ...parts] = sealed.split(".")
      const [nonce, ciphertext] = parts.map(Base64Url.decode)
      if (version !== format || parts.length !== 2) return unreadable("it is not what this vault seals")
      const key = byId.get(keyId)
      if (key === undefined) return unreadable(`it was sealed with the key "${keyId}", which the vault was not given`)
      if (nonce === undefined || ciphertext === undefined || Result.isFailure(nonce) || Result.isFailure(ciphertext))
        return unreadable("it is damaged")
      return aead.decrypt(key, ciphertext.success, { nonce: nonce.success, aad: boundTo(keyId, binding) }).pipe(
        Effect.map((bytes) => Redacted.make(new TextDecoder().decode(bytes), { label: "userSecret" })),
        Effect.catch(() =>
          unreadable(`it was changed, belongs to another row, or was sealed with another key named "${keyId}"`)
        )
      )
    },
    isCurrent: (sealed) => sealed.startsWith(`${format}.${currentId}.`)
  })
})

const layerCrypto = Aead.layerWebCrypto.pipe(Layer.provideMerge(SecureRandom.layerWebCrypto))

/**
 * Seals with AES-256-GCM and the first of `keys`; opens what any of them sealed. To change keys, put the new one first, keep the
 * old one, and run `Vault.reseal`. Fails with `InvalidVaultKeys`.
 *
 * **Losing the keys is losing every secret.** Keep them where the database and its backups are not.
 *
 * @example
 * ```ts
 * import { layerSealer } from "@effect-snaptrade/vault"
 * import * as Redacted from "effect/Redacted"
 *
 * const sealer = layerSealer({ keys: [{ id: "2026-11", key: Redacted.make("…") }] })
 * ```
 */
export const layer = (options: { readonly keys: ReadonlyArray<SealingKey> }): Layer.Layer<Sealer, InvalidVaultKeys> =>
  Layer.effect(Sealer, make(options.keys)).pipe(Layer.provide(layerCrypto))

const fromText = (text: string): ReadonlyArray<SealingKey> =>
  text
    .split(",")
    .filter((entry) => entry.trim() !== "")
    .map((entry) => {
      const colon = entry.indexOf(":")
      return { id: entry.slice(0, Math.max(0, colon)).trim(), key: Redacted.make(entry.slice(colon + 1)) }
    })

/**
 * The same, with the keys from `SNAPTRADE_VAULT_KEYS`: `ID:KEY`, several with commas between, the one that seals first.
 *
 * @example
 * ```ts
 * import { layerSealerConfig } from "@effect-snaptrade/vault"
 *
 * // SNAPTRADE_VAULT_KEYS="2026-11:…,2026-02:…"
 * const sealer = layerSealerConfig()
 * ```
 */
export const layerConfig = (): Layer.Layer<Sealer, InvalidVaultKeys | Config.ConfigError> =>
  Layer.unwrap(
    Config.Redacted(variable).pipe(
      Config.withDefault(Redacted.make("")),
      Config.map((keys) => layer({ keys: fromText(Redacted.value(keys)) }))
    )
  )

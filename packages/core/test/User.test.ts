import { User, UserSecret } from "@effect-snaptrade/core"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

describe("User", () => {
  const encoded = { userId: "user-123", userSecret: "a-secret" }

  it("keeps its secret redacted", () => {
    const user = Schema.decodeUnknownSync(User)(encoded)
    assert.strictEqual(Redacted.value(user.userSecret), "a-secret")
    assert.strictEqual(String(user.userSecret), "<redacted:userSecret>")
  })

  it("is not encoded", () => {
    const user = Schema.decodeUnknownSync(User)(encoded)
    assert.throws(() => Schema.encodeSync(User)(user), /a userSecret is not encoded/)
    assert.throws(() => Schema.encodeSync(Schema.toCodecJson(User))(user), /a userSecret is not encoded/)
  })

  it("has a secret that is a string and not empty", () => {
    for (const userSecret of [Redacted.make(""), Redacted.make(1), "a-secret", undefined]) {
      assert.throws(() => Reflect.construct(User, [{ userId: "user-123", userSecret }]), "Schema validation failed")
    }
    for (const userSecret of ["", 1, null]) {
      assert.throws(() => Schema.decodeUnknownSync(User)({ ...encoded, userSecret }), /userSecret/)
    }
  })

  it("says in JSON Schema, too, that its secret is not empty", () => {
    assert.deepInclude(Schema.toJsonSchemaDocument(UserSecret).schema, { type: "string", minLength: 1 })
  })

  it.effect("can be generated, for property tests", () =>
    Effect.gen(function* () {
      for (const user of yield* Arbitrary.sampleEffect(Arbitrary.schema(User), { count: 20, seed: 1 })) {
        assert.isAbove(Redacted.value(user.userSecret).length, 0)
      }
    })
  )
})

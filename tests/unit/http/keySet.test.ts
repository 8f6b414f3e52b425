import assert from "node:assert/strict";
import { type JWTPayload, SignJWT } from "jose";
import { authenticate, type AuthSettings } from "../../../supabase/functions/_shared/http/auth.ts";
import {
  claims,
  encode,
  encodeBase64url,
  es256,
  hs256,
  ISSUER,
  JWT_SECRET,
  publicJwk,
  USER,
} from "./_tokens.ts";

/** A project whose users' tokens are signed by its own keys. */
const SETTINGS: AuthSettings = {
  secretKeys: ["sb_secret_unit_test"],
  legacyServiceKey: null,
  jwtSecret: null,
  jwks: { keys: [publicJwk] },
  issuer: ISSUER,
};

const ask = (token: string, settings: AuthSettings = SETTINGS) =>
  authenticate(new Headers({ authorization: `Bearer ${token}` }), "caller", settings);

const byKeyId = (overrides: JWTPayload, kid = "k1") =>
  new SignJWT(claims(overrides)).setProtectedHeader({ alg: "ES256", kid }).sign(es256.privateKey);

const REFUSED_BY_KEY_SET: readonly (readonly [string, JWTPayload])[] = [
  ["expired", { exp: Math.floor(Date.now() / 1000) - 60 }],
  ["not valid yet", { nbf: Math.floor(Date.now() / 1000) + 60 }],
  ["another audience", { aud: "anon" }],
  ["no audience", { aud: undefined }],
  ["another issuer", { iss: "https://other.supabase.co/auth/v1" }],
  ["no issuer", { iss: undefined }],
  ["role anon", { role: "anon" }],
  ["role service_role", { role: "service_role" }],
  ["no role", { role: undefined }],
  ["no subject", { sub: undefined }],
  ["a subject that is no uuid", { sub: "admin" }],
];

for (const [name, overrides] of REFUSED_BY_KEY_SET) {
  Deno.test(`authenticate() refuses a token of the project's own key: ${name}`, async () => {
    await assert.rejects(ask(await byKeyId(overrides)), {
      status: 401,
      code: "unauthorized",
    });
  });
}

Deno.test({
  name: "authenticate() checks a token by kid without the network",
  permissions: { net: false, read: true, env: true },
  fn: async () => {
    assert.deepEqual(await ask(await byKeyId({})), { kind: "user", userId: USER });
    await assert.rejects(ask(await byKeyId({}, "k2")), { status: 401 });
  },
});

Deno.test("authenticate() knows a user by the shared secret where the project's own key set holds it", async () => {
  const shared = {
    kty: "oct",
    kid: "legacy",
    alg: "HS256",
    k: encodeBase64url(encode(JWT_SECRET)),
  };
  const settings = { ...SETTINGS, jwks: { keys: [publicJwk, shared] } };
  const token = await hs256({}, { kid: "legacy" });
  assert.deepEqual(await ask(token, settings), { kind: "user", userId: USER });
});

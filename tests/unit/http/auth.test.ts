import assert from "node:assert/strict";
import { exportJWK, type JWTHeaderParameters, SignJWT } from "jose";
import {
  authenticate,
  type AuthSettings,
  isOneOf,
  readAuthSettings,
} from "../../../supabase/functions/_shared/http/auth.ts";
import {
  base64url,
  claims,
  encode,
  es256,
  hs256,
  ISSUER,
  JWT_SECRET,
  publicJwk,
  stranger,
  USER,
} from "./_tokens.ts";

const OTHER_SECRET = "another-secret-with-at-least-32-characters!!";
const SECRET_KEY = "sb_secret_unit_test";

/** A token whose signature is whatever is given. */
const forged = (header: unknown, payload: unknown, signature = "") =>
  `${base64url(header)}.${base64url(payload)}.${signature}`;

const SERVICE_KEY = await new SignJWT({ role: "service_role", iss: "supabase-demo" })
  .setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(encode(JWT_SECRET));
const ANON_KEY = await new SignJWT({ role: "anon", iss: "supabase-demo" })
  .setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(encode(JWT_SECRET));

const SETTINGS: AuthSettings = {
  secretKeys: [SECRET_KEY, SERVICE_KEY],
  legacyServiceKey: SERVICE_KEY,
  jwtSecret: JWT_SECRET,
  jwks: { keys: [publicJwk] },
  issuer: ISSUER,
};

const ask = (
  headers: Record<string, string>,
  wanted: "secret" | "caller" = "caller",
  settings: AuthSettings = SETTINGS,
) => authenticate(new Headers(headers), wanted, settings);

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

Deno.test("authenticate() knows the secret key sent as apikey", async () => {
  assert.deepEqual(await ask({ apikey: SECRET_KEY }, "secret"), { kind: "secret" });
});

Deno.test("authenticate() knows the legacy service key sent whole as Bearer", async () => {
  assert.deepEqual(await ask(bearer(SERVICE_KEY), "secret"), { kind: "secret" });
});

Deno.test("authenticate() knows the secret key beside somebody's token", async () => {
  assert.deepEqual(await ask({ apikey: SECRET_KEY, ...bearer(ANON_KEY) }, "secret"), {
    kind: "secret",
  });
});

const VALID: readonly (readonly [string, () => Promise<string>])[] = [
  ["HS256 without kid", () => hs256()],
  [
    "ES256 by kid",
    () =>
      new SignJWT(claims()).setProtectedHeader({ alg: "ES256", kid: "k1" }).sign(es256.privateKey),
  ],
  ["HS256 with several audiences", () => hs256({ aud: ["other", "authenticated"] })],
  [
    "HS256 that ran out within the tolerance",
    () => hs256({ exp: Math.floor(Date.now() / 1000) - 1 }),
  ],
];

for (const [name, token] of VALID) {
  Deno.test(`authenticate() knows a user by a valid token: ${name}`, async () => {
    assert.deepEqual(await ask(bearer(await token())), { kind: "user", userId: USER });
  });
}

Deno.test("authenticate() refuses a user where only the secret key may, as 403", async () => {
  await assert.rejects(ask(bearer(await hs256()), "secret"), {
    status: 403,
    code: "secret_key_required",
  });
});

const REFUSED: readonly (readonly [string, () => string | Promise<string>])[] = [
  ["alg none", () => forged({ alg: "none" }, claims())],
  ["alg None", () => forged({ alg: "None" }, claims())],
  ["alg none under a good signature", async () => {
    const signature = (await hs256()).split(".")[2];
    return forged({ alg: "none" }, claims(), signature);
  }],
  ["no signature", async () => (await hs256()).split(".").slice(0, 2).join(".") + "."],
  [
    "HS256 by another secret",
    () => new SignJWT(claims()).setProtectedHeader({ alg: "HS256" }).sign(encode(OTHER_SECRET)),
  ],
  [
    "HS256 by the public key's text (algorithm confusion)",
    () =>
      new SignJWT(claims()).setProtectedHeader({ alg: "HS256", kid: "k1" })
        .sign(encode(JSON.stringify(publicJwk))),
  ],
  ["HS256 by the right secret under a kid", () => hs256({}, { kid: "k1" })],
  [
    "HS512 by the right secret",
    () => new SignJWT(claims()).setProtectedHeader({ alg: "HS512" }).sign(encode(JWT_SECRET)),
  ],
  [
    "ES256 without kid",
    () => new SignJWT(claims()).setProtectedHeader({ alg: "ES256" }).sign(es256.privateKey),
  ],
  [
    "ES256 by a stranger's key under our kid",
    () =>
      new SignJWT(claims()).setProtectedHeader({ alg: "ES256", kid: "k1" })
        .sign(stranger.privateKey),
  ],
  [
    "ES256 by a kid nobody has",
    () =>
      new SignJWT(claims()).setProtectedHeader({ alg: "ES256", kid: "k2" }).sign(es256.privateKey),
  ],
  ["a key carried in the token's header", async () =>
    new SignJWT(claims()).setProtectedHeader({
      alg: "ES256",
      kid: "k3",
      jwk: await exportJWK(stranger.publicKey),
      jku: "http://127.0.0.1:1/keys",
    } as JWTHeaderParameters).sign(stranger.privateKey)],
  ["expired", () => hs256({ exp: Math.floor(Date.now() / 1000) - 60 })],
  ["not valid yet", () => hs256({ nbf: Math.floor(Date.now() / 1000) + 60 })],
  ["another audience", () => hs256({ aud: "anon" })],
  ["no audience", () => hs256({ aud: undefined })],
  ["another issuer", () => hs256({ iss: "https://other.supabase.co/auth/v1" })],
  ["no issuer", () => hs256({ iss: undefined })],
  ["the anon key", () => ANON_KEY],
  ["role anon", () => hs256({ role: "anon" })],
  ["role service_role by the right secret", () => hs256({ role: "service_role" })],
  ["no role", () => hs256({ role: undefined })],
  ["no subject", () => hs256({ sub: undefined })],
  ["a subject that is no uuid", () => hs256({ sub: "admin" })],
  ["a changed payload under a good signature", async () => {
    const [header, , signature] = (await hs256()).split(".");
    const other = { ...claims(), sub: "0a000000-0000-4000-8000-00000000000b" };
    return `${header}.${base64url(other)}.${signature}`;
  }],
  ["a service_role claim under a wrong signature", () => {
    const [, , signature] = SERVICE_KEY.split(".");
    return forged({ alg: "HS256" }, { ...claims(), role: "service_role" }, signature);
  }],
  [
    "the service key with another signature",
    () => `${SERVICE_KEY.split(".").slice(0, 2).join(".")}.${"A".repeat(43)}`,
  ],
  ["a beginning of the service key", () => SERVICE_KEY.slice(0, -1)],
  ["the service key and one character more", () => `${SERVICE_KEY}A`],
  [
    "another service key of the same project",
    () =>
      new SignJWT({ role: "service_role", iss: "supabase-demo", iat: 1 })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(encode(JWT_SECRET)),
  ],
  ["the new secret key sent as Bearer", () => SECRET_KEY],
  ["no token at all", () => "x"],
];

for (const [name, token] of REFUSED) {
  Deno.test(`authenticate() refuses a Bearer: ${name}`, async () => {
    await assert.rejects(ask(bearer(await token())), { status: 401, code: "unauthorized" });
  });
}

const HEADERS: readonly (readonly [string, Record<string, string>])[] = [
  ["no header", {}],
  ["an unknown apikey", { apikey: "sb_secret_other" }],
  ["an empty apikey", { apikey: "" }],
  ["the anon key as apikey", { apikey: ANON_KEY }],
  ["a beginning of the secret key", { apikey: SECRET_KEY.slice(0, -1) }],
  ["the secret key twice", { apikey: `${SECRET_KEY}, ${SECRET_KEY}` }],
  ["Basic authorisation", { authorization: `Basic ${btoa(`x:${SECRET_KEY}`)}` }],
  ["an empty Bearer", { authorization: "Bearer " }],
  ["two tokens", { authorization: `Bearer ${SERVICE_KEY} ${SERVICE_KEY}` }],
];

for (const [name, headers] of HEADERS) {
  Deno.test(`authenticate() refuses ${name}`, async () => {
    await assert.rejects(ask(headers), { status: 401, code: "unauthorized" });
  });
}

Deno.test("authenticate() takes no HS256 token where the project has no JWT secret", async () => {
  await assert.rejects(ask(bearer(await hs256()), "caller", { ...SETTINGS, jwtSecret: null }), {
    status: 401,
  });
});

Deno.test("authenticate() takes no Bearer service key where the legacy keys are off", async () => {
  const settings = { ...SETTINGS, secretKeys: [SECRET_KEY], legacyServiceKey: null };
  await assert.rejects(ask(bearer(SERVICE_KEY), "secret", settings), { status: 401 });
});

Deno.test("authenticate() answers 503 and when to come back without any secret key", async () => {
  await assert.rejects(ask({ apikey: "" }, "secret", { ...SETTINGS, secretKeys: [] }), {
    status: 503,
    code: "not_configured",
    headers: { "retry-after": "60" },
  });
});

Deno.test("isOneOf() is true for a whole secret only", async () => {
  const found = await Promise.all(
    ["one", "two", "on", "onetwo", "", "ONE"].map((given) => isOneOf(given, ["one", "two"])),
  );
  assert.deepEqual(found, [true, true, false, false, false, false]);
});

Deno.test("readAuthSettings() reads named keys, the legacy key and the project's key set", () => {
  const settings = readAuthSettings({
    SUPABASE_URL: "http://127.0.0.1:54321",
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_a","ci":"sb_secret_b"}',
    SUPABASE_SERVICE_ROLE_KEY: "legacy",
    SUPABASE_JWKS: JSON.stringify({ keys: [publicJwk] }),
  });
  assert.deepEqual(settings, {
    secretKeys: ["sb_secret_a", "sb_secret_b", "legacy"],
    legacyServiceKey: "legacy",
    jwtSecret: null,
    jwks: { keys: [publicJwk] },
    issuer: ISSUER,
  });
});

Deno.test("readAuthSettings() counts an empty variable as absent, never as an empty secret", () => {
  const settings = readAuthSettings({
    SUPABASE_SECRET_KEYS: '{"default":""}',
    SUPABASE_SERVICE_ROLE_KEY: "",
    JWT_SECRET: "",
    SUPABASE_JWKS: '{"keys":[]}',
  });
  assert.deepEqual(
    [settings.secretKeys, settings.legacyServiceKey, settings.jwtSecret, settings.jwks],
    [[], null, null, null],
  );
});

Deno.test("authenticate() refuses a token under a kid where no key set is known", async () => {
  const token = await hs256({}, { kid: "k1" });
  await assert.rejects(ask(bearer(token), "caller", { ...SETTINGS, jwks: null }), { status: 401 });
});

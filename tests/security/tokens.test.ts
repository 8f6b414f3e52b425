/**
 * Forged, foreign and worn-out tokens (T2): each against every route that a caller opens, each 401, and no key set is
 * ever fetched from where a token points.
 */
import assert from "node:assert/strict";
import { exportJWK, exportSPKI, generateKeyPair, type JWTHeaderParameters, SignJWT } from "jose";
import { type Doors, KEYS, openDoors, signing } from "../support/doors.ts";
import { SEED } from "../support/skillWorld.ts";
import { bytesOf, SAMPLES } from "./_doorTable.ts";

let doors: Doors;
Deno.test.beforeAll(async () => {
  doors = await openDoors();
});
Deno.test.afterAll(async () => await doors[Symbol.asyncDispose]());

type Claims = Readonly<Record<string, unknown>>;
type Header = Readonly<Record<string, unknown>>;

const encode = (text: string) => new TextEncoder().encode(text);
const part = (value: unknown) =>
  encode(typeof value === "string" ? value : JSON.stringify(value))
    .toBase64({ alphabet: "base64url", omitPadding: true });
const nowS = () => Math.floor(Date.now() / 1000);

/** A signed-in user's claims; undefined leaves one out. */
const claims = (more: Claims = {}): Claims => ({
  sub: SEED.member,
  role: "authenticated",
  aud: "authenticated",
  iss: "http://edge.test/auth/v1",
  iat: nowS(),
  exp: nowS() + 3600,
  ...more,
});

const sealed = (header: Header, payload: Claims, key: CryptoKey | Uint8Array) =>
  new SignJWT(payload as Record<string, unknown>)
    .setProtectedHeader(header as unknown as JWTHeaderParameters).sign(key);

const secret = encode(KEYS.jwtSecret);
const hs256 = (more: Claims = {}, header: Header = {}, key: Uint8Array = secret) =>
  sealed({ alg: "HS256", ...header }, claims(more), key);
const es256 = (more: Claims = {}, header: Header = {}, key: CryptoKey = signing.privateKey) =>
  sealed({ alg: "ES256", kid: "k1", ...header }, claims(more), key);

const stranger = await generateKeyPair("ES256", { extractable: true });
const rsa = await generateKeyPair("RS256", { extractable: true });
const publicJwk = await exportJWK(signing.publicKey);
const publicPem = await exportSPKI(signing.publicKey);
const strangerJwk = await exportJWK(stranger.publicKey);
const CANARY = "http://canary.example/keys";

const unsigned = (alg: string, more: Claims = {}, signature = "") =>
  `${part({ alg })}.${part(claims(more))}.${signature}`;
const signatureOf = async (token: Promise<string>) => (await token).split(".")[2];

const TOKENS: readonly (readonly [name: string, token: () => string | Promise<string>])[] = [
  ["alg none", () => unsigned("none")],
  ["alg None", () => unsigned("None")],
  ["alg NONE", () => unsigned("NONE")],
  ["alg nOnE under a good signature", async () => unsigned("nOnE", {}, await signatureOf(hs256()))],
  ["alg empty", () => unsigned("")],
  ["no alg", () => `${part({ typ: "JWT" })}.${part(claims())}.`],
  ["no signature", async () => `${(await hs256()).split(".").slice(0, 2).join(".")}.`],
  ["two parts", async () => (await hs256()).split(".").slice(0, 2).join(".")],
  ["four parts", async () => `${await hs256()}.x`],
  ["five parts", async () => `${await hs256()}.x.y`],
  ["HS256 by another secret", () => hs256({}, {}, encode("x".repeat(40)))],
  ["HS256 by no secret", () => hs256({}, {}, encode(" "))],
  ["HS256 by the public JWK", () => hs256({}, { kid: "k1" }, encode(JSON.stringify(publicJwk)))],
  ["HS256 by the public PEM", () => hs256({}, { kid: "k1" }, encode(publicPem))],
  ["HS256 by the public x", () => hs256({}, { kid: "k1" }, encode(publicJwk.x!))],
  ["HS256 by the secret under our kid", () => hs256({}, { kid: "k1" })],
  ["HS256 by the secret under another kid", () => hs256({}, { kid: "../../dev/null" })],
  ["HS384 by the secret", () => sealed({ alg: "HS384" }, claims(), secret)],
  ["HS512 by the secret", () => sealed({ alg: "HS512" }, claims(), secret)],
  ["ES256 without kid", () => sealed({ alg: "ES256" }, claims(), signing.privateKey)],
  ["ES256 by a stranger under our kid", () => es256({}, {}, stranger.privateKey)],
  [
    "RS256 by a stranger under our kid",
    () => sealed({ alg: "RS256", kid: "k1" }, claims(), rsa.privateKey),
  ],
  ["kid a path", () => es256({}, { kid: "../../../../etc/passwd" }, stranger.privateKey)],
  ["kid an address", () => es256({}, { kid: CANARY }, stranger.privateKey)],
  ["kid a statement", () => es256({}, { kid: "k1' or '1'='1" }, stranger.privateKey)],
  ["kid empty", () => es256({}, { kid: "" })],
  ["jku a stranger's", () => es256({}, { kid: "k2", jku: CANARY }, stranger.privateKey)],
  ["jku beside our kid", () => es256({}, { jku: CANARY }, stranger.privateKey)],
  ["x5u a stranger's", () => es256({}, { kid: "k2", x5u: CANARY }, stranger.privateKey)],
  ["its own key in jwk", () => es256({}, { kid: "k2", jwk: strangerJwk }, stranger.privateKey)],
  ["its own key under our kid", () => es256({}, { jwk: strangerJwk }, stranger.privateKey)],
  ["an issuer that is a canary", () => es256({ iss: CANARY })],
  ["another project's issuer", () => hs256({ iss: "https://other.supabase.co/auth/v1" })],
  ["the issuer with a slash more", () => hs256({ iss: "http://edge.test/auth/v1/" })],
  ["no issuer", () => hs256({ iss: undefined })],
  ["expired by a minute", () => hs256({ exp: nowS() - 60 })],
  ["ES256 expired", () => es256({ exp: nowS() - 60 })],
  ["no end", () => hs256({ exp: undefined })],
  ["ES256 without an end", () => es256({ exp: undefined })],
  ["an end that is a text", async () => {
    const body = { ...claims(), exp: String(nowS() + 3600) };
    return `${part({ alg: "HS256" })}.${part(body)}.${await signatureOf(hs256())}`;
  }],
  ["not valid yet", () => hs256({ nbf: nowS() + 600 })],
  ["no audience", () => hs256({ aud: undefined })],
  ["audience anon", () => hs256({ aud: "anon" })],
  ["a list of other audiences", () => hs256({ aud: ["anon", "service"] })],
  ["an empty list of audiences", () => hs256({ aud: [] })],
  ["ES256 of another audience", () => es256({ aud: "anon" })],
  ["role anon", () => hs256({ role: "anon" })],
  ["role service_role", () => hs256({ role: "service_role" })],
  ["ES256 role service_role", () => es256({ role: "service_role" })],
  ["role a list", () => hs256({ role: ["authenticated"] })],
  [
    "role in user_metadata only",
    () => hs256({ role: undefined, user_metadata: { role: "authenticated" } }),
  ],
  [
    "role in app_metadata only",
    () => hs256({ role: undefined, app_metadata: { role: "service_role" } }),
  ],
  ["no subject", () => hs256({ sub: undefined })],
  ["a subject that is no uuid", () => hs256({ sub: "admin" })],
  ["a subject with a statement", () => hs256({ sub: `${SEED.member}' --` })],
  ["a subject that is a list", async () => {
    const body = { ...claims(), sub: [SEED.member] };
    return `${part({ alg: "HS256" })}.${part(body)}.${await signatureOf(hs256())}`;
  }],
  ["another subject under a good signature", async () => {
    const [header, , signature] = (await hs256()).split(".");
    return `${header}.${part(claims({ sub: SEED.owner }))}.${signature}`;
  }],
  [
    "a header that must be understood",
    () =>
      hs256({}, { crit: ["x"], x: 1 }).catch(async () =>
        `${part({ alg: "HS256", crit: ["x"], x: 1 })}.${part(claims())}.${await signatureOf(
          hs256(),
        )}`
      ),
  ],
  [
    "the payload not encoded",
    async () =>
      `${part({ alg: "HS256", b64: false, crit: ["b64"] })}.${part(claims())}.${await signatureOf(
        hs256(),
      )}`,
  ],
  ["the anon key", () => KEYS.anon],
  ["the publishable key", () => KEYS.publishable],
  ["the secret key", () => KEYS.secret],
  ["the JWT secret itself", () => KEYS.jwtSecret],
  ["a beginning of the service key", () => KEYS.service.slice(0, -1)],
  ["JSON instead of a token", () => JSON.stringify(claims())],
  ["blanks", () => "a b c"],
];

const CALLED = SAMPLES.filter(({ sign, name, isOpenedByPath }) =>
  sign === undefined && name !== "callback" && !isOpenedByPath
);

for (const [name, token] of TOKENS) {
  Deno.test({
    name: `no caller's route takes a token: ${name} (T2)`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const authorization = `Bearer ${await token()}`;
      for (const { door, ...sample } of CALLED) {
        const response = await doors.call(sample.path, {
          method: sample.method,
          headers: { "content-type": "application/json", authorization },
          body: sample.body === undefined ? undefined : bytesOf(sample.body),
        });
        const { error } = await response.json();
        assert.deepEqual([door, response.status, error.code], [door, 401, "unauthorized"]);
      }
      assert.deepEqual(doors.outbound, []);
    },
  });
}

Deno.test({
  name: "a user's own tokens open what these did not",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    for (
      const token of [await hs256(), await es256(), await hs256({ aud: ["x", "authenticated"] })]
    ) {
      const response = await doors.call(`agent-orchestrator?org_id=${SEED.org}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      assert.equal(response.status, 200);
      await response.body?.cancel();
    }
    assert.ok(TOKENS.length >= 40);
  },
});

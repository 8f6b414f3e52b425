/** Who may push as Google: signature, issuer, audience, account, times (T5). */
import assert from "node:assert/strict";
import { SignJWT, UnsecuredJWT } from "jose";
import { createGoogleTokenVerifier } from "../../../supabase/functions/_shared/http/googleToken.ts";
import { type GoogleSigner, serveGoogleCerts } from "../../support/vendors/mailboxes.ts";

const URL_OF_DOOR = "https://ref.supabase.co/functions/v1/webhook-email/e1";

let google: GoogleSigner;
let stranger: GoogleSigner;
Deno.test.beforeAll(async () => {
  google = await serveGoogleCerts(URL_OF_DOOR);
  stranger = await serveGoogleCerts(URL_OF_DOOR);
});
Deno.test.afterAll(async () => {
  await google[Symbol.asyncDispose]();
  await stranger[Symbol.asyncDispose]();
});

interface Options {
  readonly serviceAccount?: string | null;
  readonly audience?: string | null;
  readonly certsUrl?: string;
  readonly fetch?: typeof fetch;
}

function verifier(options: Options = {}) {
  return createGoogleTokenVerifier({
    certsUrl: `${google.url}/certs`,
    serviceAccount: google.account,
    audience: null,
    ...options,
  }, { clock: { now: Date.now }, fetch: options.fetch ?? fetch });
}

const verify = (authorization: string | null, options: Options = {}) =>
  verifier(options)(new Headers(authorization === null ? {} : { authorization }), URL_OF_DOOR);

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const part = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "");

const TAKEN: readonly (readonly [string, () => Promise<string>])[] = [
  ["a token as Pub/Sub sends it", () => google.sign()],
  ["the other spelling of the issuer", () => google.sign({ iss: "accounts.google.com" })],
  ["one that ended within the skew", () => google.sign({ exp: inSeconds(-30) })],
  ["one whose clock runs ahead within the skew", () => google.sign({ iat: inSeconds(30) })],
];

for (const [name, token] of TAKEN) {
  Deno.test(`verifyGoogle() takes ${name}`, async () => {
    await verify(`Bearer ${await token()}`);
  });
}

Deno.test("verifyGoogle() takes the configured audience in place of the endpoint's address", async () => {
  const audience = "fleet-mail";
  await verify(`Bearer ${await google.sign({ aud: audience })}`, { audience });
  await assert.rejects(verify(`Bearer ${await google.sign()}`, { audience }), BAD);
});

const BAD = { status: 401, code: "bad_token" };

const REFUSED: readonly (readonly [string, () => string | Promise<string>])[] = [
  ["no token at all", () => ""],
  ["another scheme", async () => `Basic ${await google.sign()}`],
  ["the token without its scheme", () => google.sign()],
  ["two tokens in one header", async () => {
    const token = await google.sign();
    return `Bearer ${token}, Bearer ${token}`;
  }],
  ["a token of two parts", async () => `Bearer ${(await google.sign()).split(".", 2).join(".")}`],
  ["alg none", () =>
    `Bearer ${
      new UnsecuredJWT({
        iss: "https://accounts.google.com",
        aud: URL_OF_DOOR,
        email: google.account,
        email_verified: true,
      }).setIssuedAt().setExpirationTime("1h").encode()
    }`],
  ["alg none with a signature's look", async () => {
    const [, payload, signature] = (await google.sign()).split(".");
    return `Bearer ${part({ alg: "none", kid: "google-1" })}.${payload}.${signature}`;
  }],
  ["HS256 signed with the public key", async () =>
    `Bearer ${await new SignJWT({
      iss: "https://accounts.google.com",
      aud: URL_OF_DOOR,
      email: google.account,
      email_verified: true,
    }).setProtectedHeader({ alg: "HS256", kid: "google-1" }).setIssuedAt().setExpirationTime("1h")
      .sign(new TextEncoder().encode(google.publicKey))}`],
  ["a key of somebody else under Google's key id", async () => `Bearer ${await stranger.sign()}`],
  ["an unknown key id", async () => `Bearer ${await google.sign({}, { kid: "google-2" })}`],
  ["another issuer", async () => `Bearer ${await google.sign({ iss: "https://evil.example" })}`],
  [
    "an issuer that begins alike",
    async () => `Bearer ${await google.sign({ iss: "https://accounts.google.com.evil.example" })}`,
  ],
  [
    "another project's audience",
    async () => `Bearer ${await google.sign({ aud: "https://other.example/push" })}`,
  ],
  [
    "another endpoint's audience",
    async () => `Bearer ${await google.sign({ aud: URL_OF_DOOR.replace(/e1$/, "e2") })}`,
  ],
  [
    "an audience with a slash more",
    async () => `Bearer ${await google.sign({ aud: `${URL_OF_DOOR}/` })}`,
  ],
  [
    "a list of audiences",
    async () => `Bearer ${await google.sign({ aud: [URL_OF_DOOR, "https://other.example"] })}`,
  ],
  ["no audience", async () => `Bearer ${await google.sign({ aud: undefined })}`],
  [
    "another project's service account",
    async () => `Bearer ${await google.sign({ email: "pubsub@other.iam.gserviceaccount.com" })}`,
  ],
  [
    "the account in other letters",
    async () => `Bearer ${await google.sign({ email: google.account.toUpperCase() })}`,
  ],
  [
    "an account that is not verified",
    async () => `Bearer ${await google.sign({ email_verified: false })}`,
  ],
  [
    "an account verified in words",
    async () => `Bearer ${await google.sign({ email_verified: "true" })}`,
  ],
  ["no account", async () => `Bearer ${await google.sign({ email: undefined })}`],
  ["a token that ended", async () => `Bearer ${await google.sign({ exp: inSeconds(-61) })}`],
  ["a token that never ends", async () => `Bearer ${await google.sign({ exp: undefined })}`],
  ["a token that is not yet", async () => `Bearer ${await google.sign({ nbf: inSeconds(120) })}`],
  [
    "a token issued in the future",
    async () => `Bearer ${await google.sign({ iat: inSeconds(120) })}`,
  ],
  ["a token without time of issue", async () => `Bearer ${await google.sign({ iat: undefined })}`],
  ["a changed payload under the old signature", async () => {
    const [header, , signature] = (await google.sign()).split(".");
    const [, payload] = (await google.sign({ sub: "1" })).split(".");
    return `Bearer ${header}.${payload}.${signature}`;
  }],
  ["a signature with one letter changed", async () => {
    const token = await google.sign();
    return `Bearer ${token.slice(0, -10)}${token.at(-10) === "A" ? "B" : "A"}${token.slice(-9)}`;
  }],
  ["a cut signature", async () => `Bearer ${(await google.sign()).slice(0, -4)}`],
  [
    "a token of nine thousand letters",
    async () => `Bearer ${await google.sign({ pad: "x".repeat(9000) })}`,
  ],
];

for (const [name, authorization] of REFUSED) {
  Deno.test(`verifyGoogle() refuses ${name}`, async () => {
    await assert.rejects(verify(await authorization() || null), BAD);
  });
}

Deno.test("verifyGoogle() fetches keys from the configured address alone, whatever the token names", async () => {
  const asked: string[] = [];
  const spy: typeof fetch = (input, init) => {
    asked.push(String(input instanceof Request ? input.url : input));
    return fetch(input, init);
  };
  const check = verifier({ fetch: spy });
  const header = { jku: `${stranger.url}/certs`, x5u: `${stranger.url}/x5u`, kid: "google-9" };
  const attempts = [
    google.sign({}, { jku: `${stranger.url}/certs` }),
    stranger.sign({}, header),
    stranger.sign({}, { kid: `${stranger.url}/certs` }),
  ];
  for (const token of await Promise.all(attempts)) {
    await check(new Headers({ authorization: `Bearer ${token}` }), URL_OF_DOOR).catch(() => {});
  }
  assert.deepEqual([...new Set(asked)], [`${google.url}/certs`]);
});

Deno.test("verifyGoogle() keeps the keys: a hundred pushes are one fetch", async () => {
  const before = google.seen.length;
  const check = verifier();
  const headers = new Headers({ authorization: `Bearer ${await google.sign()}` });
  for (let at = 0; at < 100; at++) await check(headers, URL_OF_DOOR);
  assert.equal(google.seen.length - before, 1);
});

for (const fault of ["500", "html", "redirect", "drop"] as const) {
  Deno.test(`verifyGoogle() asks for another try while Google's keys answer with ${fault}`, async () => {
    google.fail("/certs", fault);
    await assert.rejects(verify(`Bearer ${await google.sign()}`), {
      status: 503,
      code: "keys_unavailable",
    });
    await verify(`Bearer ${await google.sign()}`);
  });
}

Deno.test("verifyGoogle() refuses everything where no service account is configured", async () => {
  await assert.rejects(verify(`Bearer ${await google.sign()}`, { serviceAccount: null }), {
    status: 503,
    code: "not_configured",
  });
});

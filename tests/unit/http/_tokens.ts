import {
  exportJWK,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from "jose";

export const USER = "0a000000-0000-4000-8000-00000000000a";
export const ISSUER = "http://127.0.0.1:54321/auth/v1";
export const JWT_SECRET = "unit-test-secret-with-at-least-32-characters";

export const es256 = await generateKeyPair("ES256", { extractable: true });
/** Nobody's key that we know. */
export const stranger = await generateKeyPair("ES256", { extractable: true });
export const publicJwk = {
  ...await exportJWK(es256.publicKey),
  kid: "k1",
  alg: "ES256",
  use: "sig",
};

export const encode = (secret: string) => new TextEncoder().encode(secret);

/** Claims of a signed-in user as the auth server issues them; undefined leaves one out. */
export function claims(overrides: JWTPayload = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return {
    sub: USER,
    role: "authenticated",
    aud: "authenticated",
    iss: ISSUER,
    iat: now,
    exp: now + 3600,
    ...overrides,
  };
}

export const hs256 = (overrides: JWTPayload = {}, header: Partial<JWTHeaderParameters> = {}) =>
  new SignJWT(claims(overrides)).setProtectedHeader({ alg: "HS256", ...header })
    .sign(encode(JWT_SECRET));

export const encodeBase64url = (bytes: Uint8Array) =>
  bytes.toBase64({ alphabet: "base64url", omitPadding: true });
export const base64url = (value: unknown) => encodeBase64url(encode(JSON.stringify(value)));

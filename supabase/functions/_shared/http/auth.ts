import { decodeProtectedHeader, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import { HttpError } from "./errors.ts";

/** Who calls. A webhook's sender is known by its signature instead (signatures.ts). */
export type Caller =
  | { readonly kind: "secret" }
  | { readonly kind: "user"; readonly userId: string };

/** Locks that a door opens by itself: a provider's or Slack's signature, a token or a state of one use. */
export const OWN_LOCKS = ["webhook", "slack", "approval_token", "oauth_state"] as const;

/** Every route declares one: `secret` the project's secret key, `caller` that or a signed-in user, or a lock of its own. */
export type AuthClass = "secret" | "caller" | typeof OWN_LOCKS[number];

export interface AuthSettings {
  /** All secret keys of the project, legacy service key included. */
  readonly secretKeys: readonly string[];
  readonly legacyServiceKey: string | null;
  readonly jwtSecret: string | null;
  readonly jwks: JSONWebKeySet | null;
  /** `<SUPABASE_URL>/auth/v1`. */
  readonly issuer: string;
}

const AUDIENCE = "authenticated";
const CLOCK_TOLERANCE_S = 5;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function readAuthSettings(env: Readonly<Record<string, string | undefined>>): AuthSettings {
  const named = env.SUPABASE_SECRET_KEYS
    ? Object.values(JSON.parse(env.SUPABASE_SECRET_KEYS) as Record<string, string>)
    : [];
  const legacy = env.SUPABASE_SERVICE_ROLE_KEY || null;
  const jwks = env.SUPABASE_JWKS ? JSON.parse(env.SUPABASE_JWKS) as JSONWebKeySet : null;
  return {
    secretKeys: [...named, ...(legacy === null ? [] : [legacy])].filter((key) => key !== ""),
    legacyServiceKey: legacy,
    jwtSecret: env.JWT_SECRET || null,
    jwks: jwks !== null && Array.isArray(jwks.keys) && jwks.keys.length > 0 ? jwks : null,
    issuer: `${env.SUPABASE_URL ?? ""}/auth/v1`,
  };
}

/**
 * Finds out who calls, before the body is parsed. The secret key comes as `apikey` (or the legacy
 * service key as Bearer) and is compared whole and in constant time; a role claim alone is nobody, and
 * so is `anon`.
 *
 * @throws HttpError 401 `unauthorized`, 403 `secret_key_required`, 503 `not_configured`
 */
export async function authenticate(
  headers: Headers,
  wanted: "secret" | "caller",
  settings: AuthSettings,
): Promise<Caller> {
  if (settings.secretKeys.length === 0) {
    throw new HttpError(503, "not_configured", "No secret key is configured", {
      headers: { "retry-after": "60" },
    });
  }
  const apikey = headers.get("apikey");
  const bearer = headers.get("authorization")?.match(/^Bearer +(\S+)$/i)?.[1] ?? null;
  if (apikey !== null && await isOneOf(apikey, settings.secretKeys)) return { kind: "secret" };
  if (
    bearer !== null && settings.legacyServiceKey !== null &&
    await isOneOf(bearer, [settings.legacyServiceKey])
  ) {
    return { kind: "secret" };
  }
  if (bearer === null) throw unauthorized();
  const userId = await verifyUser(bearer, settings);
  if (wanted === "secret") {
    throw new HttpError(403, "secret_key_required", "Only the project's secret key may do this");
  }
  return { kind: "user", userId };
}

/** Subject of a valid access token of this project's auth server. */
async function verifyUser(token: string, settings: AuthSettings): Promise<string> {
  try {
    const hasKeyId = decodeProtectedHeader(token).kid !== undefined;
    const { role, sub, exp } = hasKeyId
      ? await verifyByKeySet(token, settings.jwks ?? fail(), settings.issuer)
      : settings.jwtSecret !== null
      ? await verifyBySecret(token, settings.jwtSecret, settings.issuer)
      : fail();
    // The libraries check an end only where there is one: a token without would open the door for ever.
    if (typeof exp !== "number") fail();
    return role === "authenticated" && typeof sub === "string" && UUID.test(sub) ? sub : fail();
  } catch {
    throw unauthorized();
  }
}

/** A token of the project's signing keys. Only the given set counts; nothing in the token may point elsewhere. */
async function verifyByKeySet(
  token: string,
  jwks: JSONWebKeySet,
  issuer: string,
): Promise<JWTPayload> {
  // It brings supabase-js along: loaded for the first such token, not when every isolate boots.
  const { verifyCredentials } = await import("@supabase/server/core");
  const { data } = await verifyCredentials({ token, apikey: null }, {
    auth: "user",
    audience: AUDIENCE,
    issuer,
    // All of it given, so that it reads no environment and fetches no keys.
    env: { url: issuer, publishableKeys: {}, secretKeys: {}, jwks },
  });
  return data?.jwtClaims ?? fail();
}

/** A token of the project's shared secret: the local stack's, or a hosted project's before signing keys. */
async function verifyBySecret(token: string, secret: string, issuer: string): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
    algorithms: ["HS256"],
    audience: AUDIENCE,
    issuer,
    clockTolerance: CLOCK_TOLERANCE_S,
  });
  return payload;
}

function fail(): never {
  throw unauthorized();
}

function unauthorized(): HttpError {
  return new HttpError(
    401,
    "unauthorized",
    "Send the secret key as apikey, or a signed-in user's token as Bearer",
  );
}

/** Compares digests of equal length, all of them always: no time tells how much was right. */
export async function isOneOf(given: string, secrets: readonly string[]): Promise<boolean> {
  const digest = await sha256(given);
  let found = 0;
  for (const secret of secrets) {
    const other = await sha256(secret);
    let difference = 0;
    for (let i = 0; i < digest.length; i++) difference |= digest[i] ^ other[i];
    found |= difference === 0 ? 1 : 0;
  }
  return found === 1;
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

import { createRemoteJWKSet, customFetch, errors, jwtVerify } from "jose";
import type { ClockPort } from "../ports/clock.ts";
import { HttpError } from "./errors.ts";

/** How Pub/Sub proves that a push is Google's, sent for a subscription of ours. */
export interface GooglePushSettings {
  /** Where Google publishes its keys; nothing in a token may point elsewhere. */
  readonly certsUrl: string;
  /** Account that the push subscription signs with; null: not configured, every push is refused. */
  readonly serviceAccount: string | null;
  /** Audience of every subscription; null: each endpoint's own address. */
  readonly audience: string | null;
}

const ISSUERS = ["https://accounts.google.com", "accounts.google.com"];
/** Google's clock and ours. */
const SKEW_S = 60;
/** Keys are fetched again after so long, and for an unknown key id at most so often. */
const KEYS_KEPT_MS = 3_600_000;
const REFETCH_MS = 30_000;
const FETCH_TIMEOUT_MS = 3_000;

export function readGooglePush(
  env: Readonly<Record<string, string | undefined>>,
): GooglePushSettings {
  return {
    certsUrl: env.GOOGLE_CERTS_URL || "https://www.googleapis.com/oauth2/v3/certs",
    serviceAccount: env.GMAIL_PUSH_SERVICE_ACCOUNT || null,
    audience: env.GMAIL_PUSH_AUDIENCE || null,
  };
}

/**
 * Checks the OIDC token of a push: RS256 by one of Google's keys, for this address, by our service account, now.
 *
 * @throws HttpError 401 `bad_token`; 503 `not_configured`, and `keys_unavailable` while Google's keys cannot be read
 */
export function createGoogleTokenVerifier(
  settings: GooglePushSettings,
  deps: { readonly clock: Pick<ClockPort, "now">; readonly fetch: typeof fetch },
): (headers: Headers, endpointUrl: string) => Promise<void> {
  const keys = createRemoteJWKSet(new URL(settings.certsUrl), {
    cacheMaxAge: KEYS_KEPT_MS,
    cooldownDuration: REFETCH_MS,
    timeoutDuration: FETCH_TIMEOUT_MS,
    [customFetch]: deps.fetch,
  });
  return async (headers, endpointUrl) => {
    if (settings.serviceAccount === null) {
      throw unavailable("not_configured", "GMAIL_PUSH_SERVICE_ACCOUNT is not set", 60);
    }
    // Repeated headers arrive joined by ", ", which is no token.
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(headers.get("authorization") ?? "")
      ?.[1];
    if (token === undefined || token.length > 8192) throw refuse();
    const now = deps.clock.now();
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ["RS256"],
        issuer: ISSUERS,
        audience: settings.audience ?? endpointUrl,
        clockTolerance: SKEW_S,
        currentDate: new Date(now),
        requiredClaims: ["iat", "exp", "email"],
      });
      const isOurs = payload.email === settings.serviceAccount && payload.email_verified === true;
      // One audience: a token for several could be passed on by any of them.
      if (!isOurs || typeof payload.aud !== "string") throw refuse();
      if (payload.iat! > now / 1000 + SKEW_S) throw refuse();
    } catch (error) {
      if (isAboutKeys(error)) {
        throw unavailable("keys_unavailable", "Google's keys cannot be read; send it again", 5);
      }
      throw refuse();
    }
  };
}

/** The keys did not come, or are no keys: that says nothing about the token. */
function isAboutKeys(error: unknown): boolean {
  if (error instanceof HttpError) return false;
  if (!(error instanceof errors.JOSEError)) return true;
  return ["ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID", "ERR_JOSE_GENERIC"].includes(error.code);
}

function refuse(): HttpError {
  return new HttpError(401, "bad_token", "The push is not signed for this address by our account");
}

function unavailable(code: string, message: string, retryAfterS: number): HttpError {
  return new HttpError(503, code, message, { headers: { "retry-after": String(retryAfterS) } });
}

import { z } from "zod";
import { RetryableError } from "../../orchestrator/core/errors.ts";
import type { ConnectionProvider } from "../../ports/connections.ts";
import { readLimited } from "../http/readLimited.ts";

export type TokenAnswer =
  | {
    readonly kind: "granted";
    readonly accessToken: string;
    readonly refreshToken: string | null;
    /** Null: the token does not expire. */
    readonly expiresInMs: number | null;
    readonly scopes: readonly string[] | null;
    /** The whole answer, for what a vendor adds (Slack's team, an id token). */
    readonly raw: Readonly<Record<string, unknown>>;
  }
  /** The vendor said no for good: a code or token that does not hold. */
  | { readonly kind: "refused"; readonly reason: string };

export interface OAuthClient {
  refresh(refreshToken: string, signal: AbortSignal): Promise<TokenAnswer>;
  exchange(
    code: string,
    options: {
      readonly redirectUri: string;
      readonly codeVerifier: string;
      readonly signal: AbortSignal;
    },
  ): Promise<TokenAnswer>;
}

export type OAuthClients = Readonly<Partial<Record<ConnectionProvider, OAuthClient>>>;

const Answer = z.object({
  access_token: z.string().min(1).optional(),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
  scope: z.string().optional(),
  error: z.string().optional(),
  /** Slack answers 200 with `ok: false`. */
  ok: z.boolean().optional(),
}).loose();

/** Refusals of our client or our request (RFC 6749 §5.2, Slack's own words): no grant is lost by them. */
const OUR_FAULT: ReadonlySet<string> = new Set([
  "invalid_client",
  "invalid_client_id",
  "bad_client_secret",
  "unauthorized_client",
  "invalid_request",
  "unsupported_grant_type",
  "temporarily_unavailable",
  "server_error",
]);

const MAX_ANSWER_BYTES = 64 * 1024;
const TIMEOUT_MS = 15_000;

/** The token endpoint of RFC 6749 with PKCE (RFC 7636); `client_secret` goes in the body, as all three vendors take it. */
export function createOAuthClient(options: {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly fetch: typeof fetch;
}): OAuthClient {
  async function ask(
    form: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<TokenAnswer> {
    let response: Response;
    let text: string;
    try {
      response = await options.fetch(options.tokenUrl, {
        method: "POST",
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          accept: "application/json",
        },
        body: new URLSearchParams({
          ...form,
          client_id: options.clientId,
          client_secret: options.clientSecret,
        }),
      });
      text = await readLimited(response, MAX_ANSWER_BYTES);
    } catch (cause) {
      signal.throwIfAborted();
      throw unavailable(cause);
    }
    const parsed = Answer.safeParse(parseJson(text));
    if (response.status === 429 || response.status >= 500 || !parsed.success) throw unavailable();
    const { access_token, refresh_token, expires_in, scope, error, ok } = parsed.data;
    if (error !== undefined && OUR_FAULT.has(error)) throw unavailable();
    if (!response.ok || ok === false || access_token === undefined) {
      return { kind: "refused", reason: (error ?? `status_${response.status}`).slice(0, 100) };
    }
    return {
      kind: "granted",
      accessToken: access_token,
      refreshToken: refresh_token ?? null,
      expiresInMs: expires_in === undefined ? null : Math.round(expires_in * 1000),
      scopes: scope === undefined ? null : scope.split(/[\s,]+/).filter((word) => word !== ""),
      raw: parsed.data,
    };
  }
  return {
    refresh: (refreshToken, signal) =>
      ask({ grant_type: "refresh_token", refresh_token: refreshToken }, signal),
    exchange: (code, { redirectUri, codeVerifier, signal }) =>
      ask({
        grant_type: "authorization_code",
        code,
        redirect_uri: redirectUri,
        code_verifier: codeVerifier,
      }, signal),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page of a proxy: read as no answer.
    return null;
  }
}

function unavailable(cause?: unknown): RetryableError {
  return new RetryableError(
    "connection_unavailable",
    "The vendor's token endpoint did not answer as it should",
    { cause },
  );
}

import { createHash } from "node:crypto";
import { serveVendor, type VendorServer } from "./server.ts";

export interface OAuthServer extends VendorServer {
  /** Refresh tokens that still hold, each with how often it was used. */
  readonly refreshTokens: Map<string, number>;
  /** Tokens that were withdrawn. */
  readonly revoked: string[];
  /** Consent: a code that is good once, for this challenge and address. */
  grant(code: string, consent: Consent): void;
}

export interface Consent {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly scope: string;
  readonly email?: string;
}

/** The token endpoint of RFC 6749 with PKCE (RFC 7636, S256); refresh tokens rotate. */
export function serveOAuth(client: { readonly id: string; readonly secret: string }): OAuthServer {
  const refreshTokens = new Map<string, number>();
  const codes = new Map<string, Consent>();
  let issued = 0;
  const refuse = (error: string, status = 400) => Response.json({ error }, { status });

  const revoked: string[] = [];

  function issue(scope: string, email?: string): Response {
    const at = ++issued;
    refreshTokens.set(`refresh-${at}`, 0);
    return Response.json({
      access_token: `access-${at}`,
      refresh_token: `refresh-${at}`,
      expires_in: 3600,
      token_type: "Bearer",
      scope,
      ...(email === undefined ? {} : { id_token: idToken({ email }) }),
      // What Slack adds to the same answer.
      ok: true,
      team: { id: "T1", name: "North" },
    });
  }

  const server = serveVendor((seen) => {
    if (seen.path.endsWith("/revoke")) {
      revoked.push(new URLSearchParams(seen.body).get("token") ?? "");
      return Response.json({});
    }
    if (!/\/(?:token|oauth\.v2\.access)$/.test(seen.path)) {
      return new Response("{}", { status: 404 });
    }
    const form = new URLSearchParams(seen.body);
    if (form.get("client_id") !== client.id || form.get("client_secret") !== client.secret) {
      return refuse("invalid_client", 401);
    }
    if (form.get("grant_type") === "refresh_token") {
      const token = form.get("refresh_token") ?? "";
      const uses = refreshTokens.get(token);
      if (uses === undefined) return refuse("invalid_grant");
      refreshTokens.set(token, uses + 1);
      return issue("");
    }
    const code = form.get("code") ?? "", consent = codes.get(code);
    codes.delete(code);
    if (consent === undefined || consent.redirectUri !== form.get("redirect_uri")) {
      return refuse("invalid_grant");
    }
    if (consent.challenge !== challengeOf(form.get("code_verifier") ?? "")) {
      return refuse("invalid_grant");
    }
    return issue(consent.scope, consent.email);
  });
  return Object.assign(server, {
    refreshTokens,
    revoked,
    grant: (code: string, consent: Consent) => void codes.set(code, consent),
  });
}

/** Unsigned for us: what counts is that it came over the token endpoint. */
function idToken(claims: object): string {
  const part = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
  return `${part({ alg: "RS256" })}.${part(claims)}.signature`;
}

/** S256, synchronously: the server answers in one turn. */
function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

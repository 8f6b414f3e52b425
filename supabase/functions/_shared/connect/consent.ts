import type { OAuthClient, TokenAnswer } from "../providers/connections/oauth.ts";
import { oauthPlaces } from "../providers/vendors.ts";

/** Vendors whose accounts are connected by consent. */
export type ConsentProvider = keyof ReturnType<typeof oauthPlaces>;
type Env = Readonly<Record<string, string | undefined>>;

export interface Consent {
  /** A member's own account, or one of the whole organisation. */
  readonly owner: "member" | "organisation";
  readonly authorizeUrl: string;
  readonly revokeUrl: string | null;
  readonly clientId: string;
  readonly client: OAuthClient;
  readonly scopes: readonly string[];
  /** What the vendor wants in the address besides RFC 6749 and PKCE. */
  readonly extra: Readonly<Record<string, string>>;
  /** The account that consented, from the vendor's own answer. */
  accountOf(answer: Extract<TokenAnswer, { kind: "granted" }>): string | null;
}

const GOOGLE = "https://www.googleapis.com/auth/";

/** What is asked for: the least that the skills' ports use. */
const FACTS: Readonly<
  Record<ConsentProvider, Pick<Consent, "owner" | "scopes" | "extra" | "accountOf">>
> = {
  google: {
    owner: "member",
    scopes: [
      "openid",
      "email",
      `${GOOGLE}gmail.send`,
      `${GOOGLE}gmail.readonly`,
      `${GOOGLE}calendar.events`,
      `${GOOGLE}calendar.freebusy`,
    ],
    // Only so is there a refresh token, also for somebody who consented before.
    extra: { access_type: "offline", prompt: "consent" },
    accountOf: ({ raw }) => claimOf(raw.id_token, ["email"]),
  },
  microsoft: {
    owner: "member",
    scopes: [
      "openid",
      "email",
      "offline_access",
      "Mail.Send",
      "Mail.ReadWrite",
      "Calendars.ReadWrite",
    ],
    extra: { response_mode: "query" },
    accountOf: ({ raw }) => claimOf(raw.id_token, ["email", "preferred_username"]),
  },
  slack: {
    owner: "organisation",
    scopes: [
      "chat:write",
      "channels:read",
      "groups:read",
      "channels:history",
      "groups:history",
      "im:write",
      "im:history",
      "users:read",
      "users:read.email",
    ],
    extra: {},
    accountOf: ({ raw }) => {
      const { id } = (raw.team ?? {}) as { id?: unknown };
      return typeof id === "string" ? id : null;
    },
  },
};

/** The consents this project can ask for; a vendor without a client id and secret is left out. */
export function readConsents(
  env: Env,
  clients: Readonly<Partial<Record<string, OAuthClient>>>,
): Readonly<Partial<Record<ConsentProvider, Consent>>> {
  return Object.fromEntries(
    Object.entries(oauthPlaces(env)).flatMap(([provider, place]) => {
      const client = clients[provider], clientId = env[`${place.prefix}_CLIENT_ID`];
      return client === undefined || !clientId ? [] : [[provider, {
        ...FACTS[provider as ConsentProvider],
        authorizeUrl: place.authorizeUrl,
        revokeUrl: place.revokeUrl,
        clientId,
        client,
      }]];
    }),
  );
}

/**
 * A claim of an ID token. It came straight from the vendor's token endpoint over TLS, which vouches for it
 * (OpenID Connect Core, 3.1.3.7); nothing that a browser carried is read here.
 */
function claimOf(token: unknown, names: readonly string[]): string | null {
  if (typeof token !== "string") return null;
  try {
    const [, payload] = token.split(".");
    const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    const found = names.map((name) => claims[name]).find((value) => typeof value === "string");
    return found ?? null;
  } catch {
    // No token we can read: the account stays unnamed, and the caller refuses it.
    return null;
  }
}

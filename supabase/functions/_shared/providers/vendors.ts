import type { ClockPort } from "../ports/clock.ts";
import type { ConnectionProvider, ConnectionsPort, Credential } from "../ports/connections.ts";
import { createOAuthClient, type OAuthClients } from "./connections/oauth.ts";
import { createVendor, type Vendor } from "./http/vendor.ts";

type Env = Readonly<Record<string, string | undefined>>;

interface VendorFacts {
  readonly name: string;
  readonly area: string;
  /** Default address, and the variable that puts a test server in its place. */
  readonly baseUrl: string;
  readonly urlVariable: string;
  /** Variable of a key for the whole project; null where every account is connected. */
  readonly keyVariable: string | null;
  readonly authorize: (credential: Credential) => Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** A model writes for minutes; the step's own limit ends it sooner. */
const MODEL_TIMEOUT_MS = 300_000;

const bearer = ({ token }: Credential) => ({ authorization: `Bearer ${token}` });

/** Who is out there, by `fleet_connections.provider`. */
export const VENDORS: Readonly<Record<ConnectionProvider, VendorFacts>> = {
  google: {
    name: "Google",
    area: "google",
    baseUrl: "https://www.googleapis.com",
    urlVariable: "GOOGLE_API_URL",
    keyVariable: null,
    authorize: bearer,
  },
  microsoft: {
    name: "Microsoft",
    area: "microsoft",
    baseUrl: "https://graph.microsoft.com",
    urlVariable: "GRAPH_API_URL",
    keyVariable: null,
    authorize: bearer,
  },
  slack: {
    name: "Slack",
    area: "slack",
    baseUrl: "https://slack.com/api",
    urlVariable: "SLACK_API_URL",
    keyVariable: "SLACK_BOT_TOKEN",
    authorize: bearer,
  },
  resend: {
    name: "Resend",
    area: "mail",
    baseUrl: "https://api.resend.com",
    urlVariable: "RESEND_API_URL",
    keyVariable: "RESEND_API_KEY",
    authorize: bearer,
  },
  apollo: {
    name: "Apollo",
    area: "enrichment",
    baseUrl: "https://api.apollo.io/api/v1",
    urlVariable: "APOLLO_API_URL",
    keyVariable: "APOLLO_API_KEY",
    authorize: ({ token }) => ({ "x-api-key": token }),
  },
  instantly: {
    name: "Instantly",
    area: "campaigns",
    baseUrl: "https://api.instantly.ai/api/v2",
    urlVariable: "INSTANTLY_API_URL",
    keyVariable: "INSTANTLY_API_KEY",
    authorize: bearer,
  },
  anthropic: {
    name: "Anthropic",
    area: "llm",
    baseUrl: "https://api.anthropic.com",
    urlVariable: "ANTHROPIC_BASE_URL",
    keyVariable: "ANTHROPIC_API_KEY",
    authorize: ({ token }) => ({ "x-api-key": token }),
    timeoutMs: MODEL_TIMEOUT_MS,
  },
  openai: {
    name: "OpenAI",
    area: "llm",
    baseUrl: "https://api.openai.com",
    urlVariable: "OPENAI_BASE_URL",
    keyVariable: "OPENAI_API_KEY",
    authorize: bearer,
    timeoutMs: MODEL_TIMEOUT_MS,
  },
  brave: {
    name: "Brave Search",
    area: "news",
    baseUrl: "https://api.search.brave.com/res/v1",
    urlVariable: "BRAVE_API_URL",
    keyVariable: "BRAVE_API_KEY",
    authorize: ({ token }) => ({ "x-subscription-token": token }),
  },
  fireflies: {
    name: "Fireflies",
    area: "recordings",
    baseUrl: "https://api.fireflies.ai",
    urlVariable: "FIREFLIES_API_URL",
    keyVariable: "FIREFLIES_API_KEY",
    authorize: bearer,
  },
  meetingbaas: {
    name: "MeetingBaaS",
    area: "recordings",
    baseUrl: "https://api.meetingbaas.com/v2",
    urlVariable: "MEETINGBAAS_API_URL",
    keyVariable: "MEETINGBAAS_API_KEY",
    authorize: ({ token }) => ({ "x-meeting-baas-api-key": token }),
  },
  fathom: {
    name: "Fathom",
    area: "recordings",
    baseUrl: "https://api.fathom.ai/external/v1",
    urlVariable: "FATHOM_API_URL",
    keyVariable: "FATHOM_API_KEY",
    authorize: ({ token }) => ({ "x-api-key": token }),
  },
};

const PROVIDERS = Object.keys(VENDORS) as readonly ConnectionProvider[];

/** Where MeetingBaaS keeps what its bots recorded; `MEETINGBAAS_ARTIFACT_HOSTS` (commas) says otherwise. */
const ARTEFACT_HOSTS = [
  "s3.amazonaws.com",
  "*.s3.amazonaws.com",
  "*.s3.eu-west-3.amazonaws.com",
  "*.s3.fr-par.scw.cloud",
];

export function artefactPlaces(
  env: Env,
): { readonly hosts: readonly string[]; readonly ownOrigin: string } {
  const { baseUrl, urlVariable } = VENDORS.meetingbaas;
  const listed = (env.MEETINGBAAS_ARTIFACT_HOSTS ?? "").split(",").map((host) => host.trim())
    .filter((host) => host !== "");
  return {
    hosts: listed.length > 0 ? listed : ARTEFACT_HOSTS,
    ownOrigin: new URL(env[urlVariable] || baseUrl).origin,
  };
}

/** Keys of the whole project: the last place a credential is looked for. */
export function readVendorKeys(env: Env): Readonly<Partial<Record<ConnectionProvider, string>>> {
  return Object.fromEntries(PROVIDERS.flatMap((provider) => {
    const variable = VENDORS[provider].keyVariable;
    const key = variable === null ? undefined : env[variable];
    return key ? [[provider, key]] : [];
  }));
}

/** Clients of the vendors whose accounts are connected by OAuth, as far as the environment names them. */
export function readOAuthClients(env: Env, fetchImpl: typeof fetch): OAuthClients {
  const clients: Partial<Record<ConnectionProvider, ReturnType<typeof createOAuthClient>>> = {};
  for (const [provider, { prefix, tokenUrl }] of Object.entries(oauthPlaces(env))) {
    const clientId = env[`${prefix}_CLIENT_ID`], clientSecret = env[`${prefix}_CLIENT_SECRET`];
    if (!clientId || !clientSecret) continue;
    clients[provider as ConnectionProvider] = createOAuthClient({
      tokenUrl,
      clientId,
      clientSecret,
      fetch: fetchImpl,
    });
  }
  return clients;
}

/** Where people consent, and where codes become tokens. */
export function oauthPlaces(env: Env) {
  const google = env.GOOGLE_OAUTH_URL;
  const microsoft = env.MICROSOFT_OAUTH_URL ??
    "https://login.microsoftonline.com/common/oauth2/v2.0";
  const slack = env.SLACK_API_URL;
  return {
    google: {
      prefix: "GOOGLE",
      authorizeUrl: google ? `${google}/auth` : "https://accounts.google.com/o/oauth2/v2/auth",
      tokenUrl: google ? `${google}/token` : "https://oauth2.googleapis.com/token",
      revokeUrl: google ? `${google}/revoke` : "https://oauth2.googleapis.com/revoke",
    },
    microsoft: {
      prefix: "MICROSOFT",
      authorizeUrl: `${microsoft}/authorize`,
      tokenUrl: `${microsoft}/token`,
      // Microsoft has no such address: people withdraw their consent in their own account.
      revokeUrl: null,
    },
    slack: {
      prefix: "SLACK",
      authorizeUrl: slack ? `${slack}/oauth/v2/authorize` : "https://slack.com/oauth/v2/authorize",
      tokenUrl: `${slack ?? "https://slack.com/api"}/oauth.v2.access`,
      revokeUrl: `${slack ?? "https://slack.com/api"}/auth.revoke`,
    },
  } as const;
}

/** Each vendor's API, entered with the credential of whoever asks; `area` names the port in error codes. */
export function createVendors(deps: {
  readonly env: Env;
  readonly connections: ConnectionsPort;
  readonly clock: Pick<ClockPort, "now">;
  readonly fetch: typeof fetch;
}): (provider: ConnectionProvider, area?: string) => Vendor {
  return (provider, area) => {
    const { urlVariable, baseUrl, ...facts } = VENDORS[provider];
    return createVendor({
      name: facts.name,
      authorize: facts.authorize,
      timeoutMs: facts.timeoutMs,
      area: area ?? facts.area,
      provider,
      baseUrl: deps.env[urlVariable] || baseUrl,
      connections: deps.connections,
      clock: deps.clock,
      fetch: deps.fetch,
    });
  };
}

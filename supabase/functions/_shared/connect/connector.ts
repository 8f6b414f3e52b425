import { HttpError } from "../http/errors.ts";
import type { ConnectionProvider, ConnectionStore } from "../ports/connections.ts";
import type { IdsPort } from "../ports/ids.ts";
import type { KeyRing } from "../providers/connections/keyRing.ts";
import type { Secret } from "../providers/connections/connections.ts";
import { sha256Hex } from "../providers/sha256.ts";
import type { Consent, ConsentProvider } from "./consent.ts";
import { encodeBase64Url } from "../providers/connections/base64.ts";

/** Somebody consents within this time or starts again. */
export const STATE_LIVES_MS = 10 * 60_000;
const REVOKE_TIMEOUT_MS = 10_000;
/** A first connection of one owner may be made twice at once; the second takes the first one's row. */
const SAVE_ATTEMPTS = 3;

export interface ConnectorDeps {
  readonly store: ConnectionStore;
  readonly keyRing: KeyRing;
  readonly consents: Readonly<Partial<Record<ConsentProvider, Consent>>>;
  readonly ids: Pick<IdsPort, "uuid">;
  readonly fetch: typeof fetch;
  /** Ends what the vendor watches for this connection, while its credential still opens the door. */
  readonly stopWatching: (
    orgId: string,
    connectionId: string,
    signal: AbortSignal,
  ) => Promise<void>;
  /** `<SUPABASE_URL>/functions/v1/fleet-connect`. */
  readonly baseUrl: string;
}

export interface Owner {
  readonly orgId: string;
  /** Null: the organisation's own account. */
  readonly userId: string | null;
}

/** Connects and disconnects accounts; what it stores is sealed and never handed out again. */
export function createConnector(deps: ConnectorDeps) {
  const { store, keyRing } = deps;

  function consentOf(provider: string): Consent {
    const consent = deps.consents[provider as ConsentProvider];
    if (consent !== undefined) return consent;
    throw new HttpError(
      404,
      "not_configured",
      "This vendor is unknown, or its client id and secret are not set",
    );
  }

  async function save(
    owner: Owner,
    account: {
      readonly provider: ConnectionProvider;
      readonly accountId: string;
      readonly scopes: readonly string[];
      readonly secret: Secret;
      readonly expiresInMs: number | null;
    },
  ): Promise<string> {
    const { secret, ...row } = account;
    let id = deps.ids.uuid();
    for (let attempt = 0; attempt < SAVE_ATTEMPTS; attempt++) {
      const sealed = await keyRing.seal(JSON.stringify(secret), id);
      const answer = await store.save({ id, ...owner, ...row, sealed });
      if (answer.saved) return id;
      id = answer.id;
    }
    throw new HttpError(503, "connection_busy", "The account is being connected elsewhere", {
      headers: { "retry-after": "1" },
    });
  }

  const redirectUriOf = (provider: string) => `${deps.baseUrl}/${provider}/callback`;

  return {
    ownerOf: (provider: string) => consentOf(provider).owner,

    /** @returns where the browser goes */
    async start(provider: ConsentProvider, owner: Owner): Promise<string> {
      const consent = consentOf(provider);
      const state = randomText(), verifier = randomText();
      await store.openState(
        { ...owner, provider, verifier, sha256: await sha256Hex(state) },
        STATE_LIVES_MS,
      );
      const url = new URL(consent.authorizeUrl);
      const query = {
        response_type: "code",
        client_id: consent.clientId,
        redirect_uri: redirectUriOf(provider),
        // Slack separates by commas, the others by blanks.
        scope: consent.scopes.join(provider === "slack" ? "," : " "),
        state,
        code_challenge: await challengeOf(verifier),
        code_challenge_method: "S256",
        ...consent.extra,
      };
      for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
      return url.href;
    },

    /** @throws HttpError 400 `bad_state`, `consent_refused`, `code_refused`, `no_account`, `scopes_missing` */
    async finish(
      provider: ConsentProvider,
      answer: {
        readonly state: string;
        readonly code: string | null;
        readonly error: string | null;
      },
    ): Promise<{ readonly id: string; readonly account: string }> {
      const consent = consentOf(provider);
      const state = await store.takeState(await sha256Hex(answer.state), provider);
      if (state === null) {
        throw new HttpError(400, "bad_state", "This consent is unknown, used or over: start again");
      }
      if (answer.code === null) {
        throw new HttpError(400, "consent_refused", "The account was not connected");
      }
      const token = await consent.client.exchange(answer.code, {
        redirectUri: redirectUriOf(provider),
        codeVerifier: state.verifier,
        signal: AbortSignal.timeout(REVOKE_TIMEOUT_MS),
      });
      if (token.kind === "refused") {
        throw new HttpError(400, "code_refused", "The vendor did not take the code: start again");
      }
      const account = consent.accountOf(token);
      if (account === null) {
        throw new HttpError(400, "no_account", "The vendor did not say whose account this is");
      }
      const scopes = (token.scopes ?? consent.scopes).map(plainScope);
      const missing = consent.scopes.filter((scope) => !scopes.includes(scope) && isRight(scope));
      if (missing.length > 0) {
        throw new HttpError(400, "scopes_missing", "Not all rights were granted: start again", {
          details: missing.map((scope) => ({ path: "scope", message: scope })),
        });
      }
      const id = await save({ orgId: state.orgId, userId: state.userId }, {
        provider,
        accountId: account,
        scopes,
        secret: {
          access_token: token.accessToken,
          refresh_token: token.refreshToken ?? undefined,
        },
        expiresInMs: token.expiresInMs,
      });
      return { id, account };
    },

    /** Stores an API key of the organisation, in place of an older one. */
    saveKey: (provider: ConnectionProvider, orgId: string, key: string) =>
      save({ orgId, userId: null }, {
        provider,
        accountId: "api key",
        scopes: [],
        secret: { access_token: key },
        expiresInMs: null,
      }),

    /** Withdraws the credential at the vendor as far as it can, then forgets it. False when there is none. */
    async disconnect(provider: ConnectionProvider, owner: Owner): Promise<boolean> {
      const row = await store.find(provider, owner.orgId, owner.userId);
      if (row === null || row.user_id !== owner.userId) return false;
      // A vendor that does not answer must not keep somebody from disconnecting; its watch ends by itself.
      await deps.stopWatching(owner.orgId, row.id, AbortSignal.timeout(REVOKE_TIMEOUT_MS))
        .catch(() => {});
      const url = deps.consents[provider as ConsentProvider]?.revokeUrl ?? null;
      if (url !== null) {
        // A secret whose key is gone cannot be withdrawn at the vendor, but must not stay for that.
        const opened = await keyRing.open(row.sealed, row.id).catch(() => null);
        if (opened !== null) await revokeAtVendor(url, opened);
      }
      return await store.revoke(row.id, owner.orgId);
    },
  };

  /** A vendor that does not answer must not keep somebody from disconnecting. */
  async function revokeAtVendor(url: string, opened: string): Promise<void> {
    const { access_token, refresh_token } = JSON.parse(opened) as Secret;
    const response = await deps.fetch(url, {
      method: "POST",
      redirect: "error",
      signal: AbortSignal.timeout(REVOKE_TIMEOUT_MS),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: `Bearer ${access_token}`,
      },
      body: new URLSearchParams({ token: refresh_token ?? access_token }),
    }).catch(() => null);
    await response?.body?.cancel();
  }
}

export type Connector = ReturnType<typeof createConnector>;

/** Microsoft may answer with its resource before the scope's name. */
function plainScope(scope: string): string {
  return scope.replace(/^https:\/\/graph\.microsoft\.com\//, "");
}

/** Scopes that only shape the answer are not always repeated in it. */
function isRight(scope: string): boolean {
  return !["openid", "email", "offline_access"].includes(scope);
}

/** 256 bits: nobody guesses a state, and a verifier has the 43 characters that RFC 7636 asks for. */
function randomText(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challengeOf(verifier: string): Promise<string> {
  return encodeBase64Url(new Uint8Array(await sha256(verifier)));
}

function sha256(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}

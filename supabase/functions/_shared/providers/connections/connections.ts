import { FatalError, RetryableError } from "../../orchestrator/core/errors.ts";
import type { ClockPort } from "../../ports/clock.ts";
import type {
  ConnectionProvider,
  ConnectionRow,
  ConnectionsPort,
  ConnectionStore,
  Credential,
} from "../../ports/connections.ts";
import type { KeyRing } from "./keyRing.ts";
import type { OAuthClients, TokenAnswer } from "./oauth.ts";

/** What is sealed: an API key has no refresh token. */
export interface Secret {
  readonly access_token: string;
  readonly refresh_token?: string;
}

/** A token is refreshed this long before it ends, longer than any request takes. */
const REFRESH_BEFORE_MS = 120_000;
/** Longer than the vendor's answer may take; a crash in between costs this wait. */
const REFRESH_LEASE_MS = 20_000;
/** A token that is refused this soon after it was granted was not merely withdrawn early: the account is closed to us. */
const FRESH_MS = 5 * 60_000;
/** How often another isolate's refresh is looked for, and how long. */
const WAIT_STEP_MS = 250;
const WAIT_LIMIT_MS = 10_000;
/** How long a step waits for somebody to connect an account anew before it tries again. */
const RECONNECT_WAIT_MS = 3_600_000;

/** Credentials by member, organisation, environment; refreshed by one isolate at a time, no lock held over HTTP. */
export function createConnections(deps: {
  readonly store: ConnectionStore;
  readonly keyRing: KeyRing | null;
  readonly clock: ClockPort;
  readonly oauth: OAuthClients;
  /** API keys of the whole project, by provider. */
  readonly environment: Readonly<Partial<Record<ConnectionProvider, string>>>;
}): ConnectionsPort {
  const { store, keyRing, clock, oauth, environment } = deps;
  /** What a credential was made of, so that a refusal names its version. */
  const rows = new WeakMap<Credential, ConnectionRow>();

  async function openSecret(row: ConnectionRow): Promise<Secret> {
    if (keyRing === null) {
      throw new FatalError(
        "secret_unreadable",
        "Cannot open a stored credential: FLEET_TOKEN_KEYS is not set",
      );
    }
    return JSON.parse(await keyRing.open(row.sealed, row.id)) as Secret;
  }

  function toCredential(row: ConnectionRow, secret: Secret): Credential {
    const credential: Credential = {
      token: secret.access_token,
      accountId: row.account_id,
      scopes: row.scopes,
      source: row.user_id === null ? "organisation" : "user",
      connectionId: row.id,
    };
    rows.set(credential, row);
    return credential;
  }

  /** Null: another isolate refreshes, or did; read again. */
  async function refresh(row: ConnectionRow, signal: AbortSignal): Promise<Credential | null> {
    const client = oauth[row.provider];
    const secret = await openSecret(row);
    const stillHolds = row.expires_in_ms !== null && row.expires_in_ms > 0;
    if (secret.refresh_token === undefined || client === undefined) {
      if (stillHolds) return toCredential(row, secret);
      // A setting that is missing is ours to mend: nobody has to connect anew for it.
      if (client === undefined) throw notSet(row);
      await store.expire(row.id, row.version, "cannot_refresh");
      throw reconnect(row);
    }
    if (!await store.leaseRefresh(row.id, row.version, REFRESH_LEASE_MS)) return null;
    let answer: TokenAnswer;
    try {
      answer = await client.refresh(secret.refresh_token, signal);
    } catch (error) {
      // The vendor's door for tokens is closed, but the one we hold still opens the others.
      if (error instanceof RetryableError && stillHolds) return toCredential(row, secret);
      throw error;
    }
    if (answer.kind === "refused") {
      await store.expire(row.id, row.version, answer.reason);
      throw reconnect(row);
    }
    const fresh: Secret = {
      access_token: answer.accessToken,
      // A vendor that rotates sends a new one; one that does not goes on with the old.
      refresh_token: answer.refreshToken ?? secret.refresh_token,
    };
    const sealed = await keyRing!.seal(JSON.stringify(fresh), row.id);
    // Connected anew or revoked meanwhile: what lies there now counts, not what we were granted.
    if (!await store.refresh(row.id, row.version, sealed, answer.expiresInMs)) return null;
    return toCredential({ ...row, version: row.version + 1, sealed, age_ms: 0 }, fresh);
  }

  return {
    async find(provider, { orgId, userId, signal }) {
      for (let waited = 0;; waited += WAIT_STEP_MS) {
        const row = await store.find(provider, orgId, userId);
        if (row === null) return fromEnvironment(environment[provider]);
        if (row.status === "expired") throw reconnect(row);
        if (row.expires_in_ms === null || row.expires_in_ms > REFRESH_BEFORE_MS) {
          return toCredential(row, await openSecret(row));
        }
        const refreshed = await refresh(row, signal);
        if (refreshed !== null) return refreshed;
        // While another isolate refreshes, a token that still holds serves.
        if (row.expires_in_ms > 0) return toCredential(row, await openSecret(row));
        if (waited >= WAIT_LIMIT_MS) {
          throw new RetryableError(
            "connection_unavailable",
            `Cannot use the ${provider} connection: its refresh takes too long`,
          );
        }
        await clock.sleep(WAIT_STEP_MS, signal);
      }
    },
    async refuse(credential, { provider, reason }) {
      const row = rows.get(credential);
      if (row === undefined) {
        return new FatalError(
          "credential_refused",
          `${provider} refused the key of the environment`,
        );
      }
      const isRefreshable = row.age_ms > FRESH_MS && oauth[row.provider] !== undefined &&
        (await openSecret(row)).refresh_token !== undefined;
      if (isRefreshable) {
        await store.outdate(row.id, row.version);
        return new RetryableError(
          "connection_unavailable",
          `${provider} withdrew the token before its time: it is refreshed`,
        );
      }
      await store.expire(row.id, row.version, reason);
      return reconnect(row);
    },
  };
}

function fromEnvironment(token: string | undefined): Credential | null {
  if (token === undefined || token === "") return null;
  return { token, accountId: "", scopes: [], source: "environment", connectionId: null };
}

function notSet({ provider }: Pick<ConnectionRow, "provider">): RetryableError {
  return new RetryableError(
    "connection_unavailable",
    `Cannot refresh the ${provider} connection: the project's client id and secret are not set`,
  );
}

/** The step waits: its owner has an hour for each attempt before the run fails. */
function reconnect({ provider }: Pick<ConnectionRow, "provider">): RetryableError {
  return new RetryableError(
    "reconnect_required",
    `The ${provider} connection no longer holds: its owner was asked to connect it anew`,
    { retryAfterMs: RECONNECT_WAIT_MS },
  );
}

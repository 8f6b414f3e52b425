/** Accounts of the outside world, by vendor. */
export type ConnectionProvider =
  | "google"
  | "microsoft"
  | "slack"
  | "resend"
  | "apollo"
  | "instantly"
  | "brave"
  | "anthropic"
  | "openai"
  | "fireflies"
  | "meetingbaas"
  | "fathom";

/** What providers are let in with. Never part of a log, an error or an output. */
export interface Credential {
  readonly token: string;
  /** The account at the vendor: a mail address, a Slack team. Empty for a key from the environment. */
  readonly accountId: string;
  readonly scopes: readonly string[];
  /** Whose account this is. */
  readonly source: "user" | "organisation" | "environment";
  /** Null for a key from the environment. */
  readonly connectionId: string | null;
}

/** Credentials for providers, never for skills: `SkillPorts` does not hold it. */
export interface ConnectionsPort {
  /**
   * Looks up member → organisation → environment; null when nobody connected the vendor. A token that is
   * about to expire is refreshed first, by one isolate at a time.
   *
   * @throws RetryableError `reconnect_required` when the vendor refused to refresh; the owner was told
   * @throws RetryableError `connection_unavailable` when the vendor did not answer
   */
  find(
    provider: ConnectionProvider,
    of: { readonly orgId: string; readonly userId: string | null; readonly signal: AbortSignal },
  ): Promise<Credential | null>;
  /**
   * The vendor refused this credential. One that can be refreshed is, by whoever looks it up next; any other, and
   * one that was fresh, is marked expired once, and its owner is asked to reconnect.
   *
   * @returns what the caller throws
   */
  refuse(
    credential: Credential,
    why: { readonly provider: ConnectionProvider; readonly reason: string },
  ): Promise<Error>;
}

/** A secret as `fleet.connection_secrets` keeps it; everything base64. */
export interface Sealed {
  readonly key_id: string;
  readonly nonce: string;
  readonly ciphertext: string;
}

/** A row of `fleet_connections` with its sealed credential. */
export interface ConnectionRow {
  readonly id: string;
  readonly org_id: string;
  readonly user_id: string | null;
  readonly provider: ConnectionProvider;
  readonly account_id: string;
  readonly scopes: readonly string[];
  readonly status: "active" | "expired";
  readonly version: number;
  readonly sealed: Sealed;
  /** By the database's clock; null when the credential does not expire. */
  readonly expires_in_ms: number | null;
  /** Since this credential was stored, by the database's clock. */
  readonly age_ms: number;
}

/** A consent that somebody was sent to give. */
export interface OAuthState {
  readonly orgId: string;
  /** Whose account it becomes; null: the organisation's own. */
  readonly userId: string | null;
  readonly provider: ConnectionProvider;
  /** PKCE's code verifier. */
  readonly verifier: string;
}

/** Rows of `fleet_connections`; implemented by orchestrator/store/connections.ts. */
export interface ConnectionStore {
  find(
    provider: ConnectionProvider,
    orgId: string,
    userId: string | null,
  ): Promise<ConnectionRow | null>;
  /** `saved: false` names the id under which this owner's connection already lies. */
  save(connection: {
    readonly id: string;
    readonly orgId: string;
    readonly userId: string | null;
    readonly provider: ConnectionProvider;
    readonly accountId: string;
    readonly scopes: readonly string[];
    readonly sealed: Sealed;
    readonly expiresInMs: number | null;
  }): Promise<{ readonly id: string; readonly saved: boolean }>;
  leaseRefresh(id: string, version: number, leaseMs: number): Promise<boolean>;
  refresh(
    id: string,
    version: number,
    sealed: Sealed,
    expiresInMs: number | null,
  ): Promise<boolean>;
  /** The token no longer counts as one that holds: the next look-up refreshes it. */
  outdate(id: string, version: number): Promise<boolean>;
  /** True for the call that found out first; it wrote the request to reconnect into the feed. */
  expire(id: string, version: number, reason: string): Promise<boolean>;
  revoke(id: string, orgId: string): Promise<boolean>;
  /** Keeps a consent under way for so long. */
  openState(state: OAuthState & { readonly sha256: string }, livesMs: number): Promise<void>;
  /** Hands it out once; null for an unknown, used or late one. */
  takeState(
    sha256: string,
    provider: ConnectionProvider,
  ): Promise<Omit<OAuthState, "provider"> | null>;
}

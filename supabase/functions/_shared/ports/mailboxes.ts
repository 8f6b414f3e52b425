/** A mail as a door or a mailbox brought it; names equal those that `fleet_crm.store_email` takes. */
export interface IncomingEmail {
  readonly message_id: string;
  readonly thread_id: string | null;
  readonly in_reply_to: string | null;
  /** Plain addresses, without names. */
  readonly from_email: string;
  readonly to_emails: readonly string[];
  readonly cc_emails: readonly string[];
  readonly subject: string;
  /** The words, stored once; no markup. */
  readonly body_text: string;
  /** ISO 8601. */
  readonly received_at: string;
  /** Why it may start no run; null lets the seam judge (own mail, too fast a conversation). */
  readonly ignored_reason: string | null;
}

/** What `fleet_crm.store_email` answers. */
export interface StoredEmail {
  readonly email_id: string;
  readonly message_id: string;
  readonly duplicate: boolean;
  readonly user_id: string | null;
  readonly user_source: string | null;
  readonly contact_id: string | null;
  /** Stored, and starts no run. */
  readonly ignored_reason: string | null;
}

/** A connected mailbox and where its reading stands. */
export interface Mailbox {
  readonly connection_id: string;
  readonly org_id: string;
  /** Whose it is. */
  readonly user_id: string;
  readonly provider: "google" | "microsoft";
  /** Its address. */
  readonly account: string;
  /** Null: nothing was read yet. The vendor's own text, never a number. */
  readonly cursor: string | null;
  /** Graph's; null: none is known. */
  readonly subscription_id: string | null;
  /** ISO 8601; mails before it are nobody's news. */
  readonly connected_at: string;
}

/** A mailbox as a notice's door finds it. */
export interface MailboxOwner {
  readonly connection_id: string;
  readonly user_id: string | null;
}

/** What a door knows of a subscription of its own. */
export interface GraphWatch extends MailboxOwner {
  /** Null while it is being made: Graph may notify before we know its id. */
  readonly subscription_id: string | null;
  readonly client_state_sha256: string;
}

/** What came into a mailbox since its cursor, oldest first. */
export interface MailPage {
  readonly mails: readonly IncomingEmail[];
  /** Where the next reading starts. */
  readonly cursor: string;
  readonly has_more: boolean;
  /** The vendor had forgotten the cursor: the recent days were read again. */
  readonly is_resync: boolean;
}

export interface WatchAnswer {
  /** `not_configured`: the project names no topic; only the hourly reading goes on. */
  readonly status: "watching" | "not_configured" | "gone";
  /** ISO 8601. */
  readonly expires_at: string | null;
}

/** An event of a stored mail, to be made with the cursor's move. */
export interface MailEventDraft {
  readonly user_id: string | null;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly idempotency_key: string;
}

/**
 * Mailboxes of members, each read with its owner's own account.
 *
 * @throws RetryableError `mailbox_unavailable`, `mailbox_rate_limited`, `reconnect_required`;
 *   FatalError `mailbox_refused`, `mailbox_bad_answer`, `not_mapped`
 */
export interface MailboxesPort {
  /** Null when it is no longer connected, or another organisation's. */
  find(orgId: string, connectionId: string): Promise<Mailbox | null>;
  /** At most about `limit` mails. Null: the account that lets us in is no longer this one. */
  readNew(
    mailbox: Mailbox,
    options: { readonly limit: number; readonly signal: AbortSignal },
  ): Promise<MailPage | null>;
  /** Once per Message-ID and organisation. */
  store(mailbox: Mailbox, email: IncomingEmail): Promise<StoredEmail>;
  /** Events, cursor and the next reading in one statement; false when another run moved the cursor first. */
  advance(
    mailbox: Mailbox,
    to: {
      readonly cursor: string;
      readonly has_more: boolean;
      readonly events: readonly MailEventDraft[];
    },
  ): Promise<boolean>;
  /** Renews the vendor's watch, or makes a new one where `isLost` or none is known; then what came before is caught up. */
  watch(
    mailbox: Mailbox,
    options: { readonly isLost: boolean; readonly signal: AbortSignal },
  ): Promise<WatchAnswer>;
  /** Ends the vendor's watch, as far as it answers. */
  stop(mailbox: Mailbox, signal: AbortSignal): Promise<void>;
}

/** Rows of mailboxes; implemented by orchestrator/store/mailboxes.ts. */
export interface MailboxStore {
  find(orgId: string, connectionId: string): Promise<Mailbox | null>;
  store(mailbox: Mailbox, email: IncomingEmail): Promise<StoredEmail>;
  advance: MailboxesPort["advance"];
  /** Keeps the hash of a secret that Graph will repeat; answers the endpoint it will notify, null when gone. */
  prepareWatch(mailbox: Mailbox, clientStateSha256: string): Promise<string | null>;
  /** `expiresAt` null: nobody watches. False: the mailbox is gone, or another run's subscription came first. */
  saveWatch(
    mailbox: Mailbox,
    watch: {
      readonly subscriptionId: string | null;
      /** Of a subscription that is new. */
      readonly clientStateSha256: string | null;
      readonly cursor: string | null;
      readonly expiresAt: string | null;
      readonly catchesUp: boolean;
    },
  ): Promise<boolean>;
}

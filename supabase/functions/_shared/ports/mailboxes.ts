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

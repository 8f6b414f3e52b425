/** The organisation's feed in the app, `fleet_activity`. */
export interface FeedPort {
  /** Adds one line, once per effect key. @throws RetryableError `database_unavailable` */
  post(item: FeedItem): Promise<void>;
}

export interface FeedItem {
  readonly orgId: string;
  /** Whom it concerns. */
  readonly userId: string | null;
  readonly jobId: string;
  readonly eventType: string;
  /** Plain words. */
  readonly title: string;
  readonly summary: string;
  readonly effectKey: string;
}

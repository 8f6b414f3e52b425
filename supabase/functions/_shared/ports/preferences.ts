/** What organisations and members said they want. No row of a member means yes. */
export interface PreferencesPort {
  /** Members who do not want messages of this event type. @throws RetryableError `database_unavailable` */
  listOptOuts(orgId: string, eventType: string): Promise<ReadonlySet<string>>;
  /** Slack channels by category (`engineering`, …, `default`), as the organisation set them. @throws as above */
  listChannels(orgId: string): Promise<Readonly<Record<string, string>>>;
}

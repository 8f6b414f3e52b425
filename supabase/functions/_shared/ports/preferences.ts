/** What members said they want. No row means yes. */
export interface PreferencesPort {
  /** Members who do not want messages of this event type. @throws RetryableError `database_unavailable` */
  listOptOuts(orgId: string, eventType: string): Promise<ReadonlySet<string>>;
}

import type { CostBudget } from "../orchestrator/types.ts";

/** What counts for a member when a run starts for them. */
export interface MemberSettings {
  readonly quiet_hours: { readonly start: string; readonly end: string } | null;
  readonly max_messages_per_hour: number | null;
  /** By event type; the member's word before the organisation's. */
  readonly features: Readonly<Record<string, boolean>>;
  readonly cost_budget: CostBudget | null;
}

/** What organisations and members said they want. No row of a member means yes. */
export interface PreferencesPort {
  /** Members who do not want messages of this event type. @throws RetryableError `database_unavailable` */
  listOptOuts(orgId: string, eventType: string): Promise<ReadonlySet<string>>;
  /** Slack channels by category (`engineering`, …, `default`), as the organisation set them. @throws as above */
  listChannels(orgId: string): Promise<Readonly<Record<string, string>>>;
  /** @throws as above */
  readMember(orgId: string, userId: string | null): Promise<MemberSettings>;
}

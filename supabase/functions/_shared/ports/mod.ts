import type { ApprovalsPort } from "./approvals.ts";
import type { CampaignsPort } from "./campaigns.ts";
import type { CalendarPort, MailPort, SlackPort } from "./delivery.ts";
import type { ClockPort } from "./clock.ts";
import type { CrmPort } from "./crm.ts";
import type { EnrichmentPort } from "./enrichment.ts";
import type { FeedPort } from "./feed.ts";
import type { IdsPort } from "./ids.ts";
import type { IntentsPort } from "./intents.ts";
import type { LlmPort } from "./llm.ts";
import type { LogPort } from "./log.ts";
import type { CalendarFeedsPort } from "./calendarFeeds.ts";
import type { MailboxesPort } from "./mailboxes.ts";
import type { NewsPort } from "./news.ts";
import type { PreferencesPort } from "./preferences.ts";
import type { RecordingsPort } from "./recordings.ts";

/** The world as a skill may touch it. */
export interface SkillPorts {
  readonly crm: CrmPort;
  readonly slack: SlackPort;
  readonly mail: MailPort;
  readonly calendar: CalendarPort;
  readonly mailboxes: MailboxesPort;
  readonly calendarFeeds: CalendarFeedsPort;
  readonly news: NewsPort;
  readonly enrichment: EnrichmentPort;
  readonly campaigns: CampaignsPort;
  readonly recordings: RecordingsPort;
  readonly preferences: PreferencesPort;
  readonly feed: FeedPort;
  readonly intents: IntentsPort;
  readonly approvals: ApprovalsPort;
  readonly llm: LlmPort;
  readonly clock: ClockPort;
  readonly ids: IdsPort;
  readonly log: LogPort;
}

export type * from "./approvals.ts";
export type * from "./campaigns.ts";
export type * from "./clock.ts";
export type * from "./connections.ts";
export type * from "./crm.ts";
export type * from "./delivery.ts";
export type * from "./enrichment.ts";
export type * from "./feed.ts";
export type * from "./ids.ts";
export type * from "./intents.ts";
export type * from "./invoker.ts";
export type * from "./llm.ts";
export type * from "./log.ts";
export type * from "./calendarFeeds.ts";
export type * from "./mailboxes.ts";
export type * from "./news.ts";
export type * from "./preferences.ts";
export type * from "./recordings.ts";

/**
 * Business data. The Postgres provider reads the views `fleet_crm.*` and writes through
 * `fleet_crm.apply_change`; a team maps its own schema by replacing those, never this port.
 * Every call names the organisation; a row of another organisation is as good as absent.
 *
 * @throws RetryableError `crm_unavailable` when the database does not answer
 * @throws FatalError `not_mapped` when the seam has no mapping in this project
 */
export interface CrmPort {
  getOrganization(orgId: string): Promise<{ id: string; name: string } | null>;
  getUser(orgId: string, userId: string): Promise<CrmUser | null>;
  listMembers(orgId: string): Promise<readonly CrmUser[]>;
  getMeeting(orgId: string, meetingId: string): Promise<CrmMeeting | null>;
  /** Turns in spoken order; empty when no transcript is stored. */
  getTranscript(orgId: string, meetingId: string): Promise<readonly TranscriptTurn[]>;
  getContact(orgId: string, contactId: string): Promise<CrmContact | null>;
  /** Case-insensitive on the address. */
  findContactsByEmail(orgId: string, emails: readonly string[]): Promise<readonly CrmContact[]>;
  getCompany(orgId: string, companyId: string): Promise<CrmCompany | null>;
  getDeal(orgId: string, dealId: string): Promise<CrmDeal | null>;
  /** Open deals of the contact, newest first. */
  listDealsOfContact(orgId: string, contactId: string): Promise<readonly CrmDeal[]>;
  listDealStages(orgId: string): Promise<readonly { id: string; name: string; position: number }[]>;
  listMeetingsOfContact(
    orgId: string,
    contactId: string,
    limit: number,
  ): Promise<readonly CrmMeeting[]>;
  listActivities(
    orgId: string,
    of: { contactId?: string; dealId?: string },
    limit: number,
  ): Promise<readonly CrmActivity[]>;
  listEmailsOfContact(
    orgId: string,
    contactId: string,
    limit: number,
  ): Promise<readonly CrmEmail[]>;
  /** Events of the user that overlap [fromIso, toIso), by start. */
  listCalendarEvents(
    orgId: string,
    userId: string,
    range: { readonly fromIso: string; readonly toIso: string },
  ): Promise<readonly CrmCalendarEvent[]>;
  listOpenTasks(
    orgId: string,
    of: { userId?: string; meetingId?: string },
  ): Promise<readonly CrmTask[]>;
  /** The organisation's own call types; empty means the built-in eight. */
  listCallTypes(orgId: string): Promise<readonly CrmCallType[]>;
  /**
   * Inserts (`id` null) or updates one row, once per `effectKey`: a repeat returns the first result.
   * `change` holds column values of the entity as documented in docs/crm-seam.md.
   */
  applyChange(change: CrmChange): Promise<{ readonly id: string; readonly repeated: boolean }>;
}

export interface CrmChange {
  readonly orgId: string;
  readonly entity: CrmEntity;
  readonly id: string | null;
  readonly change: Readonly<Record<string, unknown>>;
  readonly effectKey: string;
}

export type CrmEntity =
  | "activity"
  | "calendar_event"
  | "coaching_analysis"
  | "company"
  | "contact"
  | "deal"
  | "meeting"
  | "meeting_action_item"
  | "notification"
  | "suggestion"
  | "task";

export interface CrmUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly timezone: string;
  readonly role: "owner" | "admin" | "member" | "readonly";
  readonly slack_user_id: string | null;
  /** Local working hours, e.g. `09:00`–`17:30`; weekdays are 1 (Monday) to 7. */
  readonly working_hours: {
    readonly start: string;
    readonly end: string;
    readonly days: readonly number[];
  };
}

export interface CrmMeeting {
  readonly id: string;
  readonly title: string;
  /** ISO with offset, or null when unknown: then nothing may guess dates. */
  readonly started_at: string | null;
  /** IANA zone, or null when unknown. */
  readonly timezone: string | null;
  readonly duration_minutes: number | null;
  readonly organizer_email: string | null;
  readonly user_id: string | null;
  readonly contact_id: string | null;
  readonly deal_id: string | null;
  readonly call_type: string | null;
  readonly call_type_confidence: number | null;
  readonly attendees: readonly CrmAttendee[];
}

export interface CrmAttendee {
  readonly name: string;
  readonly email: string | null;
  readonly title: string | null;
  readonly is_external: boolean;
  /** Set when the address is a known contact of the organisation. */
  readonly contact_id: string | null;
}

/** `t_seconds` from the meeting's start; position in the list is the turn number, from 0. */
export interface TranscriptTurn {
  readonly speaker: string;
  readonly t_seconds: number | null;
  readonly text: string;
}

export interface CrmContact {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly title: string | null;
  readonly phone: string | null;
  readonly timezone: string | null;
  readonly company_id: string | null;
  readonly owner_id: string | null;
}

export interface CrmCompany {
  readonly id: string;
  readonly name: string;
  readonly domain: string | null;
  readonly industry: string | null;
  readonly size: string | null;
}

export interface CrmDeal {
  readonly id: string;
  readonly name: string;
  readonly stage_id: string | null;
  readonly stage: string | null;
  readonly value: number | null;
  readonly currency: string | null;
  /** Calendar day, `YYYY-MM-DD`. */
  readonly close_date: string | null;
  readonly next_steps: string | null;
  readonly notes: string | null;
  readonly tags: readonly string[];
  readonly owner_id: string | null;
  readonly contact_id: string | null;
  readonly company_id: string | null;
  readonly status: "open" | "won" | "lost";
}

export interface CrmActivity {
  readonly id: string;
  readonly type: string;
  readonly subject: string | null;
  readonly created_at: string;
}

export interface CrmEmail {
  readonly id: string;
  readonly subject: string | null;
  readonly sent_at: string | null;
  readonly direction: "inbound" | "outbound";
}

export interface CrmCalendarEvent {
  readonly id: string;
  readonly title: string;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly is_all_day: boolean;
  /** `free` events do not block a slot. */
  readonly busy_status: "busy" | "free" | "tentative";
}

export interface CrmTask {
  readonly id: string;
  readonly title: string;
  readonly due_on: string | null;
  readonly status: string;
}

export interface CrmCallType {
  readonly id: string | null;
  readonly name: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly is_sales: boolean;
  readonly enable_coaching: boolean;
}

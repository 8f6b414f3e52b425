import type { JsonObject } from "../orchestrator/types.ts";

/** Rows as `CrmPort` answers them. Times are ISO in UTC, days `YYYY-MM-DD`, money numbers in `currency`. */

export interface CrmOrganization {
  readonly id: string;
  readonly name: string;
  /** Mail domain of its own people. */
  readonly domain: string | null;
  readonly industry: string | null;
  readonly size: string | null;
}

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
  readonly description: string | null;
  /** What research found; `{}` when nobody looked. */
  readonly enrichment: JsonObject;
  readonly enriched_at: string | null;
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
  readonly competitor: string | null;
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

/** One mail with its words. */
export interface CrmMail extends CrmEmail {
  readonly user_id: string | null;
  readonly contact_id: string | null;
  readonly message_id: string | null;
  readonly thread_id: string | null;
  readonly in_reply_to: string | null;
  readonly from_email: string | null;
  readonly to_emails: readonly string[];
  readonly body_text: string | null;
}

export interface CrmCalendarEvent {
  readonly id: string;
  readonly title: string;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly is_all_day: boolean;
  /** `free` events do not block a slot. */
  readonly busy_status: "busy" | "free" | "tentative";
  readonly organizer_email: string | null;
  readonly attendees: readonly { readonly email?: string | null; readonly name?: string | null }[];
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

/** An open deal with what happened around it in the last 30 days. */
export interface CrmPipelineDeal {
  readonly id: string;
  readonly name: string;
  readonly stage: string | null;
  readonly value: number | null;
  readonly currency: string | null;
  /** Calendar day, `YYYY-MM-DD`. */
  readonly close_date: string | null;
  readonly owner_id: string | null;
  readonly owner_name: string | null;
  readonly company_name: string | null;
  readonly contact_name: string | null;
  readonly contact_email: string | null;
  readonly contact_count: number;
  readonly meetings_last_30d: number;
  readonly emails_last_30d: number;
  /** Mails of the main contact alone; null without one. */
  readonly contact_emails_last_30d: number | null;
  /** Newest mail, meeting or activity; null when there was none. */
  readonly last_activity_at: string | null;
}

/** A deal that was lost, with what is left to build on. */
export interface CrmLostDeal {
  readonly id: string;
  readonly name: string;
  readonly value: number | null;
  readonly currency: string | null;
  readonly lost_reason: string | null;
  readonly closed_at: string | null;
  readonly owner_id: string | null;
  readonly company_id: string | null;
  readonly company_name: string | null;
  readonly company_domain: string | null;
  readonly contact_id: string | null;
  readonly contact_name: string | null;
  readonly contact_email: string | null;
  readonly contact_count: number;
}

export interface CrmActionItem {
  readonly id: string;
  readonly title: string;
  readonly owner_name: string | null;
  readonly due_on: string | null;
  readonly status: string;
  readonly meeting_id: string;
  readonly meeting_title: string;
}

export interface CrmMeetingSummary {
  readonly meeting_id: string;
  readonly title: string;
  readonly started_at: string | null;
  readonly summary: string;
  readonly objections: readonly {
    readonly objection: string;
    readonly quote?: string;
    readonly resolved?: boolean;
  }[];
}

/** How somebody conducted one meeting, and what became of its deal. Scores are 0–100. */
export interface CrmCoachingAnalysis {
  readonly meeting_id: string | null;
  readonly meeting_title: string | null;
  readonly user_id: string | null;
  readonly talk_ratio: number | null;
  readonly question_quality_score: number | null;
  readonly objection_handling_score: number | null;
  readonly discovery_depth_score: number | null;
  readonly overall_score: number | null;
  readonly insights: readonly JsonObject[];
  readonly recommendations: readonly JsonObject[];
  readonly deal_status: "open" | "won" | "lost" | null;
  readonly created_at: string;
}

/** The newest score of a deal. */
export interface CrmRiskScore {
  readonly id: string;
  readonly deal_id: string;
  readonly score: number;
  readonly scored_at: string;
  /** The last score that somebody was told of; null when nobody was. */
  readonly alerted_score: number | null;
}

export interface CrmProposalTemplate {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Liquid. */
  readonly body: string;
}

export interface CrmPlaybook {
  readonly id: string;
  readonly kind: "competitor" | "objection";
  readonly name: string;
  readonly keywords: readonly string[];
  readonly body: string;
}

export interface CrmProduct {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly price: number | null;
  readonly currency: string;
  readonly unit: string | null;
}

export interface CrmIdealCustomer {
  readonly description: string;
  readonly industries: readonly string[];
  readonly sizes: readonly string[];
  readonly titles: readonly string[];
}

export interface CrmCampaign {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly external_id: string | null;
  /** Counts by name: `sent`, `opened`, `replied`, `bounced`, … */
  readonly metrics: JsonObject;
}

export interface CrmCampaignReply {
  readonly id: string;
  readonly campaign_id: string;
  readonly contact_name: string | null;
  readonly contact_email: string;
  readonly subject: string | null;
  readonly body_text: string;
  readonly received_at: string;
}

import type { AgentDoors } from "./agentApi.ts";
import type { GraphWatch, IncomingEmail, MailboxOwner } from "../ports/mailboxes.ts";
import type { MeetingContent, RecordingProvider } from "../ports/recordings.ts";
import type {
  DefinitionSource,
  JobStatus,
  JsonObject,
  RunMode,
  StartStatus,
  StepStatus,
} from "./types.ts";

/**
 * What the doors (HTTP functions) may ask of the orchestrator. Field names equal the wire and column
 * names. Implemented by compose.ts; doors depend on this interface only, tests give a fake.
 */
export interface Orchestrator extends AgentDoors {
  /**
   * Routes and accepts one event; resolves once its rows are committed. With `drive` the new runs are
   * claimed at once and driven in the background (agent-orchestrator only); otherwise one doorbell rings.
   *
   * @throws ConflictError `idempotency_mismatch`; UnroutableError is a ValidationError with code `no_route`;
   * ValidationError `invalid_definition`; RetryableError `database_unavailable`
   */
  start(request: StartRequest, options: { readonly drive: boolean }): Promise<StartAnswer>;
  /** Waits until the run needs nobody or `timeoutMs` passed; returns its state then. */
  waitForJob(jobId: string, timeoutMs: number): Promise<JobOutcome>;
  /**
   * Doorbell: claims and drives that run in the background. `claimed` false and `due` true: this
   * isolate has no room or time for it, another may.
   */
  resume(jobId: string): Promise<{ readonly claimed: boolean; readonly due: boolean }>;
  /** Doorbell: routes a pending event and drives its runs in the background. */
  wakeEvent(eventId: string): Promise<{ readonly claimed: boolean }>;
  /** Runs the SQL sweep, then claims due rows and drives them in the background. */
  sweep(): Promise<SweepCounts>;
  /**
   * Records a person's decision and wakes the run: here with `drive` (the default), by a bell without.
   *
   * @throws NotFoundError `approval_not_found`, `link_not_found`; ConflictError `not_waiting`, `already_decided`,
   * `approval_id_required`, `content_changed`, `link_used`, `token_expired`, `cannot_revise`, `revision_limit`,
   * `too_late_to_undo`; AuthError 403 `not_allowed_to_decide`, `self_approval`; ValidationError `invalid_edits`,
   * `feedback_required`
   */
  decide(
    request: DecideRequest,
    options?: { readonly drive: boolean },
  ): Promise<DecideAnswer>;
  /** The run with steps, approvals, costs and children; null when absent or not in `orgIds`. */
  getJob(jobId: string, scope: OrgScope): Promise<JobDetail | null>;
  /** The run that an approval belongs to, under the same rule. */
  getJobOfApproval(approvalId: string, scope: OrgScope): Promise<JobDetail | null>;
  listJobs(filter: JobFilter, scope: OrgScope): Promise<readonly JobSummary[]>;
  /** Role of a user in an organisation, null when not a member. */
  memberRole(
    userId: string,
    orgId: string,
  ): Promise<"owner" | "admin" | "member" | "readonly" | null>;
  /** Endpoint of a webhook door with its active secrets, null when unknown or inactive. */
  getWebhookEndpoint(endpointId: string): Promise<WebhookEndpoint | null>;
  /**
   * Stores a meeting delivery (idempotent) and accepts its event: `meeting_ended`, or `meeting_recorded` where the
   * recording is still to be fetched.
   */
  ingestMeeting(delivery: MeetingDelivery): Promise<MeetingAnswer>;
  /** Stores calendar events for the member whose calendar it is; null when that is nobody. Idempotent. */
  ingestCalendar(delivery: CalendarDelivery): Promise<CalendarCounts | null>;
  /** Stores a mail (idempotent) and accepts its `email_received` event, unless it may start none. */
  ingestEmail(delivery: EmailDelivery): Promise<EmailAnswer>;
  /** Active mailboxes of an account, in the endpoint's organisation only. */
  listMailboxes(
    endpoint: WebhookEndpoint,
    provider: "google" | "microsoft",
    account: string,
  ): Promise<readonly MailboxOwner[]>;
  /** Graph's subscriptions of this door, to judge notices by. */
  readGraphWatches(
    endpoint: WebhookEndpoint,
    subscriptionIds: readonly string[],
  ): Promise<readonly GraphWatch[]>;
  /** Accepts an upkeep event per mailbox that a verified notice speaks of; a repeat finds the first ones. */
  noticeMailboxes(notices: MailboxNotices): Promise<NoticeAnswer>;
}

/** Organisations whose rows the caller may see; `all` for the secret key. */
export type OrgScope = "all" | { readonly userId: string };

export interface StartRequest {
  readonly type: string;
  readonly org_id: string;
  readonly user_id: string | null;
  readonly source: string;
  readonly payload: JsonObject;
  readonly parent_job_id?: string;
  readonly idempotency_key?: string;
  readonly mode: RunMode;
  readonly delay_minutes?: number;
  readonly user_source?: string;
}

export interface StartAnswer {
  readonly status: StartStatus;
  readonly event_id: string | null;
  readonly job_id: string | null;
  readonly job_ids: readonly string[];
  readonly refused: readonly { readonly sequence_key: string; readonly status: string }[];
  /** For gates: which row closed it and the command that opens it. */
  readonly message?: string;
}

export interface JobOutcome {
  readonly job_id: string;
  readonly status: JobStatus;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly step: string | null;
  };
  readonly outputs?: JsonObject;
}

export interface SweepCounts {
  readonly approvals_expired: number;
  readonly jobs_due: number;
  readonly events_due: number;
  readonly letters_due: number;
  readonly schedules_due: number;
  readonly claimed: number;
}

export interface DecideRequest {
  readonly job_id: string;
  readonly approval_id?: string;
  /** `revise`: propose again by the comment. `undo`: take a yes back while nothing has left. */
  readonly decision: "approve" | "reject" | "revise" | "undo";
  readonly edits?: JsonObject;
  readonly comment?: string;
  /** The deciding person; must be the assignee, or an admin or owner of the run's organisation. */
  readonly decided_by: string;
  /** The door it came by; `api` unless said. */
  readonly via?: "api" | "slack" | "link";
  /** Hash of the content the person saw: another one is refused. */
  readonly expected_sha256?: string;
  /** Hash of the single-use link they came by; used up by the decision. */
  readonly token_sha256?: string;
}

export interface DecideAnswer {
  readonly job_id: string;
  readonly status: JobStatus;
  /** Until then `undo` takes a yes back; null when it acts at once. */
  readonly acts_at: string | null;
}

export interface JobFilter {
  readonly org_id?: string;
  readonly status?: JobStatus;
  readonly limit: number;
}

export interface JobSummary {
  readonly id: string;
  readonly org_id: string;
  readonly user_id: string | null;
  readonly event_id: string;
  readonly event_type: string;
  readonly sequence_key: string;
  readonly status: JobStatus;
  readonly status_reason: string | null;
  readonly definition_source: DefinitionSource;
  readonly mode: RunMode;
  readonly depth: number;
  readonly parent_job_id: string | null;
  readonly cost_usd: number;
  readonly created_at: string;
  readonly completed_at: string | null;
}

export interface JobDetail extends JobSummary {
  readonly definition_version: number | null;
  readonly definition_hash: string;
  readonly fence: number;
  readonly run_after: string | null;
  readonly warnings: readonly string[];
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly error_step: string | null;
  readonly started_at: string | null;
  readonly updated_at: string;
  readonly steps: readonly JobStepView[];
  readonly approvals: readonly ApprovalView[];
  readonly costs: readonly JsonObject[];
  readonly children: readonly {
    readonly id: string;
    readonly event_type: string;
    readonly sequence_key: string;
    readonly status: JobStatus;
  }[];
  /** Follow-up events of this run, also those that made no run (`rejected`, `unrouted`, pending). */
  readonly child_events: readonly {
    readonly id: string;
    readonly type: string;
    readonly status: string;
    readonly status_reason: string | null;
  }[];
}

export interface JobStepView {
  readonly step_id: string;
  readonly skill: string;
  readonly status: StepStatus;
  readonly criticality: string;
  readonly depends_on: readonly string[];
  readonly attempts: number;
  readonly engine: string | null;
  readonly output: unknown;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly skip_reason: string | null;
  readonly cost_usd: number;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly duration_ms: number | null;
}

export interface ApprovalView {
  readonly id: string;
  readonly job_id: string;
  readonly step_id: string;
  readonly action_type: string;
  readonly preview: string;
  readonly proposed: JsonObject;
  readonly content_sha256: string;
  /** What wrote the content: `code`, `rules`, `<provider>:<model>`, several with commas. */
  readonly engine: string;
  readonly assignee_user_id: string | null;
  readonly status: "pending" | "approved" | "rejected" | "expired" | "cancelled";
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly expires_at: string;
  readonly created_at: string;
}

export interface WebhookEndpoint {
  readonly id: string;
  readonly org_id: string;
  readonly provider: string;
  readonly default_user_id: string | null;
  /** One or two active secrets (rotation), `whsec_…`; empty means not configured. */
  readonly secrets: readonly string[];
}

/** A verified and parsed meeting, whoever sent it. */
export interface MeetingDelivery {
  readonly endpoint: WebhookEndpoint;
  /** Unique per endpoint; its scheme's name comes first. */
  readonly delivery_id: string;
  readonly meeting: MeetingContent & { readonly external_id: string };
  /** The recording whose title, people and words a run of its own fetches; null when the body says it all. */
  readonly recording: { readonly provider: RecordingProvider; readonly id: string } | null;
}

/** What a recorder's webhook tells of a calendar that it watches. */
export interface CalendarDelivery {
  readonly endpoint: WebhookEndpoint;
  readonly calendar: {
    /** The calendar's name at the provider. */
    readonly account_id: string;
    readonly events: readonly {
      readonly external_id: string;
      readonly title: string;
      readonly starts_at: string;
      readonly ends_at: string;
      readonly is_all_day: boolean;
      readonly busy_status: "busy" | "tentative";
      readonly is_cancelled: boolean;
    }[];
  };
}

export interface CalendarCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly cancelled: number;
  readonly unknown: number;
}

export interface MeetingAnswer {
  readonly status: StartStatus;
  readonly event_id: string | null;
  readonly job_id: string | null;
  readonly meeting_id: string;
}

/** A verified and parsed mail, whoever sent it. */
export interface EmailDelivery {
  readonly endpoint: WebhookEndpoint;
  readonly delivery_id: string;
  readonly email: IncomingEmail;
}

export interface EmailAnswer {
  /** `ignored`: stored, and `reason` says why it starts no run. */
  readonly status: StartStatus | "ignored";
  readonly reason?: string;
  readonly event_id: string | null;
  readonly job_id: string | null;
  readonly email_id: string;
}

/** What a verified delivery says of mailboxes: never more than that they changed, or that a watch needs care. */
export interface MailboxNotices {
  readonly endpoint: WebhookEndpoint;
  readonly notices: readonly {
    readonly mailbox: MailboxOwner;
    readonly type: "mailbox_changed" | "watch_due";
    readonly payload: JsonObject;
    readonly idempotency_key: string;
  }[];
}

export interface NoticeAnswer {
  /** Of the first notice. */
  readonly status: StartStatus;
  readonly event_id: string | null;
  readonly job_id: string | null;
  readonly event_ids: readonly string[];
}

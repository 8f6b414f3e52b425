import type { MeetingToStore, StoredMeeting } from "../../ports/recordings.ts";
import type {
  ApprovalView,
  CalendarCounts,
  CalendarDelivery,
  JobDetail,
  JobSummary,
  WebhookEndpoint,
} from "../api.ts";
import type {
  ApprovalRow,
  DefinitionSource,
  FleetEvent,
  Json,
  JsonObject,
  RunMode,
  StepStatus,
} from "../types.ts";

/** An event and the runs it makes, as `fleet.commit_batch` takes them (migration 000500). */
export interface AcceptDraft {
  readonly event: {
    readonly event_id: string;
    /** False for an event that is already a row (follow-up, emitted, over budget). */
    readonly is_new: boolean;
    readonly org_id: string;
    readonly user_id: string | null;
    readonly user_source: string | null;
    readonly type: string;
    readonly source: string;
    readonly payload: JsonObject;
    readonly mode: RunMode;
    readonly idempotency_key: string | null;
    readonly request_sha256: string | null;
    readonly parent_job_id: string | null;
    readonly root_event_id: string;
    readonly depth: number;
    readonly delay_ms: number;
    readonly status: "pending" | "routed" | "rejected" | "unrouted";
    readonly status_reason: string | null;
    /** Configuration stamp the decision was made on; null skips the comparison. */
    readonly stamp: number | null;
  };
  readonly jobs: readonly JobDraft[];
}

export interface JobDraft {
  readonly id: string;
  readonly event_id: string;
  readonly sequence_key: string;
  readonly definition_source: DefinitionSource;
  readonly definition_version: number | null;
  readonly definition_hash: string;
  /** The isolate that drives it at once; null leaves it due. */
  readonly worker: string | null;
  readonly lease_ms: number;
  readonly delay_ms: number;
  readonly running: RunningSteps;
  readonly need_ms: number | null;
  readonly contact_id: string | null;
  readonly deal_id: string | null;
  readonly meeting_id: string | null;
  readonly warnings: readonly string[];
  readonly changes: readonly HistoryChange[];
}

export type RunningSteps = Readonly<
  Record<string, { readonly attempt: number; readonly at: string }>
>;

export interface HistoryChange {
  readonly step?: string;
  readonly from?: string;
  readonly to?: string;
  readonly attempt?: number;
  readonly reason?: string;
}

export type AcceptAnswer =
  | { readonly outcome: "accepted" }
  | { readonly outcome: "stale_config" }
  | { readonly outcome: "absent" }
  | {
    readonly outcome: "existing";
    readonly event_id: string;
    readonly status: string;
    readonly status_reason: string | null;
    readonly request_sha256: string | null;
    readonly jobs: readonly { readonly id: string; readonly sequence_key: string }[];
  };

/** One transition of one run, as `fleet.commit_batch` takes it. */
export interface RecordDraft {
  readonly job_id: string;
  readonly fence: number;
  readonly op: "record" | "park" | "release" | "complete" | "fail" | "cancel";
  readonly status: "running" | "queued" | "waiting_approval" | "completed" | "failed" | "cancelled";
  readonly status_reason: string | null;
  /** Parking looks once more for a decision and may be answered `running`. */
  readonly is_park: boolean;
  readonly running: RunningSteps;
  readonly delay_ms: number;
  readonly need_ms: number | null;
  readonly lease_ms: number;
  readonly has_outcomes: boolean;
  /** Null leaves them alone; a list is appended. */
  readonly warnings: readonly string[] | null;
  readonly cost_usd: number;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly error_step: string | null;
  readonly is_transient: boolean;
  readonly changes: readonly HistoryChange[];
  readonly steps: readonly StepRow[];
  readonly approvals: readonly ApprovalDraft[];
  readonly costs: readonly CostDraft[];
  readonly followups: readonly FollowupEventDraft[];
}

export interface StepRow {
  readonly job_id: string;
  readonly step_id: string;
  readonly org_id: string;
  readonly skill: string;
  readonly status: Exclude<StepStatus, "pending" | "running">;
  readonly attempts: number;
  readonly engine: string | null;
  readonly output: Json;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly skip_reason: string | null;
  readonly cost_usd: number;
  readonly followups: readonly JsonObject[] | null;
  readonly next_ms: number | null;
  readonly duration_ms: number | null;
}

export interface ApprovalDraft {
  readonly id: string;
  readonly job_id: string;
  readonly step_id: string;
  readonly ordinal: number;
  readonly action_type: string;
  readonly preview: string;
  readonly proposed: JsonObject;
  readonly content_sha256: string;
  /** Who wrote it, see `writersOf`. */
  readonly engine: string;
  readonly assignee_user_id: string | null;
  readonly approvers: readonly string[] | string | null;
  /** Null follows the organisation, like the two about escalation. */
  readonly forbids_self: boolean | null;
  readonly escalate_ms: number | null;
  readonly escalate_to: string | null;
  readonly revises: string | null;
  readonly round: number;
  readonly can_revise: boolean;
  readonly on_expire: "reject" | "approve" | "fail";
  readonly expires_ms: number;
}

export interface CostDraft {
  readonly job_id: string;
  readonly step_id: string;
  readonly attempt: number;
  readonly provider: string;
  readonly model: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number | null;
}

export interface FollowupEventDraft {
  readonly event_id: string;
  readonly job_id: string;
  readonly type: string;
  readonly payload: JsonObject;
  readonly delay_ms: number;
  readonly idempotency_key: string;
  /** Null: the parent run's. */
  readonly user_id: string | null;
  readonly user_source: string | null;
}

export type RecordAnswer =
  | { readonly outcome: "lease_lost" }
  | {
    readonly outcome: "recorded";
    readonly status: RecordDraft["status"];
    readonly decisions?: readonly ApprovalRow[];
    /** Events that tell people what was asked. */
    readonly asked?: readonly string[];
    readonly followups?: readonly {
      readonly event_id: string;
      readonly type: string;
      readonly status: string;
      readonly due: boolean | null;
    }[];
  };

/** A run this isolate now holds, with everything a driver needs to go on. */
export interface ClaimedJob {
  readonly id: string;
  readonly org_id: string;
  readonly user_id: string | null;
  readonly sequence_key: string;
  readonly definition_hash: string;
  readonly mode: RunMode;
  readonly fence: number;
  /** Of the configuration as it is now: the skills may have changed since the run's last isolate. */
  readonly stamp: number;
  readonly depth: number;
  readonly crash_count: number;
  readonly idle_claims: number;
  /** Starts that a lost lease left unanswered. */
  readonly interrupted: RunningSteps;
  readonly contact_id: string | null;
  readonly deal_id: string | null;
  readonly meeting_id: string | null;
  readonly event: FleetEvent;
  readonly steps: readonly {
    readonly step_id: string;
    readonly status: Exclude<StepStatus, "pending" | "running">;
    readonly attempts: number;
    readonly engine: string | null;
    readonly output: Json;
    readonly skip_reason: string | null;
    readonly followups: readonly JsonObject[] | null;
    readonly error_code: string | null;
    readonly next_ms: number | null;
  }[];
  readonly approvals: readonly ApprovalRow[];
}

export interface ClaimRequest {
  readonly worker: string;
  readonly leaseMs: number;
  readonly limit: number;
  /** Runs this isolate drives now. */
  readonly active: number;
  /** Time a next step may need here; null when any step may start. */
  readonly fitMs: number | null;
  readonly jobId: string | null;
}

export interface PendingEvent extends FleetEvent {
  readonly mode: RunMode;
  readonly status: string;
  readonly is_due: boolean;
}

/** Every call on the database that is not a gathered transition. One statement each, with a time limit. */
export interface Store {
  claimJobs(request: ClaimRequest): Promise<readonly ClaimedJob[]>;
  /** Answers the ids that are still this isolate's. */
  extendLeases(
    leases: readonly {
      readonly job_id: string;
      readonly fence: number;
      readonly lease_ms: number;
    }[],
  ): Promise<readonly string[]>;
  saveSnapshot(orgId: string, hash: string, sequenceKey: string, steps: unknown): Promise<void>;
  readSnapshot(orgId: string, hash: string): Promise<unknown>;
  readEvent(eventId: string): Promise<PendingEvent | null>;
  listDueEvents(limit: number): Promise<readonly string[]>;
  readJob(jobId: string, viewer: string | null): Promise<JobDetail | null>;
  readJobOfApproval(approvalId: string, viewer: string | null): Promise<JobDetail | null>;
  listJobs(
    orgId: string | null,
    viewer: string | null,
    filter: { readonly status: string | null; readonly limit: number },
  ): Promise<readonly JobSummary[]>;
  readApprovals(jobId: string): Promise<
    {
      readonly org_id: string;
      readonly status: string;
      readonly definition_hash: string;
      readonly approvals: readonly {
        readonly id: string;
        readonly step_id: string;
        readonly status: ApprovalView["status"];
        readonly action_type: string;
        readonly proposed: JsonObject;
      }[];
    } | null
  >;
  decideApproval(decision: {
    readonly approvalId: string;
    readonly decision: "approve" | "reject" | "revise";
    readonly decidedBy: string;
    readonly proposed: JsonObject | null;
    readonly contentSha256: string | null;
    readonly note: JsonObject;
    /** What the person saw, the link they came by, how long a yes can be taken back. */
    readonly options: {
      readonly expected_sha256?: string;
      readonly token_sha256?: string;
      readonly undo_ms: number;
    };
  }): Promise<DecisionAnswer>;
  /** Takes a yes back. @throws ConflictError `too_late_to_undo` */
  undoDecision(undo: {
    readonly approvalId: string;
    readonly userId: string;
    readonly tokenSha256: string | null;
  }): Promise<DecisionAnswer>;
  /** What approvals are at this moment; `refusal` is null where whoever decided still may. */
  readApprovers(approvalIds: readonly string[]): Promise<
    readonly { readonly id: string; readonly status: string; readonly refusal: string | null }[]
  >;
  noteRefusedAnswer(refusal: {
    readonly orgId: string | null;
    readonly approvalId: string | null;
    readonly via: string;
    readonly actor: string;
    readonly code: string;
  }): Promise<void>;
  cancelJob(jobId: string, reason: string): Promise<void>;
  retryJob(jobId: string): Promise<void>;
  sweep(): Promise<{
    readonly approvals_expired: number;
    readonly letters_due: number;
    readonly jobs_due: number;
    readonly events_due: number;
    readonly schedules_due: number;
  }>;
  memberRole(userId: string, orgId: string): Promise<string | null>;
  readWebhookEndpoint(endpointId: string): Promise<WebhookEndpoint | null>;
  /** Puts a pending event off; one that moved on stays as it is. */
  deferEvent(eventId: string, delayMs: number, reason: string): Promise<void>;
  storeMeeting(call: MeetingToStore): Promise<StoredMeeting>;
  storeCalendarDelivery(
    endpointId: string,
    accountId: string,
    events: CalendarDelivery["calendar"]["events"],
  ): Promise<CalendarCounts | null>;
}

/** What `fleet.decide_approval` and `fleet.undo_decision` answer. */
export interface DecisionAnswer {
  readonly job_id: string;
  readonly status: string;
  /** Until then a yes can be taken back; null when it acts at once. */
  readonly acts_at: string | null;
  /** Brings the messages up to date; null when nobody was sent one. */
  readonly event_id: string | null;
}

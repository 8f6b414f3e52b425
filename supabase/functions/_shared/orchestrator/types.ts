/**
 * The vocabulary of the orchestrator: Event, Run, Step, Attempt, Outcome.
 * One word per idea; docs/glossary.md explains each. Times are ISO-8601 strings with an offset,
 * durations carry their unit in the name, money is US dollars.
 */

export type Json = null | boolean | number | string | readonly Json[] | {
  readonly [key: string]: Json;
};
export type JsonObject = { readonly [key: string]: Json };

/** `repeatable` how often: see docs/architecture.md, "Effect modes". */
export type EffectMode = "pure" | "db" | "keyed" | "reconcile" | "at_most_once";

export type Criticality = "critical" | "best-effort";
export type RunMode = "live" | "shadow";
export type DefinitionSource = "org" | "platform" | "fallback";

export type JobStatus =
  | "queued"
  | "running"
  | "waiting_approval"
  | "completed"
  | "failed"
  | "cancelled";

export type StepStatus =
  | "pending"
  | "running"
  | "retrying"
  | "waiting_approval"
  | "completed"
  | "failed"
  | "skipped";

export type EventStatus = "pending" | "routed" | "rejected" | "unrouted";

/** Word that an accepted or refused start answers with (contract.md §3). */
export type StartStatus =
  | "queued"
  | "duplicate"
  | "rejected"
  | "skipped"
  | "unrouted"
  | "budget_exceeded"
  | "feature_disabled"
  | "sequence_disabled"
  | "user_opted_out";

/** What arrived. `payload` is under 64 KiB; bodies of meetings and mails live in their own tables. */
export interface FleetEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly org_id: string;
  readonly user_id: string | null;
  readonly payload: JsonObject;
  readonly depth: number;
  readonly root_event_id: string;
  readonly parent_job_id: string | null;
}

export interface RetryPolicy {
  readonly max_retries: number;
  readonly base_ms: number;
  readonly factor: number;
  readonly max_ms: number;
  readonly jitter: "none" | "full";
}

export interface ApprovalPolicy {
  readonly expires_minutes: number;
  readonly on_expire: "reject" | "approve" | "fail";
  /** A user id; null means the run's own user. */
  readonly assignee: string | null;
  /** Who alone may answer: users, or the lowest role that may. Absent: the assignee, admins and owners. */
  readonly approvers?: readonly string[] | "member" | "admin" | "owner";
  /** Whether the run's user may not answer what their run asks; absent follows the organisation. */
  readonly forbids_self?: boolean;
  /** Whom to ask too when nobody has answered by then; absent follows the organisation. */
  readonly escalate?: { readonly after_minutes: number; readonly to: string };
}

/** One step of a pinned definition, defaults filled in. */
export interface StepDefinition {
  readonly id: string;
  readonly skill: string;
  readonly requires_context: readonly string[];
  readonly requires_approval: boolean;
  readonly criticality: Criticality;
  readonly available: boolean;
  readonly depends_on: readonly string[];
  /** CEL over `event`, `outputs`, `context`; absent means always. */
  readonly when: string | null;
  readonly timeout_ms: number;
  readonly retry: RetryPolicy;
  readonly approval: ApprovalPolicy;
  /** Mapping into `params`; see core/mapping.ts. */
  readonly input: JsonObject | null;
}

/** What a step sees of the run that carries it. */
export interface StepInput {
  /** The event's payload. */
  readonly payload: JsonObject;
  /** Outputs of this step's ancestors in the DAG, by step id; null for one that ended without. */
  readonly outputs: { readonly [stepId: string]: Json };
  /** Context tiers 1 and 2 (orchestrator/context.ts). */
  readonly context: RunContext;
  /** The step definition's `input` mapping, resolved; empty when it has none. */
  readonly params: JsonObject;
}

/** Tier 1 always; tier 2 where the payload names an entity. A failed read is a warning, never silence. */
export interface RunContext {
  readonly org:
    | {
      readonly id: string;
      readonly name: string;
      readonly domain: string | null;
      readonly industry: string | null;
      readonly size: string | null;
    }
    | null;
  readonly user:
    | {
      readonly id: string;
      readonly email: string;
      readonly name: string;
      readonly timezone: string;
      readonly slack_user_id: string | null;
      /** Local hours without messages, `HH:MM`; null: none. */
      readonly quiet_hours: { readonly start: string; readonly end: string } | null;
      readonly max_messages_per_hour: number | null;
    }
    | null;
  /** Event types that the organisation or the member switched on or off; the others follow the defaults. */
  readonly features: Readonly<Record<string, boolean>>;
  /** The organisation's ideal customer. */
  readonly icp:
    | {
      readonly description: string;
      readonly industries: readonly string[];
      readonly sizes: readonly string[];
      readonly titles: readonly string[];
    }
    | null;
  readonly products: readonly {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly price: number | null;
    readonly currency: string;
    readonly unit: string | null;
  }[];
  /** The cap with the least left; null where the organisation has none. */
  readonly cost_budget: CostBudget | null;
  readonly contact: ContextContact | null;
  /** Whom the run is about where the CRM knows no contact: an attendee of the meeting or of its calendar event. */
  readonly counterpart: {
    readonly name: string;
    readonly email: string;
    readonly source: "attendee" | "calendar";
  } | null;
  readonly company:
    | { readonly id: string; readonly name: string; readonly domain: string | null }
    | null;
  readonly deal: ContextDeal | null;
  readonly meeting_history: readonly {
    readonly id: string;
    readonly title: string;
    readonly started_at: string | null;
  }[];
  readonly activities: readonly {
    readonly id: string;
    readonly type: string;
    readonly subject: string | null;
    readonly created_at: string;
  }[];
  readonly email_history: readonly {
    readonly id: string;
    readonly subject: string | null;
    readonly sent_at: string | null;
    readonly direction: string;
  }[];
  /** Only for a team's function whose step asks for `tier3:<part>`. */
  readonly tier3?: Readonly<Record<string, Json>>;
}

export interface CostBudget {
  readonly allowed: boolean;
  readonly period: "day" | "month";
  readonly cap_usd: number;
  readonly spent_usd: number;
}

export interface ContextContact {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly title: string | null;
  readonly company_id: string | null;
}

export interface ContextDeal {
  readonly id: string;
  readonly name: string;
  readonly stage: string | null;
  readonly value: number | null;
  readonly currency: string | null;
  readonly close_date: string | null;
  readonly owner_id: string | null;
}

/** One model call's price; `cost_usd` null means the price is unknown, never 0. */
export interface StepCost {
  readonly provider: string;
  readonly model: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number | null;
  /** True when the call wrote its own row of `fleet_costs`: the step only adds it up. */
  readonly is_in_ledger?: boolean;
}

/** An event that a step asks for; inserted only when the run completes. */
export interface FollowupDraft {
  readonly type: string;
  readonly payload: JsonObject;
  readonly delay_minutes?: number;
  /** Where the event is known by a business key, whoever raises it; else by (run, step, ordinal). Built-in skills only. */
  readonly idempotency_key?: string;
  /** Whose event it is and why, where the run found somebody better than its own user. Built-in skills only. */
  readonly user_id?: string | null;
  readonly user_source?: string | null;
}

/** What a person is asked to approve: exactly `proposed` is acted on (its RFC 8785 hash is stored). */
export interface Proposal {
  readonly action_type: string;
  /** One or two plain sentences for the approver. */
  readonly preview: string;
  readonly proposed: JsonObject;
}

/** An approval as the engine sees it. */
export interface ApprovalRow {
  readonly id: string;
  readonly step_id: string;
  readonly ordinal: number;
  readonly action_type: string;
  readonly proposed: JsonObject;
  readonly content_sha256: string;
  readonly status: "pending" | "approved" | "rejected" | "expired" | "cancelled";
  readonly on_expire: "reject" | "approve" | "fail";
  /** Null: it expired, and the definition says what then. */
  readonly decided_by: string | null;
  readonly assignee_user_id: string | null;
  /** What the approver wants changed: the step proposes again. */
  readonly feedback: string | null;
  /** The approval this one proposes anew, and how often that happened. */
  readonly revises: string | null;
  readonly round: number;
  /** How long a yes can still be taken back, from when the row was read; 0 acts at once. */
  readonly hold_ms: number;
  /** Driver time until which it can be taken back; set by whoever read the row. */
  readonly readyAt?: number;
}

/** What an approver wants changed in what was proposed. */
export interface Revision {
  readonly feedback: string;
  /** 1 to 3. */
  readonly round: number;
  readonly previous: JsonObject;
}

/** A row as `public.resolve_event_route` answers it. */
export interface DbEventRouteRow {
  readonly id: string;
  readonly org_id: string | null;
  readonly event_type: string;
  readonly sequence_key: string;
  readonly is_active: boolean;
  readonly priority: number;
  readonly conditions: unknown;
  readonly fan_out: boolean;
  readonly scope: "user" | "org";
}

/** A row as `public.get_sequence_definition` answers it. */
export interface DbSequenceDefinitionRow {
  readonly id: string;
  readonly org_id: string | null;
  readonly sequence_key: string;
  readonly version: number;
  readonly steps: unknown;
  readonly is_active: boolean;
}

/** A row as `public.get_handoff_routes` answers it. */
export interface DbHandoffRouteRow {
  readonly id: string;
  readonly key: string;
  readonly org_id: string | null;
  readonly source_sequence_key: string;
  readonly source_step_skill: string;
  readonly target_event_type: string;
  readonly for_each: string | null;
  readonly context_mapping: unknown;
  readonly conditions: unknown;
  readonly dedupe: string | null;
  readonly delay_minutes: number;
  readonly is_active: boolean;
}

export interface DbSkillRow {
  readonly skill: string;
  readonly kind: "adapter" | "function";
  readonly function_name: string | null;
  readonly effect_mode: string;
  readonly approval_floor: string;
  readonly timeout_ms: number;
  readonly is_active: boolean;
}

/** Facts that gates ask, with the stamp they were read at (fleet.read_start). */
export interface StartFacts {
  readonly stamp: number;
  readonly org_enabled: boolean | null;
  readonly sequence_enabled: boolean | null;
  readonly preference: boolean | null;
  readonly route_internal_meetings: boolean;
  /** Whether the organisation has caps at all: then what is spent is read anew for every start. */
  readonly has_budget: boolean;
  readonly budget: {
    readonly period: string;
    readonly cap_usd: number;
    readonly spent_usd: number;
    readonly resume_ms: number;
  } | null;
  readonly parent: {
    readonly org_id: string;
    readonly depth: number;
    readonly root_event_id: string;
  } | null;
  readonly sweep_age_ms: number;
}

/** What the database says about a start. Null means absent: the table or the resolver is not there. */
export interface StartConfig {
  readonly facts: StartFacts;
  readonly routes: readonly DbEventRouteRow[] | null;
  readonly definitions: ReadonlyMap<string, readonly DbSequenceDefinitionRow[]> | null;
}

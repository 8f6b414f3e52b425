import { InvariantError } from "../core/errors.ts";
import { createRunState, type RunState, takeApproval } from "../core/runState.ts";
import type { ClaimedJob, RecordDraft, RunningSteps } from "../store/types.ts";
import type { FleetEvent, Json, RunContext, RunMode, StepDefinition } from "../types.ts";
import type { StepStart } from "../core/plan.ts";
import type { CpuBudget } from "./isolate.ts";

/** A run this isolate holds the lease of. */
export interface ActiveRun {
  readonly jobId: string;
  readonly orgId: string;
  readonly userId: string | null;
  readonly sequenceKey: string;
  readonly mode: RunMode;
  readonly fence: number;
  readonly event: FleetEvent;
  readonly entities: {
    readonly contact_id: string | null;
    readonly deal_id: string | null;
    readonly meeting_id: string | null;
  };
  readonly state: RunState;
  readonly crashCount: number;
  readonly idleClaims: number;
  /** Steps whose start is recorded and whose answer is not. */
  readonly running: Map<string, RunningStep>;
  /** Aborts every running step: lease lost, run ended. */
  readonly abort: AbortController;
  readonly cpu: CpuBudget;
  /** Starts that `accept` recorded already. */
  readonly firstStarts: readonly StepStart[];
  /** Starts a crash left unanswered, to be judged before the first plan. */
  readonly interrupted: RunningSteps;
  /** Set when the first step that needs it asks. */
  context: Promise<RunContext> | null;
  /** Resolved context, for conditions. */
  contextNow: RunContext;
  /** Parts of tier 3 that a step asked for, by name. */
  readonly tier3: Map<string, Promise<Json>>;
  /** The transition that the database refused for good. */
  refused: RecordDraft | null;
  /** Has started a step here: then a long one no longer fits by the fresh-isolate rule. */
  hasStarted: boolean;
}

export interface RunningStep {
  readonly attempt: number;
  readonly startedAt: string;
  readonly deadlineAtMs: number;
}

export const EMPTY_CONTEXT: RunContext = {
  org: null,
  user: null,
  features: {},
  icp: null,
  products: [],
  cost_budget: null,
  contact: null,
  counterpart: null,
  company: null,
  deal: null,
  meeting_history: [],
  activities: [],
  email_history: [],
};

/** Rebuilds the driver's state from what a claim answered. `now` is driver time in ms. */
export function activateClaim(
  job: ClaimedJob,
  definition: readonly StepDefinition[],
  options: { readonly cpu: CpuBudget; readonly now: number },
): ActiveRun {
  const state = createRunState(definition);
  for (const row of job.steps) {
    const step = state.steps.get(row.step_id);
    if (step === undefined) {
      throw new InvariantError(
        "unknown_step",
        `Run "${job.id}" has a result for step "${row.step_id}"`,
      );
    }
    step.status = row.status;
    step.attempts = row.attempts;
    step.engine = row.engine;
    step.output = row.output;
    step.skipReason = row.skip_reason;
    step.errorCode = row.error_code;
    step.followups = row.followups ?? [];
    if (row.next_ms !== null) step.readyAt = options.now + row.next_ms;
  }
  for (const approval of job.approvals) takeApproval(state, approval, options.now);
  return {
    jobId: job.id,
    orgId: job.org_id,
    userId: job.user_id,
    sequenceKey: job.sequence_key,
    mode: job.mode,
    fence: job.fence,
    event: job.event,
    entities: { contact_id: job.contact_id, deal_id: job.deal_id, meeting_id: job.meeting_id },
    state,
    crashCount: job.crash_count,
    idleClaims: job.idle_claims,
    running: new Map(),
    abort: new AbortController(),
    cpu: options.cpu,
    firstStarts: [],
    interrupted: job.interrupted,
    context: null,
    contextNow: EMPTY_CONTEXT,
    tier3: new Map(),
    refused: null,
    hasStarted: false,
  };
}

/** The map written with each record: what is running once it commits. */
export function runningMap(run: ActiveRun): RunningSteps {
  const map: Record<string, { attempt: number; at: string }> = {};
  for (const [stepId, step] of run.running) {
    map[stepId] = { attempt: step.attempt, at: step.startedAt };
  }
  return map;
}

/** How an isolate's part in a run ended. */
export type RunExit = "ended" | "parked" | "handed_over" | "lease_lost";

import { assertNever } from "../core/errors.ts";
import { toStorableText } from "../core/storable.ts";
import { decideRetry } from "../core/retry.ts";
import type { StepEnding } from "../core/plan.ts";
import { approvalsOf, EFFECT_UNKNOWN, writersOf } from "../core/runState.ts";
import type {
  ApprovalDraft,
  CostDraft,
  FollowupEventDraft,
  HistoryChange,
  RecordDraft,
  StepRow,
} from "../store/types.ts";
import type { Json, JsonObject, StepDefinition } from "../types.ts";
import { type ActiveRun, runningMap } from "./activeRun.ts";
import type { EngineDeps } from "./deps.ts";
import type { StepOutcome } from "./executeStep.ts";

/** The next transition of a run while it is put together. */
export interface PendingRecord {
  readonly steps: StepRow[];
  readonly approvals: ApprovalDraft[];
  readonly costs: CostDraft[];
  /** Sum of all calls, those included whose rows are written already. */
  costUsd: number;
  readonly changes: HistoryChange[];
  readonly warnings: string[];
  readonly followups: FollowupEventDraft[];
  hasOutcomes: boolean;
}

export function createPendingRecord(): PendingRecord {
  return {
    steps: [],
    approvals: [],
    costs: [],
    costUsd: 0,
    changes: [],
    warnings: [],
    followups: [],
    hasOutcomes: false,
  };
}

export function isEmpty(record: PendingRecord): boolean {
  return record.steps.length === 0 && record.changes.length === 0 && record.warnings.length === 0;
}

/** Takes one attempt's outcome into the state and into the record that will make it true. */
export function takeOutcome(
  run: ActiveRun,
  outcome: StepOutcome,
  record: PendingRecord,
  deps: EngineDeps,
): void {
  const step = run.state.byId.get(outcome.stepId)!;
  const known = run.state.steps.get(outcome.stepId)!;
  run.running.delete(outcome.stepId);
  if (outcome.kind === "aborted") return;
  known.attempts = outcome.attempt;
  known.engine = outcome.engine;
  record.hasOutcomes = true;
  record.warnings.push(...outcome.warnings.map((w) => `${step.id}: ${w}`));
  for (const { is_in_ledger, ...cost } of outcome.costs) {
    record.costUsd += cost.cost_usd ?? 0;
    if (is_in_ledger) continue;
    record.costs.push({ job_id: run.jobId, step_id: step.id, attempt: outcome.attempt, ...cost });
  }
  const base = {
    engine: outcome.engine,
    cost_usd: outcome.costs.reduce((sum, cost) => sum + (cost.cost_usd ?? 0), 0),
    duration_ms: outcome.durationMs,
  };

  switch (outcome.kind) {
    case "completed": {
      known.status = "completed";
      known.output = outcome.output;
      known.followups = outcome.followups as unknown as readonly JsonObject[];
      putStep(run, step, record, {
        ...base,
        status: "completed",
        output: outcome.output,
        followups: known.followups.length > 0 ? known.followups : null,
      });
      return;
    }
    case "proposed": {
      known.status = "waiting_approval";
      known.attempts = outcome.attempt - 1;
      // Those of a revision come after all that were asked before.
      const from = Math.max(-1, ...approvalsOf(run.state, step.id).map((a) => a.ordinal)) + 1;
      const isRevision = outcome.proposals.some((proposal) => proposal.revises !== undefined);
      for (const [index, proposal] of outcome.proposals.entries()) {
        const ordinal = isRevision ? from + index : index;
        putApproval(run, step, record, { ordinal, deps, ...proposal });
      }
      putStep(run, step, record, { ...base, status: "waiting_approval" });
      return;
    }
    case "failed": {
      takeFailure(run, step, record, { deps, base, failure: outcome.failure });
      return;
    }
    default:
      assertNever(outcome);
  }
}

function takeFailure(
  run: ActiveRun,
  step: StepDefinition,
  record: PendingRecord,
  options: {
    readonly deps: EngineDeps;
    readonly base: Partial<StepRow>;
    readonly failure: Extract<StepOutcome, { kind: "failed" }>["failure"];
  },
): void {
  const { deps, base, failure } = options;
  const known = run.state.steps.get(step.id)!;
  const scale = deps.retryScale;
  const decision = decideRetry(failure, {
    policy: {
      ...step.retry,
      base_ms: step.retry.base_ms * scale,
      max_ms: step.retry.max_ms * scale,
    },
    effectMode: deps.skills.effectModeOf(step.skill),
    attempts: known.attempts,
  }, deps.ports.ids.random());
  const error = { error_code: failure.code, error_message: failure.message };

  switch (decision.do) {
    case "retry":
      known.status = "retrying";
      known.readyAt = deps.ports.clock.now() + decision.waitMs;
      putStep(run, step, record, {
        ...base,
        ...error,
        status: "retrying",
        next_ms: decision.waitMs,
      });
      return;
    case "ask_person":
      putUnknownEffect(run, step, record, { deps, message: failure.message });
      return;
    case "fail":
      known.status = "failed";
      known.errorCode = decision.code;
      putStep(run, step, record, { ...base, ...error, status: "failed" });
      if (step.criticality === "best-effort") {
        record.warnings.push(`${step.id}: failed (${decision.code})`);
      }
      return;
    default:
      assertNever(decision);
  }
}

/** An effect that may or may not have happened ends failed, and a person is asked which. */
export function putUnknownEffect(
  run: ActiveRun,
  step: StepDefinition,
  record: PendingRecord,
  options: { readonly deps: EngineDeps; readonly message: string },
): void {
  const known = run.state.steps.get(step.id)!;
  known.status = "failed";
  known.errorCode = EFFECT_UNKNOWN;
  putStep(run, step, record, {
    status: "failed",
    error_code: EFFECT_UNKNOWN,
    error_message: options.message,
  });
  record.hasOutcomes = true;
  record.warnings.push(`${step.id}: nobody knows whether its effect happened; a person is asked`);
  putApproval(run, step, record, {
    deps: options.deps,
    ordinal: unknownOrdinal(run, step),
    action_type: EFFECT_UNKNOWN,
    preview:
      `Step "${step.id}" may have acted: ${options.message}. Approve if its effect happened, reject to run it again.`,
    proposed: { step_id: step.id, skill: step.skill },
    sha256: EMPTY_HASH,
  });
}

/** Behind the step's own proposals; a step may be asked about again, by this driver or a later one. */
function unknownOrdinal(run: ActiveRun, step: StepDefinition): number {
  const asked = [...run.state.approvals.values()].filter((approval) =>
    approval.step_id === step.id && approval.action_type === EFFECT_UNKNOWN
  );
  return 1000 * run.fence + asked.length;
}

/** The question carries no content to bind, so its hash is that of nothing. */
const EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** A step that the plan ended without running it. */
export function takeEnding(run: ActiveRun, ending: StepEnding, record: PendingRecord): void {
  const { step } = ending;
  if (ending.as === "skipped") {
    putStep(run, step, record, { status: "skipped", skip_reason: ending.reason });
    if (ending.reason === "not_available" && step.criticality === "critical") {
      record.warnings.push(`${step.id}: critical step skipped, its skill is not available`);
    }
  } else {
    putStep(run, step, record, {
      status: "failed",
      error_code: ending.code,
      error_message: ending.message,
    });
  }
}

/** What a failing or cancelled run leaves unfinished. */
export function closeOpenSteps(run: ActiveRun, record: PendingRecord, deps: EngineDeps): void {
  for (const step of run.state.definition) {
    const known = run.state.steps.get(step.id)!;
    if (run.running.has(step.id) && deps.skills.effectModeOf(step.skill) === "at_most_once") {
      // It may be acting at this moment, and a retry of the run must not act once more.
      putUnknownEffect(run, step, record, { deps, message: "The run ended while the step ran" });
    } else if (run.running.has(step.id)) {
      known.status = "failed";
      putStep(run, step, record, {
        status: "failed",
        error_code: "aborted",
        error_message: "The run ended while the step ran",
      });
    } else if (
      known.status === "pending" || known.status === "retrying" ||
      known.status === "waiting_approval"
    ) {
      known.status = "skipped";
      putStep(run, step, record, { status: "skipped", skip_reason: "run_ended" });
    }
  }
  run.running.clear();
}

function putStep(
  run: ActiveRun,
  step: StepDefinition,
  record: PendingRecord,
  row: Partial<StepRow> & { readonly status: StepRow["status"] },
): void {
  const known = run.state.steps.get(step.id)!;
  record.steps.push({
    job_id: run.jobId,
    step_id: step.id,
    org_id: run.orgId,
    skill: step.skill,
    attempts: known.attempts,
    engine: null,
    output: null as Json,
    error_code: null,
    skip_reason: null,
    cost_usd: 0,
    followups: null,
    next_ms: null,
    duration_ms: null,
    ...row,
    error_message: typeof row.error_message === "string"
      ? toStorableText(row.error_message, 1000)
      : null,
  });
  record.changes.push({
    step: step.id,
    to: row.status,
    attempt: known.attempts,
    reason: row.skip_reason ?? row.error_code ?? undefined,
  });
}

function putApproval(
  run: ActiveRun,
  step: StepDefinition,
  record: PendingRecord,
  ask: {
    readonly deps: EngineDeps;
    readonly ordinal: number;
    readonly action_type: string;
    readonly preview: string;
    readonly proposed: JsonObject;
    readonly sha256: string;
    readonly revises?: string;
    readonly round?: number;
  },
): void {
  // Whether an effect happened is no matter of taste: rules about who may approve are not for that question.
  const rules: Partial<StepDefinition["approval"]> = ask.action_type === EFFECT_UNKNOWN
    ? { forbids_self: false }
    : step.approval;
  const draft: ApprovalDraft = {
    id: ask.deps.ports.ids.uuid(),
    job_id: run.jobId,
    step_id: step.id,
    ordinal: ask.ordinal,
    action_type: ask.action_type,
    preview: ask.preview,
    proposed: ask.proposed,
    content_sha256: ask.sha256,
    engine: writersOf(run.state, step.id),
    assignee_user_id: step.approval.assignee ?? run.userId,
    approvers: rules.approvers ?? null,
    forbids_self: rules.forbids_self ?? null,
    escalate_ms: rules.escalate === undefined ? null : rules.escalate.after_minutes * 60_000,
    escalate_to: rules.escalate?.to ?? null,
    revises: ask.revises ?? null,
    round: ask.round ?? 0,
    can_revise: ask.action_type !== EFFECT_UNKNOWN && ask.deps.skills.canRevise(step),
    // Nobody answered is no answer: the step stays failed.
    on_expire: ask.action_type === EFFECT_UNKNOWN ? "reject" : step.approval.on_expire,
    expires_ms: step.approval.expires_minutes * 60_000,
  };
  record.approvals.push(draft);
  run.state.approvals.set(draft.id, {
    id: draft.id,
    step_id: draft.step_id,
    ordinal: draft.ordinal,
    action_type: draft.action_type,
    proposed: draft.proposed,
    content_sha256: draft.content_sha256,
    status: "pending",
    on_expire: draft.on_expire,
    decided_by: null,
    assignee_user_id: draft.assignee_user_id,
    feedback: null,
    revises: draft.revises,
    round: draft.round,
    hold_ms: 0,
  });
}

/** Closes the pending record into one transition. */
export function toRecordDraft(
  run: ActiveRun,
  record: PendingRecord,
  move: Pick<RecordDraft, "op" | "status" | "lease_ms"> & Partial<RecordDraft>,
): RecordDraft {
  return {
    job_id: run.jobId,
    fence: run.fence,
    status_reason: null,
    is_park: false,
    running: runningMap(run),
    delay_ms: 0,
    need_ms: null,
    has_outcomes: record.hasOutcomes,
    warnings: record.warnings.length > 0
      ? record.warnings.map((warning) => toStorableText(warning, 1000))
      : record.followups.length > 0
      ? []
      : null,
    cost_usd: record.costUsd,
    error_code: null,
    error_message: null,
    error_step: null,
    is_transient: false,
    changes: record.changes,
    steps: record.steps,
    approvals: record.approvals,
    costs: record.costs,
    followups: record.followups,
    ...move,
  };
}

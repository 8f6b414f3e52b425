import type { ApprovalRow, Json, JsonObject, StepDefinition, StepStatus } from "../types.ts";

/** What is known of one step of a run that somebody drives. */
export interface StepState {
  status: StepStatus;
  /** Attempts begun; a start lost with its lease is not counted again. */
  attempts: number;
  /** `code`, `rules` or `<provider>:<model>`; null before the step answered. */
  engine: string | null;
  output: Json;
  /** For `retrying`: driver time (ms) from which it may start. */
  readyAt: number;
  errorCode: string | null;
  skipReason: string | null;
  /** Events the step asked for. */
  followups: readonly JsonObject[];
}

/** A run as its driver sees it. One driver at a time holds it, so it is changed in place. */
export interface RunState {
  readonly definition: readonly StepDefinition[];
  readonly byId: ReadonlyMap<string, StepDefinition>;
  readonly steps: Map<string, StepState>;
  readonly approvals: Map<string, ApprovalRow>;
}

export function createRunState(definition: readonly StepDefinition[]): RunState {
  const steps = new Map<string, StepState>();
  for (const step of definition) {
    steps.set(step.id, {
      status: "pending",
      attempts: 0,
      engine: null,
      output: null,
      readyAt: 0,
      errorCode: null,
      skipReason: null,
      followups: [],
    });
  }
  return {
    definition,
    byId: new Map(definition.map((step) => [step.id, step])),
    steps,
    approvals: new Map(),
  };
}

/** Ended for its dependants: completed, skipped, or failed where failing is allowed. */
export function hasEnded(state: RunState, stepId: string): boolean {
  const step = state.steps.get(stepId);
  if (step === undefined) return false;
  return step.status === "completed" || step.status === "skipped" ||
    (step.status === "failed" && state.byId.get(stepId)?.criticality === "best-effort");
}

/** Ids of all steps that must end before this one, nearest first. */
export function ancestorsOf(state: RunState, stepId: string): readonly string[] {
  const seen = new Set<string>();
  const queue = [...(state.byId.get(stepId)?.depends_on ?? [])];
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    if (seen.has(id)) continue;
    seen.add(id);
    queue.push(...(state.byId.get(id)?.depends_on ?? []));
  }
  return [...seen];
}

/** What a step may see: outputs of its ancestors and nothing else; null for one that ended without. */
export function visibleOutputs(state: RunState, stepId: string): Record<string, Json> {
  const outputs: Record<string, Json> = {};
  for (const id of ancestorsOf(state, stepId)) outputs[id] = state.steps.get(id)?.output ?? null;
  return outputs;
}

/** Which engines wrote what a step shows: its own and those of its ancestors, nearest first; `code` writes nothing. */
export function writersOf(state: RunState, stepId: string): string {
  const engines = [stepId, ...ancestorsOf(state, stepId)]
    .map((id) => state.steps.get(id)?.engine ?? "code")
    .filter((engine) => engine !== "code");
  return [...new Set(engines)].join(", ") || "code";
}

/** Approvals of what one step proposed, in the order they were asked. */
export function approvalsOf(state: RunState, stepId: string): readonly ApprovalRow[] {
  return [...state.approvals.values()]
    .filter((a) => a.step_id === stepId && a.action_type !== EFFECT_UNKNOWN)
    .sort((a, b) => a.ordinal - b.ordinal);
}

/** Approvals that count: what was sent back for revision does not. */
export function standingApprovalsOf(state: RunState, stepId: string): readonly ApprovalRow[] {
  return approvalsOf(state, stepId).filter((a) => a.feedback === null);
}

/** Contents that are to be proposed anew and have not been yet. */
export function revisionsOf(state: RunState, stepId: string): readonly ApprovalRow[] {
  const asked = approvalsOf(state, stepId);
  return asked.filter((a) => a.feedback !== null && !asked.some((b) => b.revises === a.id));
}

/** Takes an approval as a statement just answered it. `now` is driver time in ms. */
export function takeApproval(state: RunState, row: ApprovalRow, now: number): void {
  state.approvals.set(row.id, { ...row, readyAt: row.hold_ms > 0 ? now + row.hold_ms : 0 });
}

/** Word of a step whose effect may or may not have happened, and of the question about it. */
export const EFFECT_UNKNOWN = "effect_unknown";

/** Whether a person still has to say if the step's effect happened. */
export function isEffectAsked(state: RunState, stepId: string): boolean {
  return [...state.approvals.values()].some((a) =>
    a.step_id === stepId && a.action_type === EFFECT_UNKNOWN && a.status === "pending"
  );
}

/** Takes a person's answer to that question: it happened, or the step runs again. */
export function takeEffectAnswer(state: RunState, answer: ApprovalRow): void {
  const step = state.steps.get(answer.step_id);
  if (answer.action_type !== EFFECT_UNKNOWN || step?.errorCode !== EFFECT_UNKNOWN) return;
  if (answer.status === "approved") step.status = "completed";
  else if (answer.status === "rejected") step.status = "pending";
  else return;
  step.errorCode = null;
}

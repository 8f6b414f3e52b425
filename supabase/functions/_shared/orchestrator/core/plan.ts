import type { ApprovalRow, StepDefinition } from "../types.ts";
import {
  hasEnded,
  isEffectAsked,
  revisionsOf,
  type RunState,
  standingApprovalsOf,
} from "./runState.ts";

/** What is to happen next, decided from the state alone. The driver carries it out, SQL guards it. */
export interface Plan {
  /** Steps that end without running. */
  readonly endings: readonly StepEnding[];
  /** Steps whose code may run once their start is recorded. */
  readonly starts: readonly StepStart[];
  readonly end: RunEnd | null;
  /** Driver time of the next due retry or held approval, null when none is scheduled. */
  readonly wakeAt: number | null;
  /** A yes can still be taken back: the run is parked, so that its next driver reads whether it was. */
  readonly isHeld: boolean;
}

export type StepEnding =
  | { readonly step: StepDefinition; readonly as: "skipped"; readonly reason: string }
  | {
    readonly step: StepDefinition;
    readonly as: "failed";
    readonly code: string;
    readonly message: string;
  };

export interface StepStart {
  readonly step: StepDefinition;
  readonly attempt: number;
  /** The approved contents to act on; null for a first phase. */
  readonly approved: readonly ApprovalRow[] | null;
  /** Contents that an approver wants otherwise: they are proposed again. Null for any other start. */
  readonly revised: readonly ApprovalRow[] | null;
}

export type RunEnd =
  | { readonly as: "completed" }
  | { readonly as: "failed"; readonly stepId: string; readonly code: string }
  | { readonly as: "cancelled"; readonly stepId: string; readonly reason: string };

export interface PlanContext {
  /** Driver time in ms, the scale of `StepState.readyAt`. */
  readonly now: number;
  isAvailable(step: StepDefinition): boolean;
  /** Evaluates `when` over the outputs the step may see. */
  evaluateWhen(step: StepDefinition): boolean | { readonly error: string };
}

/**
 * Decides the next moves of a run. Endings cascade inside one call: a step skipped here may make its
 * dependants ready here. The state is advanced by the endings; starts are not, the driver marks them
 * once they are recorded.
 */
export function planNext(state: RunState, context: PlanContext): Plan {
  const endings: StepEnding[] = [];
  const starts = new Map<string, StepStart>();
  let wakeAt: number | null = null;
  let isHeld = false;

  for (let changed = true; changed;) {
    changed = false;
    for (const step of state.definition) {
      const known = state.steps.get(step.id)!;
      if (starts.has(step.id)) continue;
      const heldUntil = holdOf(state, step);
      if (heldUntil > context.now && !hasEnded(state, step.id) && known.status !== "running") {
        wakeAt = Math.min(wakeAt ?? Infinity, heldUntil);
        isHeld = true;
        continue;
      }
      if (known.status === "retrying") {
        if (known.readyAt <= context.now) starts.set(step.id, startOf(state, step));
        else wakeAt = Math.min(wakeAt ?? Infinity, known.readyAt);
        continue;
      }
      const ending = known.status === "waiting_approval"
        ? planDecision(state, step, starts)
        : known.status === "pending" && step.depends_on.every((id) => hasEnded(state, id))
        ? planReady(state, step, context, starts)
        : null;
      if (ending !== null) {
        endings.push(ending);
        known.status = ending.as;
        if (ending.as === "skipped") known.skipReason = ending.reason;
        else known.errorCode = ending.code;
        changed = true;
      }
    }
  }
  return { endings, starts: [...starts.values()], end: planEnd(state), wakeAt, isHeld };
}

/** Driver time until which an approved content of the step can be taken back; revising is no acting. */
function holdOf(state: RunState, step: StepDefinition): number {
  const standing = standingApprovalsOf(state, step.id);
  const isOpen = revisionsOf(state, step.id).length > 0 ||
    standing.some((a) => a.status === "pending");
  if (isOpen) return 0;
  return Math.max(0, ...standing.map((a) => a.status === "approved" ? a.readyAt ?? 0 : 0));
}

function planReady(
  state: RunState,
  step: StepDefinition,
  context: PlanContext,
  starts: Map<string, StepStart>,
): StepEnding | null {
  if (!context.isAvailable(step)) return { step, as: "skipped", reason: "not_available" };
  if (step.when !== null) {
    const held = context.evaluateWhen(step);
    if (typeof held === "object") {
      return { step, as: "failed", code: "condition_error", message: held.error };
    }
    if (!held) return { step, as: "skipped", reason: "condition_false" };
  }
  starts.set(step.id, startOf(state, step));
  return null;
}

/** All questions of a step answered: act on the approved ones, or end it. */
function planDecision(
  state: RunState,
  step: StepDefinition,
  starts: Map<string, StepStart>,
): StepEnding | null {
  if (revisionsOf(state, step.id).length > 0) {
    starts.set(step.id, startOf(state, step));
    return null;
  }
  const asked = standingApprovalsOf(state, step.id);
  if (asked.length === 0 || asked.some((a) => a.status === "pending")) return null;
  if (asked.some((a) => a.status === "approved")) {
    starts.set(step.id, startOf(state, step));
    return null;
  }
  if (asked.some((a) => a.status === "expired" && a.on_expire === "fail")) {
    return {
      step,
      as: "failed",
      code: "approval_expired",
      message: "The approval expired unanswered",
    };
  }
  const reason = asked.some((a) => a.status === "rejected") ? "rejected" : "expired";
  return { step, as: "skipped", reason };
}

function startOf(state: RunState, step: StepDefinition): StepStart {
  const revised = revisionsOf(state, step.id);
  const approved = standingApprovalsOf(state, step.id).filter((a) => a.status === "approved");
  return {
    step,
    attempt: state.steps.get(step.id)!.attempts + 1,
    approved: revised.length === 0 && approved.length > 0 ? approved : null,
    revised: revised.length > 0 ? revised : null,
  };
}

/** A critical refusal cancels, a critical failure fails, everything ended completes. */
function planEnd(state: RunState): RunEnd | null {
  let isOpen = false;
  for (const step of state.definition) {
    const known = state.steps.get(step.id)!;
    if (step.criticality === "critical") {
      if (known.status === "failed") {
        return { as: "failed", stepId: step.id, code: known.errorCode ?? "step_failed" };
      }
      if (
        known.status === "skipped" &&
        (known.skipReason === "rejected" || known.skipReason === "expired")
      ) {
        return { as: "cancelled", stepId: step.id, reason: known.skipReason };
      }
    }
    // A run does not end while somebody may yet say that a step is to run again.
    if (!hasEnded(state, step.id) || isEffectAsked(state, step.id)) isOpen = true;
  }
  return isOpen ? null : { as: "completed" };
}

import type { StepStart } from "../core/plan.ts";
import type { ActiveRun } from "./activeRun.ts";
import type { EngineDeps } from "./deps.ts";
import type { PendingRecord } from "./recordOutcome.ts";

export interface FittingStart {
  readonly start: StepStart;
  /** The step's timeout, or the time left where the fresh-isolate rule lets a longer one in. */
  readonly limitMs: number;
}

/** Grace between a step's deadline and the end of its lease: the answer must still be recorded. */
const LEASE_GRACE_MS = 5_000;

/**
 * Chooses which ready steps this isolate can still finish. Time: the timeout fits before the margin,
 * or the isolate is fresh. CPU: the declared worst case fits the request's rest; the first step of a
 * request always may, or a dear one could never run.
 */
export function chooseFitting(
  run: ActiveRun,
  starts: readonly StepStart[],
  deps: EngineDeps,
): readonly FittingStart[] {
  const fitting: FittingStart[] = [];
  const remaining = Math.floor(deps.isolate.remainingMs());
  const isFresh = deps.isolate.isFresh();
  for (const start of starts) {
    const cpuMs = deps.skills.cpuMsOf(start.step.skill);
    if (run.cpu.spentMs > 0 && run.cpu.spentMs + cpuMs > run.cpu.limitMs) continue;
    if (start.step.timeout_ms <= remaining) {
      fitting.push({ start, limitMs: start.step.timeout_ms });
    } else if (isFresh && remaining > 0) {
      fitting.push({ start, limitMs: remaining });
    } else continue;
    run.cpu.spentMs += cpuMs;
  }
  return fitting;
}

/** Marks the starts as running, so that the record made next carries them. */
export function markStarted(
  run: ActiveRun,
  fitting: readonly FittingStart[],
  record: Pick<PendingRecord, "changes">,
  deps: EngineDeps,
): void {
  const now = deps.ports.clock.now();
  const startedAt = new Date(now).toISOString();
  for (const { start, limitMs } of fitting) {
    run.state.steps.get(start.step.id)!.status = "running";
    run.running.set(start.step.id, {
      attempt: start.attempt,
      startedAt,
      deadlineAtMs: now + limitMs,
    });
    record.changes.push({ step: start.step.id, to: "running", attempt: start.attempt });
  }
  if (fitting.length > 0) deps.isolate.markDriven();
}

/**
 * What the record's answer took back: a yes that was withdrawn in the same moment does not act, nor one that was given
 * anew meanwhile, to another content or with a window of its own. The start is committed and its code has not run, so
 * the step simply waits again.
 */
export function dropWithdrawn(
  run: ActiveRun,
  fitting: readonly FittingStart[],
  deps: EngineDeps,
): readonly FittingStart[] {
  const now = deps.ports.clock.now();
  return fitting.filter(({ start }) => {
    const stands = (start.approved ?? []).every(({ id, content_sha256 }) => {
      const known = run.state.approvals.get(id);
      return known?.status === "approved" && known.content_sha256 === content_sha256 &&
        (known.readyAt ?? 0) <= now;
    });
    if (stands) return true;
    run.state.steps.get(start.step.id)!.status = "waiting_approval";
    run.running.delete(start.step.id);
    return false;
  });
}

/** A lease never outlives the longest running step's deadline by more than the grace. */
export function leaseFor(run: ActiveRun, deps: EngineDeps): number {
  let deadline = 0;
  for (const step of run.running.values()) deadline = Math.max(deadline, step.deadlineAtMs);
  if (deadline === 0) return deps.leaseMs;
  const leftMs = Math.round(deadline + LEASE_GRACE_MS - deps.ports.clock.now());
  return Math.max(1, Math.min(deps.leaseMs, leftMs));
}

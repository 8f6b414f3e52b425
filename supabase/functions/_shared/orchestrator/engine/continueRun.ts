import type { Plan } from "../core/plan.ts";
import { isEffectAsked } from "../core/runState.ts";
import type { ActiveRun, RunExit } from "./activeRun.ts";
import { commitRecord } from "./commitRecord.ts";
import type { EngineDeps } from "./deps.ts";
import { finishRun } from "./finishRun.ts";
import { type PendingRecord, toRecordDraft } from "./recordOutcome.ts";

/** Nothing can go on here: hand over what is ready, or park what waits. */
export async function continueRun(
  run: ActiveRun,
  plan: Plan,
  options: {
    readonly record: PendingRecord;
    readonly waitMs: number | null;
    readonly deps: EngineDeps;
  },
): Promise<RunExit | "stay"> {
  const { record, waitMs, deps } = options;
  if (plan.starts.length > 0) {
    const needMs = Math.min(...plan.starts.map((start) => start.step.timeout_ms));
    await commitRecord(
      run,
      toRecordDraft(run, record, {
        op: "release",
        status: "queued",
        status_reason: "continuing",
        need_ms: needMs,
        lease_ms: deps.leaseMs,
      }),
      deps,
    );
    deps.killpoint("KP24");
    await deps.invoker.ring({ kind: "resume", jobId: run.jobId });
    return "handed_over";
  }
  const waiting = run.state.definition.filter((s) =>
    run.state.steps.get(s.id)!.status === "waiting_approval" || isEffectAsked(run.state, s.id)
  );
  const isTimed = waitMs !== null;
  if (!isTimed && waiting.length === 0) {
    // Work is left and nothing can start it: never reported as completed (known fault 36).
    const open = run.state.definition.find((s) => run.state.steps.get(s.id)!.status === "pending");
    return await finishRun(
      run,
      { as: "failed", stepId: open?.id ?? "", code: "stalled" },
      record,
      deps,
    );
  }
  const answer = await commitRecord(
    run,
    toRecordDraft(run, record, {
      op: "park",
      status: isTimed ? "queued" : "waiting_approval",
      status_reason: plan.isHeld ? "undo_window" : isTimed ? "retry_wait" : "waiting_approval",
      delay_ms: waitMs ?? 0,
      need_ms: waiting.length > 0 ? Math.min(...waiting.map((s) => s.timeout_ms)) : null,
      is_park: true,
      lease_ms: deps.leaseMs,
    }),
    deps,
  );
  return answer.status === "running" ? "stay" : "parked";
}

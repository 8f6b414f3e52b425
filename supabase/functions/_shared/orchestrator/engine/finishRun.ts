import type { RunEnd } from "../core/plan.ts";
import type { ActiveRun, RunExit } from "./activeRun.ts";
import { chainHandoffs } from "./chainHandoffs.ts";
import { commitRecord } from "./commitRecord.ts";
import type { EngineDeps } from "./deps.ts";
import { closeOpenSteps, type PendingRecord, toRecordDraft } from "./recordOutcome.ts";

/** Completion with its follow-ups, failure with its letter, or cancellation: one statement each. */
export async function finishRun(
  run: ActiveRun,
  end: RunEnd,
  record: PendingRecord,
  deps: EngineDeps,
): Promise<RunExit> {
  const lease = { lease_ms: deps.leaseMs };
  switch (end.as) {
    case "completed": {
      await chainHandoffs(run, record, deps);
      deps.killpoint("KP11");
      const answer = await commitRecord(
        run,
        toRecordDraft(run, record, { op: "complete", status: "completed", ...lease }),
        deps,
      );
      deps.killpoint("KP12");
      // One bell per due follow-up, after the commit; a lost one costs a sweep interval.
      for (const child of answer.followups ?? []) {
        if (child.due === true) await deps.invoker.ring({ kind: "event", eventId: child.event_id });
      }
      deps.killpoint("KP13");
      return "ended";
    }
    case "failed": {
      const failed = record.steps.find((row) =>
        row.step_id === end.stepId && row.status === "failed"
      );
      closeOpenSteps(run, record, deps);
      await commitRecord(
        run,
        toRecordDraft(run, record, {
          op: "fail",
          status: "failed",
          error_code: end.code,
          error_message: failed?.error_message ?? `Step "${end.stepId}" failed`,
          error_step: end.stepId,
          is_transient: end.code.endsWith("_unavailable") || end.code === "step_timeout",
          ...lease,
        }),
        deps,
      );
      return "ended";
    }
    case "cancelled": {
      closeOpenSteps(run, record, deps);
      await commitRecord(
        run,
        toRecordDraft(run, record, {
          op: "cancel",
          status: "cancelled",
          status_reason: end.reason,
          ...lease,
        }),
        deps,
      );
      return "ended";
    }
  }
}

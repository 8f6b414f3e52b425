import { EFFECT_UNKNOWN } from "../core/runState.ts";
import type { RecordDraft } from "../store/types.ts";
import type { ActiveRun, RunExit } from "./activeRun.ts";
import type { EngineDeps } from "./deps.ts";
import { finishRun } from "./finishRun.ts";
import { createPendingRecord, putUnknownEffect, takeEnding } from "./recordOutcome.ts";

/**
 * The database refused what this run wanted to record, and would refuse it again: driving on would
 * repeat the same steps at every lease. The run fails with a letter instead; the refused outcomes are
 * given up, and where one of them may not be repeated a person is asked.
 */
export async function failRefused(
  run: ActiveRun,
  refused: RecordDraft,
  deps: EngineDeps,
): Promise<RunExit> {
  const record = createPendingRecord();
  for (const row of refused.steps) {
    const step = run.state.byId.get(row.step_id)!;
    const mayHaveActed = row.status === "completed" || row.error_code === EFFECT_UNKNOWN;
    const message = "What the step answered could not be stored";
    if (mayHaveActed && deps.skills.effectModeOf(step.skill) === "at_most_once") {
      putUnknownEffect(run, step, record, { deps, message });
      continue;
    }
    run.state.steps.get(step.id)!.status = "failed";
    takeEnding(run, { step, as: "failed", code: "commit_refused", message }, record);
  }
  const stepId = refused.steps[0]?.step_id ?? "";
  return await finishRun(run, { as: "failed", stepId, code: "commit_refused" }, record, deps);
}

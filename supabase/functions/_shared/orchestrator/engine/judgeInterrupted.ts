import type { ActiveRun } from "./activeRun.ts";
import type { EngineDeps } from "./deps.ts";
import { createPendingRecord, type PendingRecord, putUnknownEffect } from "./recordOutcome.ts";

/**
 * Looks at starts that a lost lease left unanswered. Repeating is harmless in every effect mode but
 * `at_most_once`: there the step ends `failed` (`effect_unknown`) and a person is asked. The others
 * simply start again; a crash is not one of the three attempts.
 */
export function judgeInterrupted(run: ActiveRun, deps: EngineDeps): PendingRecord {
  const record = createPendingRecord();
  for (const [stepId, start] of Object.entries(run.interrupted)) {
    const step = run.state.byId.get(stepId);
    if (step === undefined) continue;
    const known = run.state.steps.get(stepId)!;
    if (known.status === "completed" || known.status === "failed" || known.status === "skipped") {
      continue;
    }
    if (deps.skills.effectModeOf(step.skill) === "at_most_once") {
      known.attempts = start.attempt;
      putUnknownEffect(run, step, record, {
        deps,
        message: `Step "${stepId}" was cut off while it ran`,
      });
    }
  }
  return record;
}

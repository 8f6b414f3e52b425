import type { JobDetail } from "./api.ts";

/** One change of a run or of one of its steps. */
export interface Change {
  /** ISO, the database's time of the change. */
  readonly at: string;
  readonly job_id: string;
  readonly step_id?: string;
  readonly status: string;
  readonly engine?: string;
  readonly skip_reason?: string;
  readonly error?: string;
  readonly duration_ms?: number;
}

/**
 * What is different between two looks at a run, oldest first; everything when there was no earlier
 * look. Steps that still wait their turn are no news.
 */
export function changesBetween(before: JobDetail | null, after: JobDetail): readonly Change[] {
  const known = new Map(before?.steps.map((step) => [step.step_id, step]));
  const changes: Change[] = after.steps
    .filter((step) => {
      const old = known.get(step.step_id);
      if (old === undefined) return step.status !== "pending";
      return old.status !== step.status || old.attempts !== step.attempts;
    })
    .map((step) => ({
      at: step.completed_at ?? step.started_at ?? after.updated_at,
      job_id: after.id,
      step_id: step.step_id,
      status: step.status,
      ...(step.engine === null ? {} : { engine: step.engine }),
      ...(step.skip_reason === null ? {} : { skip_reason: step.skip_reason }),
      ...(step.error_message === null ? {} : { error: step.error_message }),
      ...(step.duration_ms === null ? {} : { duration_ms: step.duration_ms }),
    }));
  // The run's own change goes with the last of its steps, or the first when it has only begun.
  changes.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (before?.status === after.status) return changes;
  const own: Change = {
    at: after.completed_at ?? after.updated_at,
    job_id: after.id,
    status: after.status,
    ...(after.error_message === null ? {} : { error: after.error_message }),
  };
  return before === null && after.status === "running" ? [own, ...changes] : [...changes, own];
}

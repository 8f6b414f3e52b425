import type { FollowupEventDraft } from "../store/types.ts";
import type { FollowupDraft, Json } from "../types.ts";
import type { ActiveRun } from "./activeRun.ts";
import type { EngineDeps } from "./deps.ts";
import type { PendingRecord } from "./recordOutcome.ts";

/**
 * Plans the events a completing run raises: those its steps asked for and those its hand-off rows
 * describe. They are inserted by the very statement that completes the run; the key
 * `(parent run, step or hand-off, ordinal)` makes a repeat harmless. A shadow run only lists them.
 */
export async function chainHandoffs(
  run: ActiveRun,
  record: PendingRecord,
  deps: EngineDeps,
): Promise<void> {
  const drafts: FollowupEventDraft[] = [];
  const draft = (key: string, followup: FollowupDraft): FollowupEventDraft => ({
    event_id: deps.ports.ids.uuid(),
    job_id: run.jobId,
    type: followup.type,
    payload: followup.payload,
    delay_ms: Math.round((followup.delay_minutes ?? 0) * 60_000),
    idempotency_key: followup.idempotency_key ?? `followup:${run.jobId}:${key}`,
    user_id: followup.user_id ?? null,
    user_source: followup.user_source ?? null,
  });

  const outputs = new Map<string, { skill: string; output: Json }>();
  for (const step of run.state.definition) {
    const known = run.state.steps.get(step.id)!;
    if (known.status === "completed") {
      outputs.set(step.id, { skill: step.skill, output: known.output });
    }
    for (const [ordinal, followup] of known.followups.entries()) {
      drafts.push(draft(`${step.id}:${ordinal}`, followup as unknown as FollowupDraft));
    }
  }
  const handoffs = await deps.rules.planHandoffs({
    jobId: run.jobId,
    orgId: run.orgId,
    sequenceKey: run.sequenceKey,
    event: run.event,
    outputs,
    entities: run.entities,
  });
  record.warnings.push(...handoffs.warnings);
  for (const handoff of handoffs.followups) drafts.push(draft(handoff.key, handoff));

  if (run.mode === "shadow") {
    record.warnings.push(...drafts.map((d) => `Shadow: would start ${d.type}`));
  } else record.followups.push(...drafts);
}

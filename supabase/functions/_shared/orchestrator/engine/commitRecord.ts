import { InvariantError, LeaseLostError } from "../core/errors.ts";
import { takeApproval, takeEffectAnswer } from "../core/runState.ts";
import type { RecordAnswer, RecordDraft } from "../store/types.ts";
import type { ActiveRun } from "./activeRun.ts";
import type { EngineDeps } from "./deps.ts";
import { isEmpty, type PendingRecord, toRecordDraft } from "./recordOutcome.ts";
import { leaseFor } from "./startReady.ts";

/**
 * Commits one transition of a run and takes the decisions that came with its answer.
 *
 * @throws LeaseLostError when another isolate drives the run
 */
export async function commitRecord(
  run: ActiveRun,
  draft: RecordDraft,
  deps: EngineDeps,
): Promise<RecordAnswer & { outcome: "recorded" }> {
  deps.killpoint("KP05");
  const answer = await deps.writer.record(draft).catch((error) => {
    if (error instanceof InvariantError && draft.op !== "fail") run.refused = draft;
    throw error;
  });
  if (answer.outcome === "lease_lost") {
    throw new LeaseLostError("lease_lost", `Run "${run.jobId}" is driven elsewhere`);
  }
  if (answer.asked !== undefined && answer.asked.length > 0) {
    deps.killpoint("KP14");
    // Bells only: the events are committed, and nobody's step waits for a message to be posted.
    for (const eventId of answer.asked) void deps.invoker.ring({ kind: "event", eventId });
  }
  for (const decision of answer.decisions ?? []) {
    takeApproval(run.state, decision, deps.ports.clock.now());
    takeEffectAnswer(run.state, decision);
  }
  return answer;
}

/** Commits what is pending while the run goes on here; nothing pending and nothing started: no commit. */
export async function commitProgress(
  run: ActiveRun,
  record: PendingRecord,
  deps: EngineDeps,
): Promise<void> {
  if (isEmpty(record)) return;
  const move = { op: "record", status: "running", lease_ms: leaseFor(run, deps) } as const;
  await commitRecord(run, toRecordDraft(run, record, move), deps);
}

import { planNext } from "../core/plan.ts";
import { createRunState } from "../core/runState.ts";
import { isUuid } from "../core/uuid.ts";
import type { JobDraft } from "../store/types.ts";
import type { DefinitionSource, FleetEvent, RunMode, StepDefinition } from "../types.ts";
import { type ActiveRun, EMPTY_CONTEXT, runningMap } from "./activeRun.ts";
import type { EngineDeps } from "./deps.ts";
import type { CpuBudget } from "./isolate.ts";
import { needsContext } from "./provideContext.ts";
import { chooseFitting, markStarted } from "./startReady.ts";

/** A sequence that routing chose for an event, pinned. */
export interface ChosenSequence {
  readonly sequenceKey: string;
  readonly source: DefinitionSource;
  readonly version: number | null;
  readonly hash: string;
  readonly steps: readonly StepDefinition[];
}

export interface DraftedRun {
  readonly job: JobDraft;
  /** Set when this isolate claims the run with its acceptance; drive it once that committed. */
  readonly run: ActiveRun | null;
}

/**
 * Prepares the row of a new run. With a CPU budget the row is claimed by this isolate in the same
 * statement and carries its first starts, so that a run costs one commit less.
 */
export function draftRun(
  chosen: ChosenSequence,
  event: FleetEvent & { readonly mode: RunMode },
  options: { readonly deps: EngineDeps; readonly cpu: CpuBudget | null; readonly delayMs: number },
): DraftedRun {
  const { deps, cpu } = options;
  const jobId = deps.ports.ids.uuid();
  const entities = {
    contact_id: uuidOf(event.payload.contact_id),
    deal_id: uuidOf(event.payload.deal_id),
    meeting_id: uuidOf(event.payload.meeting_id),
  };
  const roots = chosen.steps.filter((step) => step.depends_on.length === 0);
  const needMs = Math.min(...roots.map((step) => step.timeout_ms));
  const fitMs = deps.isolate.fitMs();
  const isClaimed = cpu !== null && options.delayMs === 0 && (fitMs === null || needMs <= fitMs);
  const base = {
    id: jobId,
    event_id: event.id,
    sequence_key: chosen.sequenceKey,
    definition_source: chosen.source,
    definition_version: chosen.version,
    definition_hash: chosen.hash,
    lease_ms: deps.leaseMs,
    delay_ms: options.delayMs,
    need_ms: needMs,
    ...entities,
    warnings: [],
  };
  if (!isClaimed) {
    return { job: { ...base, worker: null, running: {}, changes: [{ to: "queued" }] }, run: null };
  }

  const state = createRunState(chosen.steps);
  const record: { changes: JobDraft["changes"][number][] } = { changes: [{ to: "running" }] };
  const draft: ActiveRun = {
    jobId,
    orgId: event.org_id,
    userId: event.user_id,
    sequenceKey: chosen.sequenceKey,
    mode: event.mode,
    fence: 1,
    event,
    entities,
    state,
    crashCount: 0,
    idleClaims: 0,
    running: new Map(),
    abort: new AbortController(),
    cpu,
    firstStarts: [],
    interrupted: {},
    context: null,
    contextNow: EMPTY_CONTEXT,
    tier3: new Map(),
    refused: null,
    hasStarted: false,
  };
  // Roots that end without running, or ask the context first, wait for the first plan after acceptance.
  const isPlain = roots.every((step) => step.when === null && deps.skills.isAvailable(step));
  const fitting = isPlain && !chosen.steps.some((step) => step.when !== null && needsContext(step))
    ? chooseFitting(
      draft,
      planNext(state, {
        now: deps.ports.clock.now(),
        isAvailable: (step) => deps.skills.isAvailable(step),
        evaluateWhen: () => true,
      }).starts,
      deps,
    )
    : [];
  markStarted(draft, fitting, record, deps);
  return {
    job: {
      ...base,
      worker: deps.isolate.workerId,
      running: runningMap(draft),
      changes: record.changes,
    },
    run: { ...draft, firstStarts: fitting.map(({ start }) => start) },
  };
}

/** Entity columns hold uuids; a payload may carry anything under those names. */
function uuidOf(value: unknown): string | null {
  return isUuid(value) ? value : null;
}

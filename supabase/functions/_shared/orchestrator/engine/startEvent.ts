import type { StartAnswer, StartRequest } from "../api.ts";
import { canonicalSha256 } from "../core/canonical.ts";
import { ConflictError, RetryableError, ValidationError } from "../core/errors.ts";
import type { ConfigReader, StartConfigRequest } from "../store/config.ts";
import type { FleetEvent, RunMode, StartConfig, StartStatus } from "../types.ts";
import type { AcceptAnswer, AcceptDraft, PendingEvent } from "../store/types.ts";
import type { EngineDeps } from "./deps.ts";
import type { Drivers } from "./drivers.ts";
import { type ChosenSequence, type DraftedRun, draftRun } from "./draftRun.ts";
import type { CpuBudget } from "./isolate.ts";

/** What routing and gates say about an event. */
export interface StartDecision {
  readonly status: Exclude<StartStatus, "duplicate"> | "no_route" | "invalid_definition";
  /** Sequences to run, the winning route's first; empty unless `queued`. */
  readonly chosen: readonly ChosenSequence[];
  readonly refused: StartAnswer["refused"];
  readonly message?: string;
  /** What the event keeps as its reason; the status where it is left out. */
  readonly reason?: string;
  /** Over budget: when the event is looked at again. */
  readonly resumeMs?: number;
}

export interface StartRules {
  /** Sequence keys that code knows for the type. */
  codeKeysOf(type: string): readonly string[];
  decide(event: StartingEvent, config: StartConfig): StartDecision;
}

export type StartingEvent = FleetEvent & { readonly mode: RunMode };

export interface StarterDeps {
  readonly engine: EngineDeps;
  readonly drivers: Drivers;
  readonly config: ConfigReader;
  readonly rules: StartRules;
  /** Told with every read of the configuration how long ago the last sweep was. */
  onSweepAge(ageMs: number): void;
}

export interface StartOptions {
  /** Claim with acceptance and drive in the background; else ring once. */
  readonly cpu: CpuBudget | null;
  /** Webhook doors dedupe by delivery: a differing repeat is still a repeat. */
  readonly comparesContent: boolean;
}

/**
 * Configuration is kept between starts: accept judges its stamp, so an older one costs a second try and
 * never decides. The limit is for the sweep's age, which the stamp does not cover.
 */
const KEEP_MS = 5000;
const KEPT_SIZE = 256;
/** A configuration that changes between read and accept is read again this often. */
const STALE_LIMIT = 5;
const MAX_CHAIN_DEPTH = 5;

export interface Starter {
  start(request: StartRequest, options: StartOptions): Promise<StartAnswer>;
  /** Routes an event that is a row already; without a budget its runs are left to others. Null when it is not pending or not due. */
  routePending(event: PendingEvent, cpu: CpuBudget | null): Promise<StartAnswer | null>;
}

/** Routes an event and commits its rows: nothing runs before they are there, nothing is answered before. */
export function createStarter(deps: StarterDeps): Starter {
  const { engine, rules } = deps;
  const savedSnapshots = new Set<string>();
  const kept = new Map<string, { readonly config: StartConfig; readonly readAt: number }>();

  async function readConfig(event: FleetEvent): Promise<StartConfig> {
    const request: StartConfigRequest = {
      orgId: event.org_id,
      userId: event.user_id,
      type: event.type,
      parentJobId: event.parent_job_id,
      codeKeys: rules.codeKeysOf(event.type),
    };
    const now = engine.ports.clock.now();
    const key = `${request.orgId} ${request.userId} ${request.type}`;
    const known = request.parentJobId === null ? kept.get(key) : undefined;
    if (known !== undefined && now - known.readAt < KEEP_MS) return known.config;
    const config = await deps.config.readStart(request);
    deps.onSweepAge(config.facts.sweep_age_ms);
    await engine.skills.load(config.facts.stamp);
    // What a parent is and what is spent change without the stamp.
    if (request.parentJobId === null && !config.facts.has_budget) {
      if (kept.size >= KEPT_SIZE) kept.delete(kept.keys().next().value!);
      kept.set(key, { config, readAt: now });
    }
    return config;
  }

  async function saveSnapshots(orgId: string, chosen: readonly ChosenSequence[]): Promise<void> {
    for (const sequence of chosen) {
      const key = `${orgId}:${sequence.hash}`;
      if (savedSnapshots.has(key)) continue;
      await engine.store.saveSnapshot(orgId, sequence.hash, sequence.sequenceKey, sequence.steps);
      if (savedSnapshots.size > 10_000) savedSnapshots.clear();
      savedSnapshots.add(key);
    }
  }

  /** One pass of read, decide, accept. Null: the configuration moved meanwhile. */
  async function attempt(
    draft: Omit<
      AcceptDraft["event"],
      "depth" | "root_event_id" | "status" | "status_reason" | "stamp"
    >,
    options: StartOptions & {
      readonly known: PendingEvent | null;
      /** Leases set aside for the runs, given back by the caller. */
      readonly held: { count: number };
    },
  ): Promise<
    { decision: StartDecision; answer: AcceptAnswer; runs: readonly DraftedRun[] } | null
  > {
    const event: StartingEvent = {
      id: draft.event_id,
      type: draft.type,
      source: draft.source,
      org_id: draft.org_id,
      user_id: draft.user_id,
      payload: draft.payload,
      mode: draft.mode,
      parent_job_id: draft.parent_job_id,
      depth: options.known?.depth ?? 0,
      root_event_id: options.known?.root_event_id ?? draft.event_id,
    };
    const config = await readConfig(event);
    const placed = options.known === null ? placeInChain(event, config) : event;
    const decision: StartDecision = placed.depth > MAX_CHAIN_DEPTH
      ? { status: "rejected", chosen: [], refused: [], message: "The chain is deeper than 5 runs" }
      : rules.decide(placed, config);
    const mayClaim = options.cpu !== null && deps.drivers.room() >= decision.chosen.length;
    options.held.count = mayClaim ? decision.chosen.length : 0;
    deps.drivers.hold(options.held.count);
    const runs = decision.chosen.map((chosen) =>
      draftRun(chosen, placed, {
        deps: engine,
        cpu: mayClaim ? options.cpu : null,
        delayMs: draft.delay_ms,
      })
    );
    await saveSnapshots(event.org_id, decision.chosen);
    const answer = await engine.writer.accept({
      event: {
        ...draft,
        depth: placed.depth,
        root_event_id: placed.root_event_id,
        status: eventStatusOf(decision.status),
        status_reason: decision.status === "queued" ? null : decision.reason ?? decision.status,
        delay_ms: decision.status === "budget_exceeded" ? decision.resumeMs ?? 0 : draft.delay_ms,
        stamp: config.facts.stamp,
      },
      jobs: runs.map((run) => run.job),
    });
    if (answer.outcome !== "stale_config") return { decision, answer, runs };
    kept.clear();
    return null;
  }

  async function accept(
    draft: Parameters<typeof attempt>[0],
    options: StartOptions & { readonly known: PendingEvent | null },
  ): Promise<StartAnswer> {
    for (let i = 0; i < STALE_LIMIT; i++) {
      const held = { count: 0 };
      try {
        const done = await attempt(draft, { ...options, held });
        if (done === null) continue;
        const { decision, answer, runs } = done;
        if (answer.outcome === "existing") {
          return answerRepeat(answer, {
            sha256: options.comparesContent ? draft.request_sha256 : null,
          });
        }
        engine.killpoint("KP03");
        for (const { job, run } of runs) {
          if (run !== null) deps.drivers.drive(run);
          else if (job.delay_ms === 0) {
            await engine.invoker.ring({ kind: "resume", jobId: job.id });
          }
        }
        return toAnswer(draft.event_id, decision, runs);
      } finally {
        deps.drivers.hold(-held.count);
      }
    }
    throw new RetryableError(
      "configuration_busy",
      "Cannot start the run: the configuration keeps changing",
      {
        retryAfterMs: 1000,
      },
    );
  }

  return {
    async start(request, options) {
      const { type, user_id, mode, payload } = request;
      return await accept({
        event_id: engine.ports.ids.uuid(),
        is_new: true,
        org_id: request.org_id,
        user_id,
        user_source: request.user_source ?? null,
        type,
        source: request.source,
        payload,
        mode,
        idempotency_key: request.idempotency_key === undefined
          ? null
          : keyOf(request.idempotency_key, mode),
        request_sha256: canonicalSha256({ type, user_id, mode, payload }),
        parent_job_id: request.parent_job_id ?? null,
        delay_ms: Math.round((request.delay_minutes ?? 0) * 60_000),
      }, { ...options, known: null });
    },

    async routePending(event, cpu) {
      if (event.status !== "pending" || !event.is_due) return null;
      return await accept({
        event_id: event.id,
        is_new: false,
        org_id: event.org_id,
        user_id: event.user_id,
        user_source: null,
        type: event.type,
        source: event.source,
        payload: event.payload,
        mode: event.mode,
        idempotency_key: null,
        request_sha256: null,
        parent_job_id: event.parent_job_id,
        delay_ms: 0,
      }, { cpu, comparesContent: false, known: event });
    },
  };
}

/** Shadow runs have a key namespace of their own: a rehearsal never blocks the real event. */
function keyOf(key: string, mode: RunMode): string {
  return mode === "shadow" ? `shadow:${key}` : key;
}

function placeInChain(event: StartingEvent, config: StartConfig): StartingEvent {
  if (event.parent_job_id === null) return event;
  const { parent } = config.facts;
  if (parent === null || parent.org_id !== event.org_id) {
    throw new ValidationError(
      "unknown_parent",
      "Cannot start the run: parent_job_id names no run of this organisation",
    );
  }
  return { ...event, depth: parent.depth + 1, root_event_id: parent.root_event_id };
}

function eventStatusOf(status: StartDecision["status"]): AcceptDraft["event"]["status"] {
  switch (status) {
    case "queued":
      return "routed";
    case "budget_exceeded":
      return "pending";
    case "unrouted":
    case "no_route":
      return "unrouted";
    default:
      return "rejected";
  }
}

function answerRepeat(
  answer: AcceptAnswer & { outcome: "existing" },
  compare: { readonly sha256: string | null },
): StartAnswer {
  if (
    compare.sha256 !== null && answer.request_sha256 !== null &&
    answer.request_sha256 !== compare.sha256
  ) {
    throw new ConflictError(
      "idempotency_mismatch",
      "Cannot start the run: the idempotency key was used with other content; use a new key",
      { details: [{ event_id: answer.event_id }] },
    );
  }
  const jobIds = answer.jobs.map((job) => job.id);
  return {
    status: "duplicate",
    event_id: answer.event_id,
    job_id: jobIds[0] ?? null,
    job_ids: jobIds,
    refused: [],
  };
}

function toAnswer(
  eventId: string,
  decision: StartDecision,
  runs: readonly DraftedRun[],
): StartAnswer {
  if (decision.status === "no_route" || decision.status === "invalid_definition") {
    throw new ValidationError(
      decision.status,
      decision.message ?? "Cannot start the run: nothing knows this event type",
      { details: [{ event_id: eventId }] },
    );
  }
  const jobIds = runs.map((run) => run.job.id);
  return {
    status: decision.status,
    event_id: eventId,
    job_id: jobIds[0] ?? null,
    job_ids: jobIds,
    refused: decision.refused,
    message: decision.message,
  };
}

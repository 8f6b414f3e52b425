import { RetryableError } from "../core/errors.ts";
import type { EngineDeps } from "../engine/deps.ts";
import type { Drivers } from "../engine/drivers.ts";
import type { Starter } from "../engine/startEvent.ts";
import type { CpuBudget } from "../engine/isolate.ts";

export interface DriveDueDeps {
  readonly engine: EngineDeps;
  readonly drivers: Drivers;
  readonly starter: Starter;
  readonly background: (work: Promise<unknown>) => void;
}

const EVENTS_A_SWEEP = 50;
/** How long an event that could not be routed waits for its next try. */
const DEFER_MS = 60_000;
/** More isolates that one sweep may wake while rows remain due (design.md, Sweep). */
const MAX_SWEEP_BELLS = 4;

/**
 * What an isolate does when a sweep reaches it: route due events, claim a fair batch of due runs and
 * drive them, claim again as they end until nothing is due or time is out. The sweep alone so finishes
 * every run.
 *
 * @returns runs taken at once; the rest goes on in the background
 */
export async function driveDue(deps: DriveDueDeps): Promise<number> {
  const { engine, drivers } = deps;
  const cpu = engine.isolate.newCpuBudget();
  const routed = await routeDueEvents(deps, cpu);
  const ends = await drivers.claimBatch(cpu);
  if (ends.length === 0) return routed;
  deps.background(keepClaiming(deps, cpu, ends));
  if (drivers.room() === 0) {
    for (let bell = 0; bell < MAX_SWEEP_BELLS; bell++) {
      deps.background(engine.invoker.ring({ kind: "sweep" }));
    }
  }
  return routed + ends.length;
}

async function routeDueEvents(deps: DriveDueDeps, cpu: CpuBudget): Promise<number> {
  let routed = 0;
  for (const eventId of await deps.engine.store.listDueEvents(EVENTS_A_SWEEP)) {
    if (deps.engine.isolate.remainingMs() <= 0) break;
    try {
      const event = await deps.engine.store.readEvent(eventId);
      const answer = event === null ? null : await deps.starter.routePending(event, cpu);
      routed += answer?.job_ids.length ?? 0;
    } catch (error) {
      // One event that cannot be routed (no route, invalid definition) keeps its reason; others go on. What
      // is still pending waits, or it would be first again at every sweep.
      const code = (error as { code?: string }).code ?? "unexpected_error";
      deps.engine.ports.log.warn("event_not_routed", { event_id: eventId, code });
      // What passes by itself passes for all: the next sweep finds it.
      if (error instanceof RetryableError) continue;
      await deps.engine.store.deferEvent(eventId, DEFER_MS, code).catch(() => {
        // The database is away: the sweep after the next one finds the event again.
      });
    }
  }
  return routed;
}

async function keepClaiming(
  deps: DriveDueDeps,
  cpu: CpuBudget,
  first: readonly Promise<void>[],
): Promise<void> {
  for (let ends = first; ends.length > 0;) {
    await Promise.all(ends);
    if (deps.engine.isolate.remainingMs() <= 0) return;
    ends = await deps.drivers.claimBatch(cpu);
  }
}

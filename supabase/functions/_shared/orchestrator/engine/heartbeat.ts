import { LeaseLostError } from "../core/errors.ts";
import type { ActiveRun } from "./activeRun.ts";
import type { EngineDeps } from "./deps.ts";
import { leaseFor } from "./startReady.ts";

/** Keeps the leases of all runs this isolate drives, in one statement every third of a lease. */
export interface Heartbeat {
  add(run: ActiveRun): void;
  remove(run: ActiveRun): void;
}

export function createHeartbeat(deps: EngineDeps): Heartbeat {
  const runs = new Map<string, ActiveRun>();
  let isBeating = false;

  async function beat(): Promise<void> {
    isBeating = true;
    while (runs.size > 0) {
      await deps.ports.clock.sleep(deps.leaseMs / 3);
      // Only runs with a step under way need it; between steps each record extends its own lease.
      const mine = [...runs.values()].filter((run) => run.running.size > 0);
      if (mine.length === 0) continue;
      try {
        const kept = new Set(
          await deps.store.extendLeases(mine.map((run) => ({
            job_id: run.jobId,
            fence: run.fence,
            lease_ms: leaseFor(run, deps),
          }))),
        );
        for (const run of mine) if (!kept.has(run.jobId)) abortLost(run);
      } catch (error) {
        // Unknown whether the leases hold: acting on would risk a second driver beside us.
        deps.ports.log.warn("heartbeat_failed", { runs: mine.length, code: (error as Error).name });
        for (const run of mine) abortLost(run);
      }
    }
    isBeating = false;
  }

  function abortLost(run: ActiveRun): void {
    // A run that ended while the statement was under way is not lost.
    if (!runs.has(run.jobId)) return;
    run.abort.abort(new LeaseLostError("lease_lost", `Run "${run.jobId}" is no longer ours`));
  }

  return {
    add: (run) => {
      runs.set(run.jobId, run);
      if (!isBeating) beat();
    },
    remove: (run) => {
      runs.delete(run.jobId);
    },
  };
}

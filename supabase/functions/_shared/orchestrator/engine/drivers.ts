import type { ClaimedJob } from "../store/types.ts";
import type { StepDefinition } from "../types.ts";
import { driveRun } from "../runner.ts";
import { activateClaim, type ActiveRun } from "./activeRun.ts";
import type { EngineDeps } from "./deps.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { CpuBudget } from "./isolate.ts";

/** The runs this isolate drives: at most `maxRuns`, each in the background. */
export interface Drivers {
  /** Leases this isolate may still take. */
  room(): number;
  /** Sets leases aside while they are asked for, so that two requests never take the same; negative gives back. */
  hold(count: number): void;
  /** Drives a run this isolate already holds; resolves when it left the isolate. Never rejects. */
  drive(run: ActiveRun): Promise<void>;
  /** Claims one run if it is due and fits here, and drives it. */
  claimOne(jobId: string, cpu: CpuBudget): Promise<boolean>;
  /** Claims a fair batch of due runs and drives them. Answers their ends. */
  claimBatch(cpu: CpuBudget): Promise<readonly Promise<void>[]>;
}

export interface DriversOptions {
  readonly deps: EngineDeps;
  readonly heartbeat: Heartbeat;
  /** Keeps the isolate alive for a background promise (`EdgeRuntime.waitUntil`). */
  readonly background: (work: Promise<unknown>) => void;
  readonly parseSnapshot: (steps: unknown) => readonly StepDefinition[];
}

/** Definitions repeat from run to run; a few hundred are kept so that a resume costs no read. */
const SNAPSHOT_CACHE_SIZE = 256;

export function createDrivers(options: DriversOptions): Drivers {
  const { deps, heartbeat } = options;
  const { isolate } = deps;
  const snapshots = new Map<string, readonly StepDefinition[]>();
  let held = 0;

  function room(): number {
    return isolate.isSolo ? 0 : isolate.maxRuns - isolate.activeRuns - held;
  }

  async function drive(run: ActiveRun): Promise<void> {
    isolate.activeRuns++;
    if (run.crashCount >= 2) isolate.isSolo = true;
    heartbeat.add(run);
    try {
      const exit = await driveRun(run, deps);
      deps.ports.log.info("run_left", { job_id: run.jobId, fence: run.fence, exit });
    } catch (error) {
      // The lease runs out and another isolate goes on from the last record.
      const { code, message } = error as { code?: string; message: string };
      deps.ports.log.error("run_dropped", { job_id: run.jobId, fence: run.fence, code, message });
    } finally {
      heartbeat.remove(run);
      isolate.activeRuns--;
      isolate.isSolo = false;
    }
  }

  async function snapshotOf(job: ClaimedJob): Promise<readonly StepDefinition[]> {
    const key = `${job.org_id}:${job.definition_hash}`;
    const known = snapshots.get(key);
    if (known !== undefined) return known;
    const definition = options.parseSnapshot(
      await deps.store.readSnapshot(job.org_id, job.definition_hash),
    );
    if (snapshots.size >= SNAPSHOT_CACHE_SIZE) snapshots.delete(snapshots.keys().next().value!);
    snapshots.set(key, definition);
    return definition;
  }

  async function claim(cpu: CpuBudget, jobId: string | null): Promise<readonly Promise<void>[]> {
    const limit = jobId === null ? room() : Math.min(1, room());
    if (limit < 1 || cpu.spentMs >= cpu.limitMs || isolate.remainingMs() <= 0) return [];
    held += limit;
    try {
      const jobs = await deps.store.claimJobs({
        worker: isolate.workerId,
        leaseMs: deps.leaseMs,
        limit,
        active: isolate.activeRuns,
        fitMs: isolate.fitMs(),
        jobId,
      });
      deps.killpoint("KP04");
      return jobs.map((job) => {
        const ended = driveClaimed(job, cpu);
        options.background(ended);
        return ended;
      });
    } finally {
      held -= limit;
    }
  }

  async function driveClaimed(job: ClaimedJob, cpu: CpuBudget): Promise<void> {
    held++;
    let run: ActiveRun;
    try {
      const [definition] = await Promise.all([snapshotOf(job), deps.skills.load(job.stamp)]);
      deps.killpoint("KP19");
      run = activateClaim(job, definition, { cpu, now: deps.ports.clock.now() });
    } catch (error) {
      // Claimed but unreadable: the lease runs out and the next claim reads again.
      const { code } = error as { code?: string };
      deps.ports.log.error("snapshot_unreadable", { job_id: job.id, code });
      return;
    } finally {
      held--;
    }
    await drive(run);
  }

  return {
    room,
    hold: (count) => {
      held += count;
    },
    drive: (run) => {
      const ended = drive(run);
      options.background(ended);
      return ended;
    },
    claimOne: async (jobId, cpu) => (await claim(cpu, jobId)).length > 0,
    claimBatch: (cpu) => claim(cpu, null),
  };
}

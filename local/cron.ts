import { Cron } from "croner";
import postgres from "postgres";

export interface CronOptions {
  readonly ownerUrl: string;
  readonly adminUrl: string;
  readonly enabled: boolean;
}

/** How often job rows and the request queue are looked at. */
const TICK_MS = 100;

/**
 * The clock of the shim: runs the rows of `cron.job` as `postgres` and sends what pg_net's queue holds.
 * `<n> seconds` as pg_cron has it, `<n> ms` for short sweeps in tests, else a five-field expression in UTC.
 */
export function startCron(options: CronOptions): { stop(): Promise<void> } {
  const owner = postgres(options.ownerUrl, { max: 1, onnotice: () => {} });
  const admin = postgres(options.adminUrl, { max: 1, onnotice: () => {} });
  const dueAt = new Map<string, number>();
  let isStopped = false;

  async function tick(): Promise<void> {
    if (options.enabled) {
      const jobs = await owner`select jobid, schedule, command from cron.job where active`;
      for (const job of jobs) {
        const key = `${job.jobid}:${job.schedule}`;
        const now = Date.now();
        const due = dueAt.get(key) ?? nextRun(job.schedule, now);
        dueAt.set(key, due);
        if (due > now) continue;
        // One instance at a time: the next run is counted from the end of this one.
        await owner.unsafe(job.command).catch(() => {});
        dueAt.set(key, nextRun(job.schedule, Date.now()));
      }
    }
    const requests =
      await admin`delete from net.http_request_queue returning url, headers, body, timeout_milliseconds`;
    for (const request of requests) send(request as unknown as QueuedRequest);
  }

  const loop = (async () => {
    while (!isStopped) {
      await tick().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  })();
  return {
    stop: async () => {
      isStopped = true;
      await loop;
      await Promise.all([owner.end({ timeout: 1 }), admin.end({ timeout: 1 })]);
    },
  };
}

interface QueuedRequest {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
  readonly timeout_milliseconds: number;
}

/** As pg_net: sent once, never repeated, whatever comes back. */
function send(request: QueuedRequest): void {
  fetch(request.url, {
    method: "POST",
    headers: request.headers,
    body: JSON.stringify(request.body),
    signal: AbortSignal.timeout(request.timeout_milliseconds),
  }).then((response) => response.body?.cancel(), () => {});
}

function nextRun(schedule: string, after: number): number {
  const [, count, unit] = schedule.match(/^(\d+) (seconds?|ms)$/) ?? [];
  if (count !== undefined) return after + Number(count) * (unit === "ms" ? 1 : 1000);
  return new Cron(schedule, { timezone: "UTC", mode: "5-part" }).nextRun(new Date(after))
    ?.getTime() ?? Infinity;
}

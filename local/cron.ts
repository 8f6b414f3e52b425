import { Cron } from "croner";
import postgres from "postgres";

export interface CronOptions {
  readonly ownerUrl: string;
  readonly adminUrl: string;
  /** FLEET_SWEEP: off stops the job rows, never the queue of requests. */
  readonly enabled: boolean;
  /** A job that failed, or a queue that cannot be read. */
  onError(message: string): void;
}

/** Commands that may run at the same time, as Supabase advises. */
const MAX_RUNNING = 8;
/** What pg_net reads at once. */
const BATCH = 200;

interface JobRow {
  readonly jobid: string;
  readonly schedule: string;
  readonly command: string;
}

/**
 * The clock of the shim: runs the rows of `cron.job` as `postgres` and sends what pg_net's queue holds.
 * It waits for the database to tell (local/shim.sql notifies) instead of asking again and again.
 */
export async function startCron(options: CronOptions): Promise<{ stop(): Promise<void> }> {
  const owner = postgres(options.ownerUrl, { max: MAX_RUNNING, idle_timeout: 5, onnotice });
  const admin = postgres(options.adminUrl, { max: 2, onnotice });
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const running = new Set<string>();
  let isStopped = false;

  async function readJobs(): Promise<void> {
    const jobs = await admin<JobRow[]>`select jobid, schedule, command from cron.job where active`;
    for (const timer of timers.values()) clearTimeout(timer);
    timers.clear();
    for (const job of jobs) plan(job);
  }

  function plan(job: JobRow): void {
    const waitMs = nextRunAt(job.schedule, Date.now()) - Date.now();
    // A longer timer than this overflows; the rows are read again long before.
    if (isStopped || waitMs > 2 ** 31 - 1) return;
    timers.set(job.jobid, setTimeout(() => run(job), Math.max(0, waitMs)));
  }

  async function run(job: JobRow): Promise<void> {
    plan(job);
    // One instance at a time: a command that takes longer than its interval skips turns.
    if (running.has(job.jobid)) return;
    running.add(job.jobid);
    const startedAt = new Date();
    try {
      await owner.unsafe(job.command);
    } catch (error) {
      if (!isStopped) await noteFailure(job, startedAt, (error as Error).message);
    } finally {
      running.delete(job.jobid);
    }
  }

  /** Only failures are kept: a row a second would drown them. */
  async function noteFailure(job: JobRow, startedAt: Date, message: string): Promise<void> {
    options.onError(`job ${job.jobid} failed: ${message}`);
    await admin`
      insert into cron.job_run_details (jobid, status, return_message, start_time, end_time)
      values (${job.jobid}, 'failed', ${message}, ${startedAt}, ${new Date()})`.catch(() => {
      // The database is away; it was said above.
    });
  }

  async function pump(): Promise<void> {
    for (let full = true; full && !isStopped;) {
      const requests = await admin<QueuedRequest[]>`
        delete from net.http_request_queue where id in (
          select id from net.http_request_queue order by id limit ${BATCH} for update skip locked)
        returning id, url, headers, body, timeout_milliseconds`;
      full = requests.length === BATCH;
      for (const request of requests) send(request).then(noteResponse);
    }
  }

  async function noteResponse(response: NetResponse): Promise<void> {
    if (isStopped) return;
    await admin`insert into net._http_response ${admin(response)}`.catch(() => {
      // pg_net's answers are advice; nobody may rely on them.
    });
  }

  const reportTo = (work: () => Promise<void>) => () => {
    work().catch((error) => {
      if (!isStopped) options.onError(`${work.name}: ${error.message}`);
    });
  };
  const onJobs = reportTo(readJobs);
  const onQueue = reportTo(pump);
  // The second callback also runs after a reconnection: what was missed meanwhile is read then.
  await admin.listen("fleet_net", onQueue, onQueue);
  if (options.enabled) await admin.listen("fleet_cron", onJobs, onJobs);

  return {
    stop: async () => {
      isStopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all([owner.end({ timeout: 1 }), admin.end({ timeout: 1 })]);
    },
  };
}

interface QueuedRequest {
  readonly id: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
  readonly timeout_milliseconds: number;
}

/** A row of net._http_response. */
interface NetResponse {
  readonly id: string;
  readonly status_code: number | null;
  readonly content: string | null;
  readonly timed_out: boolean;
  readonly error_msg: string | null;
}

/** As pg_net: sent once, never repeated, whatever comes back. */
async function send(request: QueuedRequest): Promise<NetResponse> {
  try {
    const response = await fetch(request.url, {
      method: "POST",
      headers: request.headers,
      body: JSON.stringify(request.body),
      signal: AbortSignal.timeout(request.timeout_milliseconds),
    });
    const content = await response.text();
    return {
      id: request.id,
      status_code: response.status,
      content,
      timed_out: false,
      error_msg: null,
    };
  } catch (error) {
    const { name, message } = error as Error;
    const timed_out = name === "TimeoutError";
    return { id: request.id, status_code: null, content: null, timed_out, error_msg: message };
  }
}

/**
 * When a schedule is due next, ms since the epoch: `<n> seconds` as pg_cron has it, `<n> ms` for the
 * short sweeps of tests, else a five-field expression in UTC.
 */
export function nextRunAt(schedule: string, after: number): number {
  const [, count, unit] = schedule.match(/^(\d+) (seconds?|ms)$/) ?? [];
  if (count !== undefined) return after + Number(count) * (unit === "ms" ? 1 : 1000);
  const next = new Cron(schedule, { timezone: "UTC", mode: "5-part" }).nextRun(new Date(after));
  return next?.getTime() ?? Infinity;
}

function onnotice(): void {
  // Notices of commands are for people at a prompt.
}

/**
 * The installer and the sweep on a real pg_cron. Runs where Debian's PostgreSQL and its pg_cron are installed
 * (`apt-get install postgresql-15 postgresql-15-cron`), and is skipped elsewhere.
 */
import assert from "node:assert/strict";
import { type CronServer, findPgCron, startPgCron } from "../../support/pgCron.ts";
import { eventually } from "../../support/stack.ts";

const bin = await findPgCron();
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({
    name: bin === null ? `${name} (skipped: no PostgreSQL with pg_cron is installed)` : name,
    ignore: bin === null,
    fn,
  });

let server: CronServer | null = null;
Deno.test.beforeAll(async () => {
  if (bin !== null) server = await startPgCron(bin);
});
Deno.test.afterAll(async () => await server?.[Symbol.asyncDispose]());

const sweepOf = (version: string) => (/^1\.[0-4]\b/.test(version) ? "* * * * *" : "10 seconds");

test("pg_cron: install_cron() refuses without the secrets and schedules nothing", async () => {
  const { owner } = server!;
  await assert.rejects(owner`select fleet.install_cron()`, {
    code: "ZF409",
    message: /^secret_missing: /,
  });
  assert.equal((await owner`select 1 from cron.job`).length, 0);
});

test("pg_cron: install_cron() schedules both jobs as the owner, and twice the same", async () => {
  const { owner, version } = server!;
  await owner`select vault.create_secret('http://127.0.0.1:9/functions/v1', 'fleet_functions_url')`;
  await owner`select vault.create_secret('sb_secret_x', 'fleet_secret_key')`;
  await owner`select fleet.install_cron()`;
  await owner`select fleet.install_cron()`;
  const jobs =
    await owner`select jobname, schedule, command, username, active from cron.job order by jobname`;
  assert.deepEqual(jobs.map((job) => ({ ...job })), [
    {
      jobname: "fleet-retention",
      schedule: "* 3 * * *",
      command: "select fleet.prune()",
      username: "postgres",
      active: true,
    },
    {
      jobname: "fleet-sweep",
      schedule: sweepOf(version),
      command: "select fleet.sweep()",
      username: "postgres",
      active: true,
    },
  ]);
});

test("pg_cron: its worker runs the sweep, which rings for a due event with the key of Vault", async () => {
  const { owner, admin } = server!;
  // Not to wait for the next minute: pg_cron before 1.5 knows nothing shorter.
  await owner`select fleet.install_cron('@reboot')`;
  await owner`select fleet.emit('x', gen_random_uuid(), null, '{}')`;
  await server!.restart();
  const [request] = await eventually("pg_cron swept and rang", async () => {
    const rows = await admin`select url, headers, body from net.http_request_queue`;
    return rows.length > 0 && rows;
  }, 30_000);
  assert.equal(request.url, "http://127.0.0.1:9/functions/v1/agent-orchestrator");
  assert.deepEqual([request.headers.apikey, request.body], ["sb_secret_x", { action: "sweep" }]);
  const [run] = await eventually("pg_cron booked the run", async () => {
    const rows = await admin`select d.status, d.return_message from cron.job_run_details d
      join cron.job j on j.jobid = d.jobid where j.jobname = 'fleet-sweep' and d.status <> 'running'`;
    return rows.length > 0 && rows;
  });
  assert.equal(run.status, "succeeded", run.return_message);
});

test("pg_cron: the command of the retention runs as the owner", async () => {
  const { owner } = server!;
  const [{ command }] = await owner`select command from cron.job where jobname = 'fleet-retention'`;
  const [{ prune }] = await owner.unsafe(command);
  assert.deepEqual(Object.keys(prune).sort(), ["content", "events", "runs", "upkeep"]);
});

test("pg_cron: uninstall_cron() takes both jobs back", async () => {
  const { owner } = server!;
  const [{ was }] = await owner`select fleet.uninstall_cron() as was`;
  assert.equal(was, true);
  assert.equal((await owner`select 1 from cron.job`).length, 0);
});

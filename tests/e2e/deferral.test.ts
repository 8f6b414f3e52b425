import assert from "node:assert/strict";
import { openRuns, ORG } from "../support/runs.ts";

const TELL = [{ id: "tell", skill: "notify-slack-summary", requires_context: ["tier1"] }];

Deno.test("a debrief in quiet hours waits in its run and is delivered once at their end", async () => {
  await using stack = await openRuns();
  await stack.define("tell", TELL);
  await stack
    .sql`update public.profiles set slack_user_id = 'U' || right(id::text, 2), timezone = 'UTC'`;
  await stack.sql`insert into public.fleet_org_settings (org_id, quiet_hours)
    values (${ORG}, jsonb_build_object('start', to_char(now() at time zone 'UTC' - interval '1 hour', 'HH24:MI'),
      'end', to_char(now() at time zone 'UTC' + interval '3 hours', 'HH24:MI')))
    on conflict (org_id) do update set quiet_hours = excluded.quiet_hours`;
  const { job_id } = await stack.start("tell", { meeting_id: crypto.randomUUID(), title: "Late" });
  const waiting = await stack.reach(job_id!, ["queued", "completed", "failed"]);
  assert.equal(waiting.status, "queued");
  assert.equal((await stack.sink()).length, 0);
  const [{ minutes }] = await stack
    .sql`select extract(epoch from run_after - fleet.now()) / 60 as minutes
    from public.fleet_jobs where id = ${job_id!}`;
  assert.ok(Number(minutes) > 50 && Number(minutes) <= 60, `looks again in ${minutes} minutes`);

  await stack.sql`update public.fleet_org_settings set quiet_hours = null where org_id = ${ORG}`;
  await stack
    .sql`update public.fleet_job_step_results set next_at = fleet.now() where job_id = ${job_id!}`;
  await stack.sql`update public.fleet_jobs set run_after = fleet.now() where id = ${job_id!}`;
  const done = await stack.reach(job_id!, ["completed", "failed"]);
  assert.deepEqual([done.status, done.error_message], ["completed", null]);
  const messages = (await stack.sink()).filter(({ port }) => port === "slack");
  assert.deepEqual(messages.map(({ repeats }) => repeats), [0]);
});

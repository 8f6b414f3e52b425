/** One organisation's flood, or one bad event, must not stand in the way of the others. */
import assert from "node:assert/strict";
import { asking, skill } from "../../support/skills.ts";
import { step } from "../../support/steps.ts";
import { createWorld, ORG, statuses } from "./_world.ts";

const OTHER = "0b000000-0000-4000-8000-000000000001";
const FLOOD = 1500;

Deno.test("claimJobs() takes another organisation's run although one has 1,500 older ones due", async () => {
  await using world = await createWorld([step("a")], { adapters: [skill("a")] });
  const engine = world.isolate({ limits: { maxRuns: 0 } });
  const { job_id } = await world.start(engine);
  await world.db.sql`
    insert into public.fleet_jobs (id, org_id, event_id, event_type, event_source, sequence_key,
      definition_source, definition_hash, status, depth, root_job_id, root_event_id, fence, run_after,
      trigger_payload)
    select fleet.new_id(), ${OTHER}, j.event_id, j.event_type, j.event_source, j.sequence_key,
      j.definition_source, j.definition_hash, 'queued', 0, j.id, j.root_event_id, 0,
      fleet.now() - interval '1 hour', '{}'
    from public.fleet_jobs j cross join generate_series(1, ${FLOOD}) where j.id = ${job_id}`;
  const claimed = await engine.deps.store.claimJobs({
    worker: crypto.randomUUID(),
    leaseMs: 10_000,
    limit: 10,
    active: 0,
    fitMs: null,
    jobId: null,
  });
  assert.equal(claimed.length, 10);
  assert.deepEqual(claimed.filter((job) => job.org_id === ORG).map((job) => job.id), [job_id]);
});

Deno.test("claimJobs() looks past 1,100 older runs that do not fit this isolate", async () => {
  await using world = await createWorld([step("a")], { adapters: [skill("a")] });
  const engine = world.isolate({ limits: { maxRuns: 0 } });
  const { job_id } = await world.start(engine);
  await world.db.sql`
    insert into public.fleet_jobs (id, org_id, event_id, event_type, event_source, sequence_key,
      definition_source, definition_hash, status, depth, root_job_id, root_event_id, fence, run_after,
      need_ms, trigger_payload)
    select fleet.new_id(), j.org_id, j.event_id, j.event_type, j.event_source, j.sequence_key,
      j.definition_source, j.definition_hash, 'queued', 0, j.id, j.root_event_id, 0,
      fleet.now() - interval '1 hour', 300000, '{}'
    from public.fleet_jobs j cross join generate_series(1, 1100) where j.id = ${job_id}`;
  const claimed = await engine.deps.store.claimJobs({
    worker: crypto.randomUUID(),
    leaseMs: 10_000,
    limit: 5,
    active: 0,
    fitMs: 60_000,
    jobId: null,
  });
  assert.deepEqual(claimed.map((job) => job.id), [job_id]);
});

Deno.test("listDueEvents() takes another organisation's event although one has 1,500 older ones due", async () => {
  await using world = await createWorld([step("a")], { adapters: [skill("a")] });
  const engine = world.isolate();
  await world.db.sql`
    select fleet.emit('flood', ${OTHER}, null, '{}', null, fleet.now() - interval '1 hour')
    from generate_series(1, ${FLOOD})`;
  const [{ id }] = await world.db.sql`
    select fleet.emit('test', ${ORG}, null, '{}') as id`;
  const due = await engine.deps.store.listDueEvents(50);
  assert.equal(due.length, 50);
  assert.ok(due.includes(id));
});

Deno.test("driveDue() puts an event off that cannot be routed, and routes the others", async () => {
  await using world = await createWorld([step("a")], { adapters: [skill("a")] });
  const engine = world.isolate({
    sequences: {
      test: [step("a")],
      get bad(): never {
        throw new TypeError("A rule of ours is wrong about this event");
      },
    },
  });
  const [{ id }] = await world.db.sql`
    select fleet.emit('bad', ${ORG}, null, '{}', null, fleet.now() - interval '1 hour') as id`;
  const [good] = await world.db.sql`select fleet.emit('test', ${ORG}, null, '{}') as id`;
  await engine.orchestrator.sweep();
  await engine.idle();
  const [bad] = await world.db.sql`
    select status, status_reason, run_after > fleet.now() as waits from public.fleet_events
    where id = ${id}`;
  assert.deepEqual({ ...bad }, {
    status: "pending",
    status_reason: "unexpected_error",
    waits: true,
  });
  const [run] = await world.db.sql`select id from public.fleet_jobs where event_id = ${good.id}`;
  assert.deepEqual(await statuses(engine, run.id), { a: "completed" });
});

const PAYLOADS: readonly (readonly [name: string, sql: string, code: RegExp])[] = [
  ["null", `'null'`, /invalid_payload/],
  ["a list", `'[1]'`, /invalid_payload/],
  ["a string", `'"x"'`, /invalid_payload/],
  // Storage squeezes it to almost nothing; what counts is what everybody has to read.
  ["2 MB that compress well", `jsonb_build_object('x', repeat('a', 2000000))`, /payload_too_large/],
];

for (const [name, value, code] of PAYLOADS) {
  Deno.test(`emit() refuses a payload of ${name}`, async () => {
    await using world = await createWorld([step("a")], { adapters: [skill("a")] });
    await assert.rejects(
      world.db.sql.unsafe(`select fleet.emit('test', '${ORG}', null, (${value})::jsonb)`),
      code,
    );
    assert.equal((await world.db.sql`select from public.fleet_events`).length, 0);
  });
}

Deno.test("claimJobs() drives a run that crashed twice, alone, although new ones keep coming", async () => {
  await using world = await createWorld([step("a")], { adapters: [skill("a")] });
  const engine = world.isolate({ limits: { maxRuns: 0 } });
  const { job_id } = await world.start(engine);
  await world.start(engine);
  await world.db.sql`
    update public.fleet_jobs set crash_count = 2, run_after = fleet.now() - interval '2 hours'
    where id = ${job_id}`;
  const claimed = await engine.deps.store.claimJobs({
    worker: crypto.randomUUID(),
    leaseMs: 10_000,
    limit: 10,
    active: 0,
    fitMs: null,
    jobId: null,
  });
  assert.deepEqual(claimed.map((job) => job.id), [job_id]);
});

Deno.test("sweep() expires approvals in the order of their runs, so that it waits for no writer in a circle", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  await using world = await createWorld([step("ask")], { adapters: [ask] });
  const engine = world.isolate();
  const ids: string[] = [];
  for (let n = 0; n < 6; n++) {
    ids.push((await world.start(engine, { n })).job_id!);
    await engine.idle();
  }
  // Expired in the opposite order of their ids.
  for (const [n, id] of ids.sort().entries()) {
    await world.db.sql`
      update public.fleet_approvals set expires_at = fleet.now() - make_interval(mins => ${n + 1})
      where job_id = ${id}`;
  }
  await world.db.sql`create table told (seq serial, job_id uuid)`;
  await world.db.sql.unsafe(`create function tell() returns trigger language plpgsql as
    $f$ begin insert into public.told (job_id) values (new.job_id); return null; end $f$`);
  await world.db.sql`create trigger tell after update on public.fleet_approvals
    for each row execute function tell()`;
  await world.db.sql`select fleet.sweep(false)`;
  const told = await world.db.sql`select job_id from told order by seq`;
  assert.deepEqual(told.map((row) => row.job_id), ids);
});

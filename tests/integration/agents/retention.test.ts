import assert from "node:assert/strict";
import { freshDatabase } from "../../support/database.ts";
import { shareAgentWorld } from "./_world.ts";

const world = shareAgentWorld();
const NOW = Date.parse("2027-06-01T03:00:00Z");
const daysAgo = (days: number) => new Date(NOW - days * 86_400_000).toISOString();

interface Run {
  readonly status?: string;
  readonly ended?: number;
  readonly sequence?: string;
  readonly letter?: string;
}

/** An event with its run and one row of everything that tells of it, so many days old. */
async function addRun(org: string, age: number, run: Run = {}) {
  const { sql } = world();
  const event = crypto.randomUUID(), job = crypto.randomUUID();
  const { status = "completed", ended = age, sequence = "s" } = run;
  const isOver = ["completed", "failed", "cancelled"].includes(status);
  await sql`insert into public.fleet_events (id, org_id, type, source, payload, idempotency_key, root_event_id, status, created_at)
    values (${event}, ${org}, ${sequence}, 'test', '{"word": "secret"}', ${`key-${event}`}, ${event}, 'routed', ${
    daysAgo(age)
  })`;
  await sql`insert into public.fleet_jobs (id, org_id, event_id, event_type, event_source, sequence_key, definition_source,
      definition_hash, status, depth, root_job_id, root_event_id, trigger_payload, created_at, completed_at, lease_until)
    values (${job}, ${org}, ${event}, ${sequence}, 'test', ${sequence}, 'org', 'h', ${status}, 0, ${job}, ${event}, '{}',
      ${daysAgo(age)}, ${isOver ? daysAgo(ended) : null}, ${
    status === "running" ? daysAgo(-1) : null
  })`;
  await sql`insert into public.fleet_job_history (job_id, seq, org_id, fence, op, at) values (${job}, 1, ${org}, 0, 'accept', ${
    daysAgo(age)
  })`;
  await sql`insert into public.fleet_job_step_results (job_id, step_id, org_id, skill, status, attempts)
    values (${job}, 'a', ${org}, 'x', 'completed', 1)`;
  await sql`insert into public.fleet_approvals (id, org_id, job_id, step_id, action_type, preview, proposed, content_sha256, expires_at)
    values (${crypto.randomUUID()}, ${org}, ${job}, 'a', 'send', 'p', '{}', 'h', ${daysAgo(age)})`;
  await sql`insert into public.fleet_deliveries (id, org_id, job_id, step_id, channel, recipient, content, effect_key)
    values (${crypto.randomUUID()}, ${org}, ${job}, 'a', 'mail', 'r', '{}', ${job})`;
  await sql`insert into public.fleet_costs (org_id, job_id, step_id, attempt, provider, model, cost_usd)
    values (${org}, ${job}, 'a', 1, 'p', 'm', 0.5)`;
  if (run.letter !== undefined) {
    await sql`insert into public.fleet_dead_letter_queue (org_id, event_type, event_payload, source_job_id, error_code, error_message, status)
      values (${org}, 't', '{}', ${job}, 'c', 'm', ${run.letter})`;
  }
  return { event, job };
}

async function prune(limit = 1000): Promise<Readonly<Record<string, number>>> {
  await world().setClock(new Date(NOW).toISOString());
  try {
    return (await world().sql`select fleet.prune(${limit}) as counts`)[0].counts;
  } finally {
    await world().setClock(null);
  }
}

async function isKept(job: string): Promise<boolean> {
  return (await world().sql`select 1 from public.fleet_jobs where id = ${job}`).length === 1;
}
async function payloadOf(event: string): Promise<unknown> {
  return (await world().sql`select payload from public.fleet_events where id = ${event}`)[0]
    ?.payload;
}

Deno.test("prune() takes an ended run of ninety days with all that tells of it, and leaves its costs", async () => {
  const { org } = await world().newOrg();
  const old = await addRun(org, 91, { letter: "resolved" });
  const kept = await addRun(org, 89);
  await prune();
  assert.deepEqual([await isKept(old.job), await isKept(kept.job)], [false, true]);
  for (
    const table of [
      "fleet_job_history",
      "fleet_job_step_results",
      "fleet_approvals",
      "fleet_deliveries",
    ]
  ) {
    const rows = await world().sql.unsafe(
      `select job_id from public.${table} where org_id = '${org}'`,
    );
    assert.deepEqual(rows.map((row) => row.job_id), [kept.job], table);
  }
  const costs = await world().sql`select cost_usd from public.fleet_costs where org_id = ${org}`;
  assert.equal(costs.length, 2);
});

Deno.test("prune() empties events of thirty days; a late repeat is still a repeat", async () => {
  const { org } = await world().newOrg();
  const old = await addRun(org, 31);
  const kept = await addRun(org, 29);
  await prune();
  assert.deepEqual([await payloadOf(old.event), await payloadOf(kept.event)], [{}, {
    word: "secret",
  }]);
  const [{ id }] = await world()
    .sql`select fleet.emit('s', ${org}, null, '{}', ${`key-${old.event}`}) as id`;
  assert.equal(id, old.event);
});

for (
  const [name, run] of [
    ["queued", { status: "queued" }],
    ["running", { status: "running" }],
    ["waiting for somebody", { status: "waiting_approval" }],
    ["ended yesterday, however long it took", { ended: 1 }],
    ["failed with a letter that may be retried", { status: "failed", letter: "pending" }],
  ] as const
) {
  Deno.test(`prune() leaves a run ${name}`, async () => {
    const { org } = await world().newOrg();
    const { job, event } = await addRun(org, 400, run);
    await prune();
    assert.equal(await isKept(job), true);
    // What the event carried is read again by a run that is not over.
    const isOver = "ended" in run || "letter" in run;
    assert.deepEqual(await payloadOf(event), isOver ? {} : { word: "secret" });
  });
}

Deno.test("prune() leaves an event that still waits", async () => {
  const { org } = await world().newOrg();
  const id = crypto.randomUUID();
  await world()
    .sql`insert into public.fleet_events (id, org_id, type, source, payload, root_event_id, status, created_at)
    values (${id}, ${org}, 't', 'test', '{"a": 1}', ${id}, 'pending', ${daysAgo(400)})`;
  await prune();
  assert.deepEqual(await payloadOf(id), { a: 1 });
});

Deno.test("prune() keeps and forgets as long as an organisation says", async () => {
  const short = (await world().newOrg()).org, long = (await world().newOrg()).org;
  const { sql } = world();
  await sql`insert into public.fleet_org_settings (org_id, retention) values
    (${short}, '{"run_days": 10, "event_days": 5, "content_days": 3}'),
    (${long}, '{"run_days": 1000, "event_days": 1000, "content_days": 1000}')`;
  const [a, b] = [await addRun(short, 11), await addRun(long, 500)];
  const event = (await addRun(short, 6)).event;
  for (const [org, age] of [[short, 4], [long, 500]] as const) {
    await sql`insert into public.emails (org_id, direction, body_text, created_at) values (${org}, 'inbound', 'words', ${
      daysAgo(age)
    })`;
  }
  await prune();
  assert.deepEqual([await isKept(a.job), await isKept(b.job)], [false, true]);
  assert.deepEqual([await payloadOf(event), await payloadOf(b.event)], [{}, { word: "secret" }]);
  const bodies =
    await sql`select org_id, body_text from public.emails where org_id in (${short}, ${long})`;
  assert.deepEqual(Object.fromEntries(bodies.map((row) => [row.org_id, row.body_text])), {
    [short]: null,
    [long]: "words",
  });
});

Deno.test("prune() forgets words of meetings and mails after half a year, never the rows", async () => {
  const { org } = await world().newOrg();
  const { sql } = world();
  for (const age of [181, 179]) {
    const [meeting] =
      await sql`insert into public.meetings (org_id, title) values (${org}, 'm') returning id`;
    await sql`insert into public.meeting_transcripts (org_id, meeting_id, turns, created_at)
      values (${org}, ${meeting.id}, '[]', ${daysAgo(age)})`;
    await sql`insert into public.emails (org_id, direction, subject, body_text, created_at)
      values (${org}, 'inbound', 's', 'words', ${daysAgo(age)})`;
  }
  await prune();
  const [left] = await sql`select
    (select count(*)::integer from public.meetings where org_id = ${org}) as meetings,
    (select count(*)::integer from public.meeting_transcripts where org_id = ${org}) as transcripts,
    (select count(*)::integer from public.emails where org_id = ${org} and subject = 's') as emails,
    (select count(*)::integer from public.emails where org_id = ${org} and body_text is not null) as bodies`;
  assert.deepEqual({ ...left }, { meetings: 2, transcripts: 1, emails: 2, bodies: 1 });
});

Deno.test("prune() takes small batches and goes on until nothing is left", async () => {
  const { org } = await world().newOrg();
  for (let n = 0; n < 5; n++) await addRun(org, 200);
  const counts = [];
  for (let n = 0; n < 4; n++) counts.push((await prune(2)).runs);
  assert.deepEqual(counts, [2, 2, 1, 0]);
});

Deno.test("prune() keeps runs of upkeep for a week, and their events no longer", async () => {
  const { org } = await world().newOrg();
  const old = await addRun(org, 8, { sequence: "calendar_sync" });
  const kept = await addRun(org, 6, { sequence: "calendar_sync" });
  await prune();
  assert.deepEqual([await isKept(old.job), await isKept(kept.job)], [false, true]);
  assert.equal(await payloadOf(old.event), undefined);
});

Deno.test("prune() leaves the message of a question that is still open, and takes it with its run", async () => {
  const { org } = await world().newOrg();
  const { sql } = world();
  const asking = await addRun(org, 200, { status: "waiting_approval" });
  const message = await addRun(org, 199, { sequence: "approval_asked" });
  const [{ id }] = await sql`select id from public.fleet_approvals where job_id = ${asking.job}`;
  await sql`update public.fleet_jobs set event_source = 'upkeep', trigger_payload = ${
    sql.json({ approval_id: id })
  } where id = ${message.job}`;
  await prune();
  assert.equal(await isKept(message.job), true);
  await sql`update public.fleet_jobs set status = 'completed', completed_at = ${daysAgo(100)}
    where id = ${asking.job}`;
  await prune();
  await prune();
  assert.deepEqual([await isKept(asking.job), await isKept(message.job)], [false, false]);
});

Deno.test("prune() forgets answers that were refused after ninety days", async () => {
  const { org } = await world().newOrg();
  for (const age of [91, 89]) {
    await world().sql`insert into fleet.approval_refusals (org_id, via, code, at)
      values (${org}, 'slack', ${`c${age}`}, ${daysAgo(age)})`;
  }
  await prune();
  const left = await world().sql`select code from fleet.approval_refusals where org_id = ${org}`;
  assert.deepEqual(left.map(({ code }) => code), ["c89"]);
});

Deno.test("the history stays append-only for everybody but prune()", async () => {
  const { org } = await world().newOrg();
  await addRun(org, 1);
  await prune();
  await assert.rejects(world().sql`delete from public.fleet_job_history where org_id = ${org}`, {
    code: "ZF409",
  });
});

for (const retention of ['{"run_days": 0}', '{"run_days": 1.5}', '{"days": 3}', "[]"]) {
  Deno.test(`fleet_org_settings refuses the retention ${retention}`, async () => {
    await assert.rejects(
      world()
        .sql`insert into public.fleet_org_settings (org_id, retention) values (${crypto.randomUUID()}, ${retention}::text::jsonb)`,
      { code: "23514" },
    );
  });
}

Deno.test("prune() of a project without CRM tables prunes the engine's own and does not fail", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  const [{ counts }] = await db.sql`select fleet.prune() as counts`;
  assert.deepEqual(counts, { runs: 0, events: 0, upkeep: 0, content: 0 });
});

import assert from "node:assert/strict";
import type { FiredTrigger } from "../../../supabase/functions/_shared/orchestrator/store/agents.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { type AgentWorld, shareAgentWorld } from "./_world.ts";

const world = shareAgentWorld();
const HOUR_MS = 3_600_000;

async function addTrigger(org: string, row: Readonly<Record<string, unknown>> = {}) {
  const { sql } = world();
  const values = { org_id: org, trigger_event: "deal_created", agent_name: "research", ...row };
  const [{ id }] = await sql`insert into public.fleet_triggers ${sql(values)} returning id`;
  return id as string;
}

function fire(
  { org, member }: { readonly org: string; readonly member: string },
  payload: JsonObject = {},
  more: { readonly event?: string; readonly key?: string } = {},
): Promise<readonly FiredTrigger[]> {
  const event = {
    event: more.event ?? "deal_created",
    organization_id: org,
    user_id: member,
    payload,
  };
  return world().store.fireTriggers(event, more.key ?? null);
}

const eventsOf = (org: string, type = "agent_run") =>
  world().sql`select *, run_after from public.fleet_events where org_id = ${org} and type = ${type}
    order by run_after, created_at`;

Deno.test("fire_triggers() starts nothing where no trigger is active: the platform's are templates", async () => {
  const org = await world().newOrg();
  assert.deepEqual(await fire(org), []);
  const [{ count }] = await world().sql`select count(*)::integer as count from public.fleet_triggers
    where org_id is null and not is_active`;
  assert.equal(count, 2);
});

Deno.test("fire_triggers() starts one agent_run per active trigger of the event, as the trigger says", async () => {
  const org = await world().newOrg();
  const ids = [
    await addTrigger(org.org, { prompt_template: "Look", delivery_channel: "slack" }),
    await addTrigger(org.org, { agent_name: "outreach" }),
  ];
  await addTrigger(org.org, { is_active: false });
  await addTrigger(org.org, { trigger_event: "contact_created" });
  const deal = crypto.randomUUID();
  const fired = await fire(org, { deal_id: deal, note: "n" });
  assert.deepEqual(fired.map((f) => [f.trigger_id, f.status]), ids.map((id) => [id, "queued"]));
  const [event] = await eventsOf(org.org);
  assert.deepEqual([event.user_id, event.status, event.mode], [org.member, "pending", "live"]);
  assert.deepEqual(event.payload, {
    agent: "research",
    prompt: "Look",
    event: "deal_created",
    deal_id: deal,
    delivery_channel: "slack",
    trigger_id: ids[0],
    trigger_payload: { deal_id: deal, note: "n" },
  });
});

Deno.test("fire_triggers() lets an organisation's row stand in the place of the template of its key", async () => {
  const org = await world().newOrg(), other = await world().newOrg();
  const { sql } = world();
  const key = `k-${org.org}`;
  await sql`insert into public.fleet_triggers (key, trigger_event, agent_name) values (${key}, 'deal_stalled', 'pipeline')`;
  const own = await addTrigger(org.org, {
    key,
    trigger_event: "deal_stalled",
    agent_name: "outreach",
  });
  const [first] = await fire(org, {}, { event: "deal_stalled" });
  const [second] = await fire(other, {}, { event: "deal_stalled" });
  await sql`update public.fleet_triggers set is_active = false where id = ${own}`;
  const third = await fire(org, {}, { event: "deal_stalled" });
  await sql`delete from public.fleet_triggers where org_id is null and key = ${key}`;
  assert.deepEqual([first.agent_name, second.agent_name, third], ["outreach", "pipeline", []]);
});

interface Repeat {
  readonly name: string;
  readonly event: string;
  readonly first: JsonObject;
  readonly second: JsonObject;
  readonly isOne: boolean;
}

const ID = "0a000000-0000-4000-8000-0000000000d1", OTHER = "0a000000-0000-4000-8000-0000000000d2";
const REPEATS: readonly Repeat[] = [
  {
    name: "one deal",
    event: "deal_created",
    first: { deal_id: ID, a: 1 },
    second: { deal_id: ID.toUpperCase() },
    isOne: true,
  },
  {
    name: "two deals",
    event: "deal_created",
    first: { deal_id: ID },
    second: { deal_id: OTHER },
    isOne: false,
  },
  {
    name: "one change of stage, told to the micro- and to the millisecond",
    event: "deal_stage_changed",
    first: { deal_id: ID, stage_id: OTHER, stage_changed_at: "2026-11-27T03:20:00.123456+00:00" },
    second: { deal_id: ID, stage_id: OTHER, stage_changed_at: "2026-11-27T04:20:00.123+01:00" },
    isOne: true,
  },
  {
    name: "a deal that came back to a stage",
    event: "deal_stage_changed",
    first: { deal_id: ID, stage_id: OTHER, stage_changed_at: "2026-11-27T03:20:00Z" },
    second: { deal_id: ID, stage_id: OTHER, stage_changed_at: "2026-11-27T03:25:00Z" },
    isOne: false,
  },
  {
    name: "a task overdue since one day",
    event: "task_overdue",
    first: { task_id: ID, due_on: "2026-11-26" },
    second: { task_id: ID, due_on: "2026-11-26T00:00:00Z" },
    isOne: true,
  },
  {
    name: "a task put off and overdue again",
    event: "task_overdue",
    first: { task_id: ID, due_on: "2026-11-26" },
    second: { task_id: ID, due_on: "2026-11-28" },
    isOne: false,
  },
  {
    name: "payloads that name no row",
    event: "deal_created",
    first: { deal_id: "d1" },
    second: { deal_id: "d1" },
    isOne: false,
  },
  {
    name: "days that are none",
    event: "task_overdue",
    first: { task_id: ID, due_on: "soon" },
    second: { task_id: ID, due_on: "soon" },
    isOne: false,
  },
];

for (const { name, event, first, second, isOne } of REPEATS) {
  Deno.test(`fire_triggers() makes ${isOne ? "one run" : "two runs"} of ${name}`, async () => {
    const org = await world().newOrg();
    await addTrigger(org.org, { trigger_event: event });
    const [one] = await fire(org, first, { event });
    const [two] = await fire(org, second, { event });
    assert.deepEqual([one.status, two.status], ["queued", isOne ? "duplicate" : "queued"]);
    assert.equal(two.event_id === one.event_id, isOne);
  });
}

Deno.test("fire_triggers() knows a change without ids by the caller's key, in one organisation", async () => {
  const org = await world().newOrg(), other = await world().newOrg();
  for (const { org: id } of [org, other]) await addTrigger(id);
  const answers = [
    await fire(org, { n: 1 }, { key: "k" }),
    await fire(org, { n: 2 }, { key: "k" }),
    await fire(org, { n: 2 }, { key: "l" }),
    await fire(other, { n: 1 }, { key: "k" }),
  ];
  assert.deepEqual(answers.map(([a]) => a.status), ["queued", "duplicate", "queued", "queued"]);
});

Deno.test("fire_triggers() starts ten runs an hour and organisation at once, exactly, of fifty posts at once", async () => {
  const org = await world().newOrg(), other = await world().newOrg();
  await addTrigger(org.org);
  await addTrigger(other.org);
  const fired = (await Promise.all(Array.from({ length: 50 }, (_, n) => fire(org, { n })))).flat();
  assert.equal(fired.filter(({ status }) => status === "queued").length, 10);
  assert.equal(fired.filter(({ status }) => status === "deferred").length, 40);
  const starts = (await eventsOf(org.org)).map((row) => row.run_after.getTime() as number);
  assert.equal(starts.length, 50);
  // Of any ten in a row the last starts an hour after the first: no hour, wherever it begins, has eleven.
  for (let i = 10; i < starts.length; i++) assert.ok(starts[i] - starts[i - 10] >= HOUR_MS, `${i}`);
  assert.ok(starts[49] - starts[0] < 4 * HOUR_MS + 60_000, "no hour is left empty");
  assert.equal((await fire(other))[0].status, "queued");
});

Deno.test("fire_triggers() starts the eleventh run once the first is an hour old", async () => {
  const org = await world().newOrg();
  await addTrigger(org.org);
  try {
    await world().setClock("2027-01-04T10:00:00Z");
    for (let n = 0; n < 10; n++) assert.equal((await fire(org, { n }))[0].status, "queued");
    await world().setClock("2027-01-04T10:59:59Z");
    const [early] = await fire(org, { n: 10 });
    assert.deepEqual([early.status, Date.parse(early.run_after!)], [
      "deferred",
      Date.parse("2027-01-04T11:00:00Z"),
    ]);
    await world().setClock("2027-01-04T11:00:00Z");
    assert.equal((await fire(org, { n: 11 }))[0].status, "queued");
  } finally {
    await world().setClock(null);
  }
});

Deno.test("test_trigger() makes a shadow run of one trigger, active or not, and counts it", async () => {
  const org = await world().newOrg();
  const id = await addTrigger(org.org, { is_active: false });
  const event = {
    event: "deal_created",
    organization_id: org.org,
    user_id: org.member,
    payload: {},
  };
  for (let n = 0; n < 10; n++) {
    assert.equal((await world().store.testTrigger(event, id)).status, "queued");
  }
  const rows = await eventsOf(org.org);
  assert.deepEqual([...new Set(rows.map((row) => row.mode))], ["shadow"]);
  const eleventh = await world().store.testTrigger(event, id);
  assert.equal(eleventh.status, "limited");
  assert.ok("retry_after_ms" in eleventh && eleventh.retry_after_ms > 0.9 * HOUR_MS);
  assert.equal((await eventsOf(org.org)).length, 10);
});

Deno.test("test_trigger() finds no trigger of another organisation", async () => {
  const org = await world().newOrg(), other = await world().newOrg();
  const id = await addTrigger(other.org);
  const event = {
    event: "deal_created",
    organization_id: org.org,
    user_id: org.member,
    payload: {},
  };
  await assert.rejects(world().store.testTrigger(event, id), { code: "trigger_not_found" });
});

// Changes of the CRM itself ------------------------------------------------------------------------

async function insertDeal(w: AgentWorld, org: string, owner: string | null) {
  const [{ id }] = await w
    .sql`insert into public.deals (org_id, name, owner_id) values (${org}, 'd', ${owner}) returning id`;
  return id as string;
}

Deno.test("a new deal fires its triggers in the transaction that creates it, and is an event of its own", async () => {
  const org = await world().newOrg();
  await addTrigger(org.org);
  const deal = await insertDeal(world(), org.org, org.member);
  const [run] = await eventsOf(org.org);
  assert.deepEqual([run.payload.deal_id, run.user_id, run.status], [deal, org.member, "pending"]);
  const [event] = await eventsOf(org.org, "deal_created");
  assert.deepEqual([event.status, event.status_reason, event.idempotency_key], [
    "routed",
    "agent_triggers",
    `deal_created:${deal}`,
  ]);
});

Deno.test("a deal that is rolled back fires nothing", async () => {
  const org = await world().newOrg();
  await addTrigger(org.org);
  await assert.rejects(
    world().sql.begin(async (tx) => {
      await tx`insert into public.deals (org_id, name) values (${org.org}, 'd')`;
      throw new Error("undo");
    }),
  );
  assert.equal((await eventsOf(org.org)).length, 0);
});

Deno.test("the POST that announces a change of the CRM makes no second run of it", async () => {
  const org = await world().newOrg();
  await addTrigger(org.org);
  await addTrigger(org.org, { trigger_event: "deal_stage_changed" });
  const deal = await insertDeal(world(), org.org, org.member);
  assert.equal((await fire(org, { deal_id: deal }))[0].status, "duplicate");
  const [stage] = await world()
    .sql`insert into public.deal_stages (org_id, name) values (${org.org}, 's') returning id`;
  await world().sql`update public.deals set stage_id = ${stage.id} where id = ${deal}`;
  const [row] = await world()
    .sql`select stage_id, stage_changed_at from public.deals where id = ${deal}`;
  const [again] = await fire(org, {
    deal_id: deal,
    stage_id: row.stage_id,
    stage_changed_at: row.stage_changed_at.toISOString(),
  }, { event: "deal_stage_changed" });
  assert.equal(again.status, "duplicate");
  assert.equal((await eventsOf(org.org)).length, 2);
});

Deno.test("a deal without an owner is its organisation's admin's", async () => {
  const org = await world().newOrg();
  await addTrigger(org.org);
  await insertDeal(world(), org.org, null);
  assert.equal((await eventsOf(org.org))[0].user_id, org.owner);
});

Deno.test("a change of the CRM that nobody waits for leaves no event", async () => {
  const org = await world().newOrg();
  const deal = await insertDeal(world(), org.org, org.member);
  await world().sql`insert into public.contacts (org_id, full_name) values (${org.org}, 'c')`;
  await world().sql`update public.deals set name = 'e' where id = ${deal}`;
  const rows = await world().sql`select 1 from public.fleet_events where org_id = ${org.org}`;
  assert.equal(rows.length, 0);
});

Deno.test("a change of the CRM with a route of its own is left to that route, triggers beside it", async () => {
  const org = await world().newOrg();
  const { sql } = world();
  await sql`insert into public.fleet_event_routes (org_id, event_type, sequence_key) values (${org.org}, 'contact_created', 'x')`;
  await sql`insert into public.contacts (org_id, full_name) values (${org.org}, 'c')`;
  assert.deepEqual((await eventsOf(org.org, "contact_created")).map((row) => row.status), [
    "pending",
  ]);
  await addTrigger(org.org, { trigger_event: "contact_created" });
  await sql`insert into public.contacts (org_id, full_name) values (${org.org}, 'd')`;
  assert.deepEqual((await eventsOf(org.org, "contact_created")).map((row) => row.status), [
    "pending",
    "pending",
  ]);
  assert.equal((await eventsOf(org.org)).length, 1);
});

Deno.test("a meeting by a door and a mail that came in fire their triggers without a second event", async () => {
  const org = await world().newOrg();
  const { sql } = world();
  await addTrigger(org.org, { trigger_event: "meeting_completed" });
  await addTrigger(org.org, { trigger_event: "email_received" });
  await sql`insert into public.meetings (org_id, user_id, endpoint_id, title)
    values (${org.org}, ${org.member}, ${crypto.randomUUID()}, 'm')`;
  await sql`insert into public.emails (org_id, user_id, direction) values (${org.org}, ${org.member}, 'inbound')`;
  await sql`insert into public.emails (org_id, user_id, direction) values (${org.org}, ${org.member}, 'outbound')`;
  const rows =
    await sql`select type, source from public.fleet_events where org_id = ${org.org} order by source`;
  assert.deepEqual(rows.map((row) => [row.type, row.source]), [
    ["agent_run", "trigger:email_received"],
    ["agent_run", "trigger:meeting_completed"],
  ]);
});

Deno.test("fleet.emit() of a CRM event fires triggers once for one key", async () => {
  const org = await world().newOrg();
  const { sql } = world();
  await addTrigger(org.org, { trigger_event: "deal_stalled" });
  for (let n = 0; n < 3; n++) {
    await sql`select fleet.emit('deal_stalled', ${org.org}, ${org.member}, '{"days": 30}', 'stalled-1')`;
  }
  assert.equal((await eventsOf(org.org, "deal_stalled")).length, 1);
  assert.equal((await eventsOf(org.org)).length, 1);
});

Deno.test("emit_on_change() names the row's id as it is told, so that triggers know the deal", async () => {
  const org = await world().newOrg();
  const { sql } = world();
  await addTrigger(org.org);
  await sql.unsafe(
    `create table public.team_deals (id uuid primary key, org_id uuid, owner_id uuid);
    create trigger t after insert on public.team_deals for each row
    execute function fleet.emit_on_change('deal_created', 'owner_id', 'deal_id')`,
  );
  const id = crypto.randomUUID();
  await sql`insert into public.team_deals values (${id}, ${org.org}, ${org.member})`;
  await sql`drop table public.team_deals`;
  assert.equal((await eventsOf(org.org))[0].payload.deal_id, id);
});

for (
  const [name, row] of [
    ["an unknown event", { trigger_event: "deal_won" }],
    ["an unknown agent", { agent_name: "nobody" }],
    ["a channel it cannot deliver by", { delivery_channel: "email" }],
    ["conditions that are no object", { handoff_conditions: "[]" }],
  ] as const
) {
  Deno.test(`fleet_triggers refuses ${name} when saved`, async () => {
    const org = await world().newOrg();
    await assert.rejects(addTrigger(org.org, row), { code: "23514" });
  });
}

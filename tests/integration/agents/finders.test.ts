import assert from "node:assert/strict";
import { freshDatabase } from "../../support/database.ts";
import { shareAgentWorld } from "./_world.ts";

const world = shareAgentWorld();
const START = Date.parse("2027-06-01T15:00:00Z");
const MINUTE_MS = 60_000;
const at = (minutes: number) => new Date(START + minutes * MINUTE_MS).toISOString();
const GUEST = "pat@customer.example";

interface Meeting {
  readonly uid?: string | null;
  readonly starts?: number;
  readonly guests?: readonly Readonly<Record<string, unknown>>[];
  readonly user?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

async function addEvent(org: { org: string; member: string }, meeting: Meeting = {}) {
  const { sql } = world();
  const starts = meeting.starts ?? 0;
  const row = {
    org_id: org.org,
    user_id: meeting.user ?? org.member,
    title: "Demo",
    starts_at: at(starts),
    ends_at: at(starts + 30),
    calendar_uid: meeting.uid === undefined ? "uid-1" : meeting.uid,
    attendees: sql.json((meeting.guests ?? [{ email: GUEST, name: "Pat" }]) as never),
    ...meeting.more,
  };
  const [{ id }] = await sql`insert into public.calendar_events ${sql(row)} returning id`;
  return id as string;
}

/** One sweep so many minutes from the meeting's start, by a finder that has not looked for a while. */
async function sweepAt(minutes: number): Promise<void> {
  await world().setClock(at(minutes));
  try {
    await world().sql`update fleet.sweep_state set found_at = null`;
    await world().sql`select fleet.sweep(false)`;
  } finally {
    await world().setClock(null);
  }
}

const briefsOf = (org: string) =>
  world().sql`select user_id, payload, idempotency_key from public.fleet_events
    where org_id = ${org} and type = 'pre_meeting_90min' order by created_at, id`;

Deno.test("the sweep finds a meeting with somebody from outside, ninety minutes before it starts", async () => {
  const org = await world().newOrg();
  const id = await addEvent(org);
  await sweepAt(-91);
  assert.equal((await briefsOf(org.org)).length, 0);
  await sweepAt(-90);
  await sweepAt(-60);
  const [brief, ...others] = await briefsOf(org.org);
  assert.deepEqual(others, []);
  assert.deepEqual([brief.user_id, brief.idempotency_key], [
    org.member,
    "pre_meeting_90min:uid-1:2027-06-01T15:00:00Z",
  ]);
  assert.deepEqual(brief.payload, {
    calendar_event_id: id,
    calendar_uid: "uid-1",
    title: "Demo",
    start_time: "2027-06-01T15:00:00Z",
    end_time: "2027-06-01T15:30:00Z",
    attendees: [{ email: GUEST, name: "Pat" }],
  });
});

interface Left {
  readonly name: string;
  readonly meeting: Meeting;
  readonly when?: number;
}

const LEFT_ALONE: readonly Left[] = [
  { name: "that starts in a quarter of an hour", meeting: {}, when: -15 },
  { name: "that has begun", meeting: {}, when: 1 },
  { name: "that was cancelled", meeting: { more: { is_cancelled: true } } },
  { name: "of a whole day", meeting: { more: { is_all_day: true } } },
  { name: "without guests", meeting: { guests: [] } },
  {
    name: "whose guests say they are not external",
    meeting: { guests: [{ email: GUEST, is_external: false }] },
  },
  { name: "whose guests have no address", meeting: { guests: [{ name: "Pat" }, { name: "Sam" }] } },
];

for (const { name, meeting, when = -60 } of LEFT_ALONE) {
  Deno.test(`the sweep leaves a meeting ${name} alone`, async () => {
    const org = await world().newOrg();
    await addEvent(org, meeting);
    await sweepAt(when);
    assert.equal((await briefsOf(org.org)).length, 0);
  });
}

Deno.test("the sweep leaves a meeting among members alone", async () => {
  const org = await world().newOrg();
  await addEvent(org, { guests: [{ email: `${org.owner}@example.com` }] });
  await sweepAt(-60);
  assert.equal((await briefsOf(org.org)).length, 0);
});

Deno.test("a meeting of Google, Microsoft, a recorder, by hand and of two members is briefed once", async () => {
  const org = await world().newOrg();
  const { sql } = world();
  const both = [{ email: GUEST }, { email: `${org.member}@example.com` }];
  for (const source of ["google", "microsoft", "meetingbaas"]) {
    await sql`select fleet_crm.store_calendar_events(${org.org}, ${org.member}, ${source}, ${
      sql.json([{
        external_id: source,
        calendar_uid: "u",
        title: "Demo",
        starts_at: at(0),
        ends_at: at(30),
        attendees: both,
      }])
    })`;
  }
  await addEvent(org, { uid: null, more: { source: "manual" } });
  await addEvent(org, { uid: "u", user: org.owner });
  const [meeting] = await sql`insert into public.meetings (org_id, user_id, title, started_at)
    values (${org.org}, ${org.member}, 'Demo', ${at(0)}) returning id`;
  await sql`insert into public.meeting_attendees (org_id, meeting_id, position, name, email, is_external)
    values (${org.org}, ${meeting.id}, 1, 'Pat', ${GUEST.toUpperCase()}, true)`;
  await sweepAt(-80);
  await sweepAt(-70);
  assert.equal((await briefsOf(org.org)).length, 1);
});

Deno.test("a source that brings a briefed meeting later makes no second brief", async () => {
  const org = await world().newOrg();
  await addEvent(org, { uid: null });
  await sweepAt(-80);
  await addEvent(org, { uid: "late" });
  await sweepAt(-70);
  assert.equal((await briefsOf(org.org)).length, 1);
});

Deno.test("meetings with other people at one time are briefed each", async () => {
  const org = await world().newOrg();
  await addEvent(org, { uid: "a" });
  await addEvent(org, { uid: "b", user: org.owner, guests: [{ email: "sam@elsewhere.example" }] });
  await sweepAt(-60);
  assert.equal((await briefsOf(org.org)).length, 2);
});

Deno.test("the brief of a shared meeting is its organiser's", async () => {
  const org = await world().newOrg();
  await addEvent(org, { more: { organizer_email: `${org.owner}@example.com` } });
  await addEvent(org, { user: org.owner, more: { organizer_email: `${org.owner}@example.com` } });
  await sweepAt(-60);
  assert.deepEqual((await briefsOf(org.org)).map((brief) => brief.user_id), [org.owner]);
});

Deno.test("a moved meeting is briefed again, one moved back is not", async () => {
  const org = await world().newOrg();
  const id = await addEvent(org);
  const move = (minutes: number) =>
    world().sql`update public.calendar_events set starts_at = ${at(minutes)}, ends_at = ${
      at(minutes + 30)
    } where id = ${id}`;
  await sweepAt(-80);
  await move(20);
  await sweepAt(-60);
  await move(0);
  await sweepAt(-50);
  assert.deepEqual((await briefsOf(org.org)).map((brief) => brief.payload.start_time), [
    "2027-06-01T15:00:00Z",
    "2027-06-01T15:20:00Z",
  ]);
});

Deno.test("two sweeps at once find a meeting once", async () => {
  const org = await world().newOrg();
  await addEvent(org);
  await world().setClock(at(-60));
  try {
    await world().sql`update fleet.sweep_state set found_at = null`;
    await Promise.all([1, 2, 3].map(() => world().worker`select fleet.sweep(false)`));
  } finally {
    await world().setClock(null);
  }
  assert.equal((await briefsOf(org.org)).length, 1);
});

Deno.test("a stranger's invitation with an endless uid is briefed too, and costs nobody else a brief", async () => {
  const org = await world().newOrg(), other = await world().newOrg();
  await addEvent(org, { uid: "u".repeat(900) });
  await addEvent(other, { uid: "plain" });
  await sweepAt(-60);
  await sweepAt(-50);
  const briefs = [(await briefsOf(org.org)).length, (await briefsOf(other.org)).length];
  assert.deepEqual(briefs, [1, 1]);
});

Deno.test("a row that cannot be briefed costs nobody else a brief", async () => {
  const org = await world().newOrg(), other = await world().newOrg();
  const guests = Array.from({ length: 50 }, (_, at) => ({
    email: `g${at}@customer.example`,
    name: "n".repeat(2000),
  }));
  await addEvent(org, { guests });
  await addEvent(other);
  await sweepAt(-60);
  assert.equal((await briefsOf(other.org)).length, 1);
});

Deno.test("meetings that were briefed leave room for those that were not, however many they are", async () => {
  const orgs = [await world().newOrg(), await world().newOrg()].sort((a, b) =>
    a.org < b.org ? -1 : 1
  );
  const [busy, last] = orgs;
  await world()
    .sql`insert into public.calendar_events (org_id, user_id, title, starts_at, ends_at, calendar_uid, attendees)
    select ${busy.org}, ${busy.member}, 'Demo', ${at(0)}, ${at(30)}, 'many-' || n,
      jsonb_build_array(jsonb_build_object('email', 'guest' || n || '@customer.example'))
    from generate_series(1, 201) n`;
  await addEvent(last);
  for (const minutes of [-80, -70, -60]) await sweepAt(minutes);
  assert.equal((await briefsOf(busy.org)).length, 201);
  assert.equal((await briefsOf(last.org)).length, 1);
});

// Overdue tasks -------------------------------------------------------------------------------------

async function addTask(org: { org: string; member: string }, due_on: string, more: object = {}) {
  const { sql } = world();
  const row = { org_id: org.org, user_id: org.member, title: "t", due_on, ...more };
  const [{ id }] = await sql`insert into public.tasks ${sql(row)} returning id`;
  return id as string;
}
const overdueOf = (org: string) =>
  world()
    .sql`select payload from public.fleet_events where org_id = ${org} and type = 'task_overdue' order by created_at, id`;
const listen = (org: string) =>
  world()
    .sql`insert into public.fleet_triggers (org_id, trigger_event, agent_name) values (${org}, 'task_overdue', 'crm_ops')`;

Deno.test("the sweep tells of an overdue task once per due day, and a trigger hears it", async () => {
  const org = await world().newOrg();
  await listen(org.org);
  const id = await addTask(org, "2027-05-31");
  await sweepAt(0);
  await sweepAt(10);
  assert.deepEqual((await overdueOf(org.org)).map((e) => e.payload), [{
    task_id: id,
    due_on: "2027-05-31",
  }]);
  await world().sql`update public.tasks set due_on = '2027-06-02' where id = ${id}`;
  await sweepAt(20);
  assert.equal((await overdueOf(org.org)).length, 1);
  await sweepAt(3 * 1440);
  assert.equal((await overdueOf(org.org)).length, 2);
  const runs = await world()
    .sql`select 1 from public.fleet_events where org_id = ${org.org} and type = 'agent_run'`;
  assert.equal(runs.length, 2);
});

Deno.test("a task is overdue by the day it is where its owner lives", async () => {
  const east = await world().newOrg(), west = await world().newOrg();
  for (const [org, zone] of [[east, "Pacific/Auckland"], [west, "America/Los_Angeles"]] as const) {
    await listen(org.org);
    await world().sql`update public.profiles set timezone = ${zone} where id = ${org.member}`;
    // 15:00 UTC of that day: the next day has begun in Auckland.
    await addTask(org, "2027-06-01");
  }
  await sweepAt(0);
  assert.deepEqual([(await overdueOf(east.org)).length, (await overdueOf(west.org)).length], [
    1,
    0,
  ]);
});

Deno.test("tasks that are done, old, or that nobody listens for stay silent", async () => {
  const org = await world().newOrg(), silent = await world().newOrg();
  await listen(org.org);
  await addTask(org, "2027-05-31", { status: "done" });
  await addTask(org, "2027-05-20");
  await addTask(silent, "2027-05-31");
  await sweepAt(0);
  assert.deepEqual([(await overdueOf(org.org)).length, (await overdueOf(silent.org)).length], [
    0,
    0,
  ]);
});

Deno.test("a member's zone that is none counts as UTC and stops no sweep", async () => {
  const org = await world().newOrg();
  await listen(org.org);
  await world().sql`update public.profiles set timezone = 'Nowhere/Land' where id = ${org.member}`;
  await addTask(org, "2027-05-31");
  await sweepAt(0);
  assert.equal((await overdueOf(org.org)).length, 1);
});

Deno.test("the sweep of a project without CRM views finds nothing and does not fail", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  const [{ swept }] = await db.sql`select fleet.sweep(false) as swept`;
  assert.equal(swept.events_due, 0);
});

Deno.test("a view that a team mapped wrongly costs its own finder, never the sweep", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  await db.sql`create view fleet_crm.members as select 1 as org_id`;
  await db.sql`create view fleet_crm.tasks as select 1 as id`;
  await db.sql`create view fleet_crm.calendar_events as select 1 as id`;
  const [{ swept }] = await db.sql`select fleet.sweep(false) as swept`;
  assert.equal(swept.events_due, 0);
});

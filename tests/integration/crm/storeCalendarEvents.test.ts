import assert from "node:assert/strict";
import type { Sql } from "../../../supabase/functions/_shared/db/client.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { CONTACT_EMAIL, createCrmWorld, type CrmWorld, emailOf } from "./_world.ts";

const START = Date.parse("2027-03-01T10:00:00Z");
const HOUR_MS = 3_600_000;
const at = (hours: number) => new Date(START + hours * HOUR_MS).toISOString();

/** One source's words about one event. */
function event(words: JsonObject): JsonObject {
  const starts_at = (words.starts_at ?? at(0)) as string;
  return {
    title: "Call",
    starts_at,
    ends_at: new Date(Date.parse(starts_at) + HOUR_MS).toISOString(),
    ...words,
  };
}

type Counts = Readonly<Record<string, number>>;

async function store(
  sql: Sql,
  world: CrmWorld,
  { source = "google", events }: { source?: string; events: readonly JsonObject[] },
): Promise<Counts> {
  const [row] =
    await sql`select fleet_crm.store_calendar_events(${world.a.org}, ${world.a.user}, ${source},
    ${sql.json(events as never)}) as counts`;
  return row.counts;
}

const rowsOf = (world: CrmWorld) =>
  world
    .sql`select * from public.calendar_events where user_id = ${world.a.user} order by starts_at`;

/** What two sources say one after the other makes so many rows, the last at this hour. */
interface Pair {
  readonly name: string;
  readonly first: JsonObject;
  readonly firstSource?: string;
  readonly then: JsonObject;
  readonly source?: string;
  readonly rows: number;
  readonly hours?: number;
}

const PAIRS: readonly Pair[] = [
  {
    name: "a source's id, moved",
    first: { external_id: "x" },
    then: { external_id: "x", starts_at: at(5) },
    rows: 1,
    hours: 5,
  },
  {
    name: "one id of two sources",
    first: { external_id: "x" },
    then: { external_id: "x" },
    source: "microsoft",
    rows: 2,
  },
  {
    name: "one calendar uid from two sources at one start",
    first: { external_id: "x", calendar_uid: "u" },
    then: { external_id: "y", calendar_uid: "u" },
    source: "meetingbaas",
    rows: 1,
  },
  {
    name: "one calendar uid that the second source has moved",
    first: { external_id: "x", calendar_uid: "u" },
    then: { external_id: "y", calendar_uid: "u", starts_at: at(3) },
    source: "meetingbaas",
    rows: 1,
    hours: 3,
  },
  {
    name: "two instances of a series from one source",
    first: { external_id: "x_1", calendar_uid: "u", original_starts_at: at(0) },
    then: {
      external_id: "x_2",
      calendar_uid: "u",
      starts_at: at(24),
      original_starts_at: at(24),
    },
    rows: 2,
    hours: 24,
  },
  {
    name: "two instances of a series whose source does not say so",
    first: { external_id: "x_1", calendar_uid: "u" },
    then: { external_id: "x_2", calendar_uid: "u", starts_at: at(24) },
    rows: 2,
    hours: 24,
  },
  {
    name: "an instance that another source moved",
    first: { external_id: "x_1", calendar_uid: "u", original_starts_at: at(0) },
    then: { external_id: "y", calendar_uid: "u", starts_at: at(2), original_starts_at: at(0) },
    source: "microsoft",
    rows: 1,
    hours: 2,
  },
  {
    name: "two calendar uids at one start",
    first: { external_id: "x", calendar_uid: "u" },
    then: { external_id: "y", calendar_uid: "v" },
    rows: 2,
  },
];

for (const { name, first, firstSource, then, source, rows, hours } of PAIRS) {
  Deno.test(`store_calendar_events() makes ${rows === 1 ? "one event" : "two"} of ${name}`, async () => {
    await using world = await createCrmWorld();
    const sql = world.worker();
    await store(sql, world, { source: firstSource, events: [event(first)] });
    await store(sql, world, { source, events: [event(then)] });
    const stored = await rowsOf(world);
    assert.equal(stored.length, rows);
    assert.equal(stored.at(-1)!.starts_at.toISOString(), at(hours ?? 0));
  });
}

Deno.test("store_calendar_events() changes nothing by a repeat and counts it", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const events = [event({ external_id: "x", calendar_uid: "u" }), event({ calendar_uid: "v" })];
  const first = await store(sql, world, { events });
  const before = await rowsOf(world);
  const second = await store(sql, world, { events });
  assert.deepEqual([first.inserted, second.inserted, second.updated], [2, 0, 0]);
  assert.equal(second.unchanged, 2);
  assert.deepEqual(await rowsOf(world), before);
});

Deno.test("store_calendar_events() lets each source that brought an event move it", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  await store(sql, world, {
    source: "meetingbaas",
    events: [event({ external_id: "m", calendar_uid: "u" })],
  });
  for (
    const [source, external_id, hours] of [["google", "g", 1], ["meetingbaas", "m", 2]] as const
  ) {
    await store(sql, world, {
      source,
      events: [event({ external_id, calendar_uid: "u", starts_at: at(hours) })],
    });
  }
  assert.deepEqual((await rowsOf(world)).map((row) => row.starts_at.toISOString()), [at(2)]);
});

Deno.test("store_calendar_events() cancels by the source's id alone, and no repeat of another source undoes it", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const other = { source: "meetingbaas", events: [event({ external_id: "m", calendar_uid: "u" })] };
  await store(sql, world, { events: [event({ external_id: "g", calendar_uid: "u" })] });
  await store(sql, world, other);
  const counts = await store(sql, world, { events: [{ external_id: "g", is_cancelled: true }] });
  await store(sql, world, other);
  assert.equal(counts.cancelled, 1);
  assert.deepEqual((await rowsOf(world)).map((row) => row.is_cancelled), [true]);
});

Deno.test("store_calendar_events() takes an event back that its source confirms again in the same words", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const events = [event({ external_id: "g", calendar_uid: "u" })];
  await store(sql, world, { events });
  await store(sql, world, { events: [{ external_id: "g", is_cancelled: true }] });
  await store(sql, world, { events });
  assert.deepEqual((await rowsOf(world)).map((row) => row.is_cancelled), [false]);
});

Deno.test("store_calendar_events() cancels every instance of a uid that is named alone", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  await store(sql, world, {
    events: [
      event({ external_id: "1", calendar_uid: "u" }),
      event({ external_id: "2", calendar_uid: "u", starts_at: at(24) }),
    ],
  });
  await store(sql, world, { events: [{ calendar_uid: "u", is_cancelled: true }] });
  assert.deepEqual((await rowsOf(world)).map((row) => row.is_cancelled), [true, true]);
});

Deno.test("store_calendar_events() counts a cancellation of what it never knew and stores nothing", async () => {
  await using world = await createCrmWorld();
  const counts = await store(world.worker(), world, {
    events: [{ external_id: "never", is_cancelled: true }],
  });
  assert.equal(counts.unknown, 1);
  assert.equal((await rowsOf(world)).length, 0);
});

Deno.test("store_calendar_events() knows members from outsiders and finds contact and deal", async () => {
  await using world = await createCrmWorld();
  await store(world.worker(), world, {
    events: [event({
      external_id: "x",
      organizer_email: emailOf(world.a.user).toUpperCase(),
      attendees: [
        { email: emailOf(world.a.user), name: null },
        { email: CONTACT_EMAIL.toUpperCase(), name: "Carol" },
        { email: "guest@elsewhere.example", name: "G", is_external: false },
      ],
    })],
  });
  const [row] = await rowsOf(world);
  assert.deepEqual(
    row.attendees.map((a: { is_external: boolean }) => a.is_external),
    [false, true, false],
  );
  assert.deepEqual([row.contact_id, row.deal_id, row.organizer_email], [
    world.a.contact,
    world.a.deal,
    emailOf(world.a.user),
  ]);
});

Deno.test("store_calendar_events() keeps people that a second source does not know", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const attendees = [{ email: CONTACT_EMAIL, name: "Carol" }];
  await store(sql, world, { events: [event({ external_id: "x", calendar_uid: "u", attendees })] });
  await store(sql, world, {
    source: "meetingbaas",
    events: [event({ external_id: "y", calendar_uid: "u", attendees: [] })],
  });
  const [row] = await rowsOf(world);
  assert.equal(row.attendees.length, 1);
});

for (
  const [name, broken] of [
    ["no id", { title: "t", starts_at: at(0) }],
    ["no start", { title: "t", external_id: "x" }],
  ] as const
) {
  Deno.test(`store_calendar_events() refuses a list with an event of ${name} whole`, async () => {
    await using world = await createCrmWorld();
    await assert.rejects(
      store(world.worker(), world, { events: [event({ external_id: "good" }), broken] }),
      { code: "ZF422", message: /^invalid_calendar_event: / },
    );
    assert.equal((await rowsOf(world)).length, 0);
  });
}

Deno.test("store_calendar_events() makes one event of two sources at once", async () => {
  await using world = await createCrmWorld();
  const workers = [world.worker(), world.worker()];
  await Promise.all(["google", "meetingbaas"].map((source, i) =>
    store(workers[i], world, {
      source,
      events: [event({ external_id: source, calendar_uid: "u" })],
    })
  ));
  assert.equal((await rowsOf(world)).length, 1);
});

Deno.test("store_calendar_events() keeps the calendars of two organisations and members apart", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const list = sql.json([event({ external_id: "x", calendar_uid: "u" })] as never);
  for (
    const [org, user] of [[world.a.org, world.a.user], [world.b.org, world.b.user], [
      world.a.org,
      world.both,
    ]]
  ) {
    await sql`select fleet_crm.store_calendar_events(${org}, ${user}, 'google', ${list})`;
  }
  const [{ count }] = await world.sql`select count(*)::integer as count from public.calendar_events
    where calendar_uid = 'u' and org_id in (${world.a.org}, ${world.b.org})`;
  assert.equal(count, 3);
});

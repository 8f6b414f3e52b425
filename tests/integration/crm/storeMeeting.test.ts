import assert from "node:assert/strict";
import type { Sql } from "../../../supabase/functions/_shared/db/client.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { CONTACT_EMAIL, createCrmWorld, type CrmWorld, emailOf, type OrgRows } from "./_world.ts";

const START = "2027-03-01T10:00:00Z";
const ORGANIZER = "host@elsewhere.example";

interface Stored {
  readonly meeting_id: string;
  readonly delivered_as: string;
  readonly is_internal: boolean;
  readonly duplicate: boolean;
  readonly user_id: string | null;
  readonly user_source: string | null;
  readonly contact_id: string | null;
  readonly deal_id: string | null;
}

let deliveries = 0;

/** Delivers a meeting to an organisation's endpoint, under a delivery id of its own unless told. */
async function deliver(
  sql: Sql,
  to: Pick<OrgRows, "org" | "endpoint">,
  meeting: JsonObject,
  deliveryId = `d${++deliveries}`,
): Promise<Stored> {
  const body = sql.json({ title: "Call", attendees: [], transcript: [], ...meeting } as never);
  const [row] = await sql`
    select fleet_crm.store_meeting(${to.org}, ${to.endpoint}, ${deliveryId}, ${body}) as stored`;
  return row.stored as Stored;
}

/** Whether two deliveries in a row name one meeting. */
async function isOne(
  first: JsonObject,
  second: JsonObject,
  to: (world: CrmWorld) => Pick<OrgRows, "org" | "endpoint"> = (world) => world.a,
): Promise<boolean> {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const one = await deliver(sql, world.a, first);
  const two = await deliver(sql, to(world), second);
  assert.equal(one.duplicate, false);
  assert.equal(two.duplicate, one.meeting_id === two.meeting_id);
  return two.duplicate;
}

/** Another endpoint of the same organisation: another provider. */
const otherEndpoint = (world: CrmWorld) => ({ org: world.a.org, endpoint: crypto.randomUUID() });
const otherOrg = (world: CrmWorld) => world.b;

const at = (minutes: number) => new Date(Date.parse(START) + minutes * 60_000).toISOString();

Deno.test("store_meeting() knows a repeated delivery by its id, whatever the body", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const one = await deliver(sql, world.a, { external_id: "x1" }, "same");
  const two = await deliver(sql, world.a, { external_id: "x2", calendar_uid: "u2" }, "same");
  assert.deepEqual([two.meeting_id, two.duplicate], [one.meeting_id, true]);
});

Deno.test("store_meeting() keeps one delivery id of two endpoints apart", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const one = await deliver(sql, world.a, { external_id: "x1" }, "same");
  const two = await deliver(sql, otherEndpoint(world), { external_id: "x2" }, "same");
  assert.notEqual(two.meeting_id, one.meeting_id);
});

/** What the two deliveries are, where the second goes, whether they are one meeting. */
const IDENTITY: readonly (readonly [
  string,
  JsonObject,
  JsonObject,
  ((world: CrmWorld) => Pick<OrgRows, "org" | "endpoint">) | undefined,
  boolean,
])[] = [
  ["one external_id at one endpoint", { external_id: "x" }, { external_id: "x" }, undefined, true],
  [
    "one external_id at two endpoints",
    { external_id: "x" },
    { external_id: "x" },
    otherEndpoint,
    false,
  ],
  ["two external_ids", { external_id: "x" }, { external_id: "y" }, undefined, false],
  [
    "one calendar_uid at two endpoints",
    { external_id: "x", calendar_uid: "u" },
    {
      external_id: "y",
      calendar_uid: "u",
    },
    otherEndpoint,
    true,
  ],
  [
    "one calendar_uid in two organisations",
    { calendar_uid: "u" },
    {
      calendar_uid: "u",
    },
    otherOrg,
    false,
  ],
  [
    "one external_id although the calendar_uid differs",
    { external_id: "x", calendar_uid: "u" },
    {
      external_id: "x",
      calendar_uid: "v",
    },
    undefined,
    true,
  ],
  [
    "organiser and start",
    { organizer_email: ORGANIZER, started_at: START },
    {
      organizer_email: ORGANIZER,
      started_at: START,
    },
    otherEndpoint,
    true,
  ],
  [
    "the organiser in other case",
    { organizer_email: ORGANIZER, started_at: START },
    {
      organizer_email: ORGANIZER.toUpperCase(),
      started_at: START,
    },
    otherEndpoint,
    true,
  ],
  [
    "the start in another zone",
    { organizer_email: ORGANIZER, started_at: START },
    {
      organizer_email: ORGANIZER,
      started_at: "2027-03-01T15:30:00+05:30",
    },
    otherEndpoint,
    true,
  ],
  [
    "another organiser at the same start",
    { organizer_email: ORGANIZER, started_at: START },
    {
      organizer_email: "other@elsewhere.example",
      started_at: START,
    },
    undefined,
    false,
  ],
  [
    "organiser and start in two organisations",
    { organizer_email: ORGANIZER, started_at: START },
    {
      organizer_email: ORGANIZER,
      started_at: START,
    },
    otherOrg,
    false,
  ],
  [
    "the same start without an organiser",
    { started_at: START },
    { started_at: START },
    undefined,
    false,
  ],
  [
    "the same organiser without a start",
    { organizer_email: ORGANIZER },
    {
      organizer_email: ORGANIZER,
    },
    undefined,
    false,
  ],
  [
    "organiser and start under another external_id",
    {
      external_id: "x",
      organizer_email: ORGANIZER,
      started_at: START,
    },
    { external_id: "y", organizer_email: ORGANIZER, started_at: START },
    undefined,
    false,
  ],
  [
    "organiser and start under another calendar_uid",
    {
      calendar_uid: "u",
      organizer_email: ORGANIZER,
      started_at: START,
    },
    { calendar_uid: "v", organizer_email: ORGANIZER, started_at: START },
    undefined,
    false,
  ],
  ...([[-16, false], [-15, true], [-1, true], [15, true], [16, false]] as const).map((
    [minutes, same],
  ) =>
    [
      `the organiser's start ${minutes} minutes off`,
      { organizer_email: ORGANIZER, started_at: START },
      { organizer_email: ORGANIZER, started_at: at(minutes) },
      undefined,
      same,
    ] as const
  ),
];

for (const [name, first, second, to, same] of IDENTITY) {
  Deno.test(`store_meeting() takes ${name} for ${same ? "one meeting" : "two"}`, async () => {
    assert.equal(await isOne(first, second, to), same);
  });
}

Deno.test("store_meeting() asks for the external_id before the calendar_uid", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const byExternal = await deliver(sql, world.a, { external_id: "x" });
  await deliver(sql, world.a, { external_id: "y", calendar_uid: "u" });
  const third = await deliver(sql, world.a, { external_id: "x", calendar_uid: "u" });
  assert.equal(third.meeting_id, byExternal.meeting_id);
});

Deno.test("store_meeting() takes the nearest of two starts within the quarter of an hour", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const host = { organizer_email: ORGANIZER };
  await deliver(sql, world.a, { ...host, started_at: at(0) });
  const near = await deliver(sql, world.a, { ...host, started_at: at(20) });
  const third = await deliver(sql, world.a, { ...host, started_at: at(12) });
  assert.equal(third.meeting_id, near.meeting_id);
});

Deno.test("store_meeting() updates the stored meeting by a differing body and counts it", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const turns = [{ speaker: "Carol", t_seconds: 1, text: "hello" }];
  const first = await deliver(sql, world.a, { external_id: "x", title: "old" });
  await deliver(sql, world.a, {
    external_id: "x",
    title: "new",
    transcript: turns,
    attendees: [{ name: "Carol" }],
  });
  const [row] = await world.sql`
    select m.title, m.deliveries, t.turns,
      (select count(*)::int from public.meeting_attendees a where a.meeting_id = m.id) as attendees
    from public.meetings m join public.meeting_transcripts t on t.meeting_id = m.id
    where m.id = ${first.meeting_id}`;
  assert.deepEqual({ ...row }, { title: "new", deliveries: 2, turns, attendees: 1 });
});

Deno.test("store_meeting() keeps what a later delivery adds, its calendar uid included", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const first = await deliver(sql, world.a, { external_id: "x" });
  await deliver(sql, world.a, {
    external_id: "x",
    started_at: START,
    timezone: "Europe/Berlin",
    duration_minutes: 30,
    organizer_email: ORGANIZER,
    calendar_uid: "uid-1",
    recording_url: "https://example.com/r",
  });
  const [row] = await world.sql`
    select timezone, duration_minutes, organizer_email, calendar_uid, recording_url,
      started_at = ${START} as starts_then
    from public.meetings where id = ${first.meeting_id}`;
  assert.deepEqual({ ...row }, {
    timezone: "Europe/Berlin",
    duration_minutes: 30,
    organizer_email: ORGANIZER,
    calendar_uid: "uid-1",
    recording_url: "https://example.com/r",
    starts_then: true,
  });
  const third = await deliver(sql, world.a, { external_id: "y", calendar_uid: "uid-1" });
  assert.deepEqual([third.meeting_id, third.duplicate], [first.meeting_id, true]);
});

Deno.test("store_meeting() does not count the same body again", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const { meeting_id } = await deliver(sql, world.a, { external_id: "x" });
  await deliver(sql, world.a, { external_id: "x" });
  const [row] = await world.sql`select deliveries from public.meetings where id = ${meeting_id}`;
  assert.equal(row.deliveries, 1);
});

Deno.test("store_meeting() keeps the words when a later delivery brings none", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const turns = [{ speaker: "Carol", t_seconds: 1, text: "hello" }];
  const { meeting_id } = await deliver(sql, world.a, { external_id: "x", transcript: turns });
  await deliver(sql, world.a, { external_id: "x", transcript: [], title: "renamed" });
  assert.deepEqual(await world.crm().getTranscript(world.a.org, meeting_id), turns);
});

Deno.test("store_meeting() gives the meeting to the member who organised it", async () => {
  await using world = await createCrmWorld();
  const stored = await deliver(world.worker(), world.a, {
    organizer_email: emailOf(world.both).toUpperCase(),
  });
  assert.deepEqual([stored.user_id, stored.user_source], [world.both, "organizer"]);
});

Deno.test("store_meeting() gives it to the endpoint's default user when a stranger organised it", async () => {
  await using world = await createCrmWorld();
  const stored = await deliver(world.worker(), world.a, { organizer_email: emailOf(world.b.user) });
  assert.deepEqual([stored.user_id, stored.user_source], [world.a.user, "endpoint_default"]);
});

Deno.test("store_meeting() finds the outside attendee's contact and that contact's open deal", async () => {
  await using world = await createCrmWorld();
  const stored = await deliver(world.worker(), world.a, {
    external_id: "x",
    attendees: [{ name: "Both", email: emailOf(world.both) }, {
      name: "Carol",
      email: CONTACT_EMAIL.toUpperCase(),
    }],
  });
  assert.deepEqual([stored.contact_id, stored.deal_id], [world.a.contact, world.a.deal]);
});

Deno.test("store_meeting() calls an attendee external who is no member of the organisation", async () => {
  await using world = await createCrmWorld();
  const emails = [emailOf(world.a.user), emailOf(world.b.user), CONTACT_EMAIL, undefined];
  const { meeting_id } = await deliver(world.worker(), world.a, {
    external_id: "x",
    attendees: emails.map((email, i) => ({ name: `p${i}`, ...(email && { email }) })),
  });
  const meeting = await world.crm().getMeeting(world.a.org, meeting_id);
  assert.deepEqual(meeting!.attendees.map((a) => a.is_external), [false, true, true, true]);
});

/** Deliveries at once that share something: what each of the two brings. */
const AT_ONCE: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ["one external_id", { external_id: "x" }, { external_id: "x" }],
  ["one external_id, one with a calendar_uid", { external_id: "x", calendar_uid: "u" }, {
    external_id: "x",
  }],
  ["one calendar_uid", { external_id: "x", calendar_uid: "u" }, {
    external_id: "y",
    calendar_uid: "u",
  }],
  ["organiser and start", { organizer_email: ORGANIZER, started_at: START }, {
    organizer_email: ORGANIZER,
    started_at: at(5),
  }],
];

for (const [name, first, second] of AT_ONCE) {
  Deno.test(`store_meeting() makes one meeting of many deliveries of ${name} at once`, async () => {
    await using world = await createCrmWorld();
    const workers = Array.from({ length: 8 }, () => world.worker());
    const stored = await Promise.all(
      workers.map((sql, i) => deliver(sql, world.a, i % 2 === 0 ? first : second)),
    );
    assert.equal(new Set(stored.map((s) => s.meeting_id)).size, 1);
    assert.equal(stored.filter((s) => !s.duplicate).length, 1);
  });
}

// Whose it is ---------------------------------------------------------------------------------------------

/** Another member of the organisation, known by a connected account as well. */
async function addMember(world: CrmWorld, account: string | null): Promise<string> {
  const user = crypto.randomUUID();
  await world.sql`insert into public.profiles (id, email) values (${user}, ${emailOf(user)})`;
  await world
    .sql`insert into public.organization_memberships (org_id, user_id) values (${world.a.org}, ${user})`;
  if (account !== null) {
    await world
      .sql`insert into public.fleet_connections (id, org_id, user_id, provider, account_id)
      values (gen_random_uuid(), ${world.a.org}, ${user}, 'google', ${account})`;
  }
  return user;
}

Deno.test("store_meeting() gives the meeting to the member who hosted it before the one who organised it", async () => {
  await using world = await createCrmWorld();
  const host = await addMember(world, null);
  const stored = await deliver(world.worker(), world.a, {
    host_email: emailOf(host).toUpperCase(),
    organizer_email: emailOf(world.both),
  });
  assert.deepEqual([stored.user_id, stored.user_source], [host, "host"]);
});

Deno.test("store_meeting() knows host and organiser by an account they connected", async () => {
  await using world = await createCrmWorld();
  const account = `${crypto.randomUUID()}@gmail.example`;
  const member = await addMember(world, account);
  const hosted = await deliver(world.worker(), world.a, { external_id: "h", host_email: account });
  const organised = await deliver(world.worker(), world.a, {
    external_id: "o",
    host_email: "stranger@elsewhere.example",
    organizer_email: account.toUpperCase(),
  });
  assert.deepEqual([hosted.user_id, hosted.user_source], [member, "host"]);
  assert.deepEqual([organised.user_id, organised.user_source], [member, "organizer"]);
});

Deno.test("store_meeting() knows nobody by a revoked account, another organisation's or one of the organisation itself", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const revoked = `${crypto.randomUUID()}@gmail.example`;
  await addMember(world, revoked);
  await world
    .sql`update public.fleet_connections set status = 'revoked' where account_id = ${revoked}`;
  const shared = `${crypto.randomUUID()}@gmail.example`;
  await world.sql`insert into public.fleet_connections (id, org_id, provider, account_id)
    values (gen_random_uuid(), ${world.a.org}, 'google', ${shared})`;
  for (const host_email of [revoked, shared, emailOf(world.b.user)]) {
    const stored = await deliver(sql, world.a, { external_id: host_email, host_email });
    assert.deepEqual([stored.user_id, stored.user_source], [world.a.user, "endpoint_default"]);
  }
});

Deno.test("store_meeting() takes no endpoint of another organisation: its meetings stay as they are", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const { meeting_id } = await deliver(sql, world.b, { external_id: "x", title: "Theirs" }, "same");
  const borrowed = { org: world.a.org, endpoint: world.b.endpoint };
  await assert.rejects(
    deliver(sql, borrowed, { external_id: "x", title: "Ours" }, "same"),
    /endpoint_not_found/,
  );
  const [row] = await world.sql`select title from public.meetings where id = ${meeting_id}`;
  assert.equal(row.title, "Theirs");
});

// Recordings that were only named -------------------------------------------------------------------------

const NAMED = { title: null, awaits_recording: true };

Deno.test("store_meeting() keeps a meeting that was only named under a name of its own until it is fetched", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const host = await addMember(world, null);
  const named = await deliver(sql, world.a, { ...NAMED, external_id: "r1" });
  const read = async () => ({
    ...(await world.sql`select title, awaits_recording, user_source from public.meetings
    where id = ${named.meeting_id}`)[0],
  });
  assert.deepEqual(await read(), {
    title: "Recorded meeting",
    awaits_recording: true,
    user_source: "endpoint_default",
  });
  const fetched = await deliver(sql, world.a, {
    external_id: "r1",
    title: "Call",
    host_email: emailOf(host),
  });
  assert.deepEqual([fetched.meeting_id, fetched.user_id], [named.meeting_id, host]);
  assert.deepEqual(await read(), { title: "Call", awaits_recording: false, user_source: "host" });
});

Deno.test("store_meeting() loses nothing of a fetched meeting to a later notification that only names it", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const turns = [{ speaker: "Carol", t_seconds: 1, text: "hello" }];
  await deliver(sql, world.a, { ...NAMED, external_id: "r1" });
  const fetched = await deliver(sql, world.a, {
    external_id: "r1",
    title: "Call",
    attendees: [{ name: "Carol" }],
    transcript: turns,
  });
  await deliver(sql, world.a, { ...NAMED, external_id: "r1" });
  const meeting = await world.crm().getMeeting(world.a.org, fetched.meeting_id);
  assert.deepEqual([meeting!.title, meeting!.attendees.length], ["Call", 1]);
  assert.deepEqual(await world.crm().getTranscript(world.a.org, fetched.meeting_id), turns);
  const [row] = await world.sql`select awaits_recording, user_source from public.meetings
    where id = ${fetched.meeting_id}`;
  assert.deepEqual({ ...row }, { awaits_recording: false, user_source: "endpoint_default" });
});

Deno.test("store_meeting() finds a fetched recording to be the meeting of that calendar event, and lists it once", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const other = otherEndpoint(world);
  const known = await deliver(sql, world.a, { external_id: "x", calendar_uid: "u" });
  const named = await deliver(sql, other, { ...NAMED, external_id: "r1" });
  assert.notEqual(named.meeting_id, known.meeting_id);
  const fetched = await deliver(sql, other, { external_id: "r1", calendar_uid: "u" });
  assert.equal(fetched.meeting_id, known.meeting_id);
  assert.equal(await world.crm().getMeeting(world.a.org, named.meeting_id), null);
  const again = await deliver(sql, other, { ...NAMED, external_id: "r1" });
  assert.deepEqual(
    [again.meeting_id, again.delivered_as, again.duplicate],
    [known.meeting_id, named.meeting_id, true],
  );
});

Deno.test("store_meeting() makes one meeting of two recordings of one event that are fetched at once", async () => {
  await using world = await createCrmWorld();
  const doors = [otherEndpoint(world), otherEndpoint(world), otherEndpoint(world)];
  for (const door of doors) await deliver(world.worker(), door, { ...NAMED, external_id: "r" });
  const stored = await Promise.all(
    doors.map((door) => deliver(world.worker(), door, { external_id: "r", calendar_uid: "u" })),
  );
  assert.equal(new Set(stored.map((one) => one.meeting_id)).size, 1);
});

Deno.test("store_meeting() tells the occurrences of a series apart, which share one calendar uid", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const weekly = (external_id: string, minutes: number) => ({
    external_id,
    calendar_uid: "series",
    started_at: at(minutes),
  });
  const first = await deliver(sql, world.a, weekly("w1", 0));
  const second = await deliver(sql, world.a, weekly("w2", 7 * 24 * 60));
  const other = await deliver(sql, otherEndpoint(world), weekly("y", 7 * 24 * 60 + 4));
  assert.notEqual(second.meeting_id, first.meeting_id);
  assert.equal(other.meeting_id, second.meeting_id);
});

// Who was there -------------------------------------------------------------------------------------------

const INTERNAL: readonly (readonly [string, readonly JsonObject[], boolean])[] = [
  ["nobody known", [], false],
  ["a member", [{ name: "A", email: "member" }], true],
  ["a colleague by the organisation's domain", [{ name: "A", email: "x@own.example" }], true],
  ["somebody told to be internal", [{ name: "A", is_external: false }], true],
  ["a name alone", [{ name: "A" }], false],
  [
    "a member and a guest",
    [{ name: "A", email: "member" }, { name: "B", email: "b@c.example" }],
    false,
  ],
  [
    "a member who is told to be external",
    [{ name: "A", email: "member", is_external: true }],
    false,
  ],
];

for (const [name, people, expected] of INTERNAL) {
  Deno.test(`store_meeting() calls a meeting of ${name} ${expected ? "internal" : "not internal"}`, async () => {
    await using world = await createCrmWorld();
    await world
      .sql`update public.organizations set domain = 'Own.example' where id = ${world.a.org}`;
    const attendees = people.map((one) => ({
      ...one,
      ...(one.email === "member" ? { email: emailOf(world.a.user) } : {}),
    }));
    const stored = await deliver(world.worker(), world.a, { external_id: "x", attendees });
    assert.equal(stored.is_internal, expected);
  });
}

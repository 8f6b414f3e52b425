import assert from "node:assert/strict";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { at, deliver, otherEndpoint, START } from "./_meetings.ts";
import { CONTACT_EMAIL, createCrmWorld, type CrmWorld, emailOf, type OrgRows } from "./_world.ts";

const ORGANIZER = "host@elsewhere.example";

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

const otherOrg = (world: CrmWorld) => world.b;

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

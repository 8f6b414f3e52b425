import assert from "node:assert/strict";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { at, deliver, otherEndpoint } from "./_meetings.ts";
import { createCrmWorld, type CrmWorld, emailOf } from "./_world.ts";

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

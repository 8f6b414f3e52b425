import assert from "node:assert/strict";
import type { SkillRun } from "../../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import { syncCalendar } from "../../../supabase/functions/_shared/orchestrator/adapters/upkeep/syncCalendar.ts";
import { createCalendarFeedStore } from "../../../supabase/functions/_shared/orchestrator/store/calendarFeeds.ts";
import { createCalendarFeeds } from "../../../supabase/functions/_shared/providers/calendarFeeds/feeds.ts";
import { createGoogleFeed } from "../../../supabase/functions/_shared/providers/calendarFeeds/google.ts";
import { createGraphFeed } from "../../../supabase/functions/_shared/providers/calendarFeeds/graph.ts";
import { createSystemClock } from "../../../supabase/functions/_shared/providers/clock.ts";
import { freshDatabase } from "../../support/database.ts";
import {
  type FeedServer,
  serveGoogleFeed,
  serveGraphFeed,
} from "../../support/vendors/calendarFeeds.ts";
import { createDesk } from "../../support/vendors/deliveries.ts";
import { shareAgentWorld } from "./_world.ts";

const world = shareAgentWorld();
const NOW = Date.parse("2027-06-01T12:00:00Z");
const DAY_MS = 86_400_000;
const at = (hours: number) => new Date(NOW + hours * 3_600_000).toISOString();
const GUEST = "pat@customer.example";

interface Calendar {
  readonly provider: "google" | "microsoft";
  serve(): FeedServer;
  event(
    id: string,
    words: { starts: number; title?: string; declined?: boolean; original?: number },
  ): unknown;
}

const CALENDARS: readonly Calendar[] = [{
  provider: "google",
  serve: serveGoogleFeed,
  event: (id, { starts, title = "Demo", declined, original }) => ({
    id,
    status: "confirmed",
    iCalUID: `${original === undefined ? id : "series"}@google.com`,
    summary: title,
    start: { dateTime: at(starts), timeZone: "Europe/Berlin" },
    end: { dateTime: at(starts + 1) },
    ...(original === undefined
      ? {}
      : { recurringEventId: "series", originalStartTime: { dateTime: at(original) } }),
    organizer: { email: "Rep@Ours.example" },
    attendees: [
      { email: GUEST, displayName: "Pat" },
      { email: "rep@ours.example", self: true, responseStatus: declined ? "declined" : "accepted" },
      { email: "room@resource.calendar.google.com", resource: true },
    ],
  }),
}, {
  provider: "microsoft",
  serve: serveGraphFeed,
  event: (id, { starts, title = "Demo", declined, original }) => {
    const moment = (hours: number) => ({
      dateTime: at(hours).replace("Z", "0000"),
      timeZone: "UTC",
    });
    const times = { start: moment(starts), end: moment(starts + 1) };
    if (original !== undefined && original === starts) {
      return { id, type: "occurrence", seriesMasterId: "series", ...times };
    }
    return {
      id,
      type: original === undefined ? "singleInstance" : "exception",
      iCalUId: `${original === undefined ? id : "series"}@outlook`,
      subject: title,
      ...times,
      ...(original === undefined ? {} : { originalStart: at(original), seriesMasterId: "series" }),
      showAs: "busy",
      organizer: { emailAddress: { address: "Rep@Ours.example" } },
      attendees: [{ emailAddress: { address: GUEST, name: "Pat" } }],
      responseStatus: { response: declined ? "declined" : "accepted" },
    };
  },
}];

async function open(calendar: Calendar) {
  const org = await world().newOrg();
  const { sql, worker } = world();
  const server = calendar.serve();
  const id = crypto.randomUUID();
  const scope = calendar.provider === "google"
    ? "https://www.googleapis.com/auth/calendar"
    : "Calendars.ReadWrite";
  await sql`insert into public.fleet_connections (id, org_id, user_id, provider, account_id, scopes)
    values (${id}, ${org.org}, ${org.member}, ${calendar.provider}, 'rep@ours.example', ${[
    scope,
  ]})`;
  await sql`select fleet.raise_calendar_syncs(fleet.now())`;
  let now = NOW;
  const desk = createDesk({ [org.org]: "t" });
  const vendor = desk.vendor(calendar.provider, server.url, "calendar");
  // The desk's credential is the organisation's: here it is this connection's.
  const own = {
    name: vendor.name,
    open: async (asker: Parameters<typeof vendor.open>[0]) => {
      const session = await vendor.open(asker);
      return session && { ...session, credential: { ...session.credential, connectionId: id } };
    },
  };
  const feeds = createCalendarFeeds({
    store: createCalendarFeedStore({ sql: worker, clock: createSystemClock() }),
    clock: { now: () => now },
    vendors: {
      google: { vendor: own, reader: createGoogleFeed() },
      microsoft: { vendor: own, reader: createGraphFeed() },
    },
  });
  return {
    ...org,
    id,
    server,
    pass: (days: number) => void (now += days * DAY_MS),
    sync: async () =>
      (await syncCalendar.run({ payload: { connection_id: id } }, {
        orgId: org.org,
        ports: { calendarFeeds: feeds },
        signal: new AbortController().signal,
      } as unknown as SkillRun)).output,
    rows:
      async () => (await sql`select title, starts_at, is_cancelled, original_starts_at, organizer_email, attendees, calendar_uid
        from public.calendar_events where user_id = ${org.member} order by starts_at`),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

for (const calendar of CALENDARS) {
  Deno.test(`an invitation made to break the reading of a ${calendar.provider} calendar stops nothing`, async () => {
    await using feed = await open(calendar);
    // Half a character at the cut, a NUL, a uid and a name beyond all limits, a year that PostgreSQL does not write.
    feed.server.put(calendar.event(`${"u".repeat(9000)}`, {
      starts: 1,
      title: `${"t".repeat(299)}😀\0`,
    }));
    feed.server.put(calendar.event("zero", { starts: 2, title: "a\0b" }));
    feed.server.put(calendar.event("late", { starts: 24 * 365 * 9000 }));
    feed.server.put(calendar.event("plain", { starts: 3 }));
    const { status } = await feed.sync();
    assert.equal(status, "synced");
    const titles = (await feed.rows()).map((row) => row.title);
    assert.deepEqual([titles[0].length, ...titles.slice(1)], [300, "a\ufffdb", "Demo"]);
  });

  const { provider, event } = calendar;

  Deno.test(`${provider} calendar: all that lies ahead is read once, page by page, then only what changed`, async () => {
    await using it = await open(calendar);
    for (let n = 0; n < 5; n++) it.server.put(event(`e${n}`, { starts: n + 1 }));
    const first = await it.sync();
    assert.deepEqual([first.status, first.is_full, first.counts.inserted], ["synced", true, 5]);
    const asked = it.server.seen.length;
    const second = await it.sync();
    assert.deepEqual([second.is_full, second.counts.inserted ?? 0], [false, 0]);
    assert.equal(it.server.seen.length - asked, 1);
    it.server.put(event("e0", { starts: 8, title: "Moved" }));
    await it.sync();
    const rows = await it.rows();
    assert.equal(rows.length, 5);
    assert.deepEqual([rows[4].title, rows[4].starts_at.toISOString()], ["Moved", at(8)]);
  });

  Deno.test(`${provider} calendar: people, organiser and uid are told as the seam knows them`, async () => {
    await using it = await open(calendar);
    it.server.put(event("e", { starts: 1 }));
    await it.sync();
    const [row] = await it.rows();
    assert.equal(row.organizer_email, "rep@ours.example");
    assert.deepEqual(row.attendees.find((a: { email: string }) => a.email === GUEST), {
      email: GUEST,
      name: "Pat",
      is_external: true,
    });
    assert.ok(!row.attendees.some((a: { email: string }) => a.email.startsWith("room@")));
    assert.ok(row.calendar_uid.startsWith("e@"));
  });

  Deno.test(`${provider} calendar: what is deleted or declined is cancelled`, async () => {
    await using it = await open(calendar);
    it.server.put(event("gone", { starts: 1 }));
    it.server.put(event("declined", { starts: 2 }));
    await it.sync();
    it.server.remove("gone");
    it.server.put(event("declined", { starts: 2, declined: true }));
    const { counts } = await it.sync();
    assert.equal(counts.cancelled, 2);
    assert.deepEqual((await it.rows()).map((row) => row.is_cancelled), [true, true]);
  });

  Deno.test(`${provider} calendar: instances of a series are events of their own, each with its place in it`, async () => {
    await using it = await open(calendar);
    if (provider === "microsoft") {
      it.server.put({
        ...event("series", { starts: 1 }) as object,
        type: "seriesMaster",
        iCalUId: "series@outlook",
        subject: "Weekly",
      });
    }
    it.server.put(event("i1", { starts: 1, original: 1, title: "Weekly" }));
    it.server.put(event("i2", { starts: 30, original: 25, title: "Weekly" }));
    await it.sync();
    const rows = await it.rows();
    assert.deepEqual(rows.map((row) => [row.title, row.original_starts_at.toISOString()]), [
      ["Weekly", at(1)],
      ["Weekly", at(25)],
    ]);
    assert.equal(new Set(rows.map((row) => row.calendar_uid)).size, 1);
  });

  Deno.test(`${provider} calendar: a token that the vendor forgot costs a full reading and doubles nothing`, async () => {
    await using it = await open(calendar);
    it.server.put(event("e", { starts: 1 }));
    await it.sync();
    it.server.forget();
    it.server.put(event("f", { starts: 2 }));
    const { is_full } = await it.sync();
    assert.equal(is_full, true);
    assert.equal((await it.rows()).length, 2);
  });

  Deno.test(`${provider} calendar: as days pass the time ahead is read anew, cancellations first`, async () => {
    await using it = await open(calendar);
    it.server.put(event("e", { starts: 24 * 20 }));
    await it.sync();
    it.server.remove("e");
    it.server.put(event("f", { starts: 24 * 20 }));
    it.pass(15);
    const { is_full, counts } = await it.sync();
    assert.deepEqual([is_full, counts.cancelled], [true, 1]);
  });

  Deno.test(`${provider} calendar: a vendor that is away leaves the cursor where it was`, async () => {
    await using it = await open(calendar);
    await it.sync();
    it.server.put(event("e", { starts: 1 }));
    it.server.fail("calendar", "500");
    await assert.rejects(it.sync(), { code: "calendar_unavailable" });
    await it.sync();
    assert.equal((await it.rows()).length, 1);
  });
}

const syncsOf = (org: string) =>
  world()
    .sql`select idempotency_key from public.fleet_events where org_id = ${org} and type = 'calendar_sync'`;

Deno.test("the sweep raises a reading per connected calendar every ten minutes, once", async () => {
  await using it = await open(CALENDARS[0]);
  const { sql } = world();
  const raise = (minutes: number) =>
    sql`select fleet.raise_calendar_syncs(fleet.now() + ${minutes} * interval '1 minute')`;
  assert.equal((await syncsOf(it.org)).length, 1);
  await raise(5);
  assert.equal((await syncsOf(it.org)).length, 1);
  await raise(11);
  await raise(11);
  assert.equal((await syncsOf(it.org)).length, 2);
});

Deno.test("an account without calendar scopes, an organisation's own and a revoked one are not read", async () => {
  const org = await world().newOrg();
  const { sql } = world();
  const calendar = "https://www.googleapis.com/auth/calendar";
  await sql`insert into public.fleet_connections (id, org_id, user_id, provider, account_id, scopes, status) values
    (gen_random_uuid(), ${org.org}, ${org.member}, 'google', 'a', '{https://www.googleapis.com/auth/gmail.readonly}', 'active'),
    (gen_random_uuid(), ${org.org}, null, 'microsoft', 'b', '{Calendars.Read}', 'active'),
    (gen_random_uuid(), ${org.org}, ${org.owner}, 'google', 'c', ${[calendar]}, 'revoked')`;
  await sql`select fleet.raise_calendar_syncs(fleet.now())`;
  assert.equal((await syncsOf(org.org)).length, 0);
});

Deno.test("a calendar of another account is read from its beginning", async () => {
  await using it = await open(CALENDARS[0]);
  await it.sync();
  const { sql } = world();
  await sql`update public.fleet_connections set account_id = 'other@ours.example' where id = ${it.id}`;
  assert.equal((await it.sync()).status, "gone");
  await sql`select fleet.raise_calendar_syncs(fleet.now())`;
  assert.equal((await it.sync()).is_full, true);
});

Deno.test("a project that maps no calendar rows reads none and does not fail", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  await db
    .sql`insert into public.fleet_connections (id, org_id, user_id, provider, account_id, scopes)
    values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'microsoft', 'a', '{Calendars.Read}')`;
  const [{ raised }] = await db.sql`select fleet.raise_calendar_syncs(fleet.now()) as raised`;
  assert.equal(raised, 0);
});

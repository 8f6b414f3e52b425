import assert from "node:assert/strict";
import postgres from "postgres";
import { connect } from "../../../supabase/functions/_shared/db/client.ts";
import { createDeliveryStore } from "../../../supabase/functions/_shared/orchestrator/store/deliveries.ts";
import { createSystemClock } from "../../../supabase/functions/_shared/providers/clock.ts";
import { freshDatabase, type TestDatabase } from "../../support/database.ts";

let db: TestDatabase;
let worker: postgres.Sql;
Deno.test.beforeAll(async () => {
  db = await freshDatabase();
  worker = connect(db.workerUrl, { max: 8 });
});
Deno.test.afterAll(async () => {
  await worker.end();
  await db.drop();
});

const MINUTE = 60_000, HOUR = 60 * MINUTE;

/** An organisation that no other test knows. */
async function open(settings: {
  readonly quiet?: readonly [string, string] | null;
  readonly cap?: number | null;
  readonly timezone?: string;
}, { sql, worker: by }: { sql: postgres.Sql; worker: postgres.Sql } = { sql: db.sql, worker }) {
  const orgId = crypto.randomUUID();
  const { quiet = null, cap = null, timezone = "UTC" } = settings;
  await sql`insert into public.fleet_org_settings (org_id, quiet_hours, max_messages_per_hour, timezone)
    values (${orgId}, ${
    quiet === null ? null : sql.json({ start: quiet[0], end: quiet[1] })
  }, ${cap}, ${timezone})`;
  const store = createDeliveryStore({ sql: by, clock: createSystemClock() });
  return {
    orgId,
    store,
    send: (
      effectKey: string,
      to: { readonly channel?: string; readonly recipient?: string } = {},
    ) =>
      store.open({
        id: crypto.randomUUID(),
        orgId,
        jobId: crypto.randomUUID(),
        stepId: "s",
        channel: to.channel ?? "slack",
        recipient: to.recipient ?? "#deals",
        content: {},
        effectKey: `${orgId}:${effectKey}`,
      }),
  };
}

/** HH:MM in a zone, so many minutes from now. */
async function clockAt(zone: string, minutes: number): Promise<string> {
  const [{ at }] = await db.sql`
    select to_char((now() + ${minutes} * interval '1 minute') at time zone ${zone}, 'HH24:MI') as at`;
  return at;
}

for (const zone of ["UTC", "Asia/Kolkata", "America/Los_Angeles", "Pacific/Auckland"]) {
  Deno.test(`quiet hours in ${zone}: a message waits for their end, at any time of day`, async () => {
    const world = await open({
      quiet: [await clockAt(zone, -600), await clockAt(zone, 90)],
      timezone: zone,
    });
    const { wait_ms, status } = await world.send("k1");
    assert.equal(status, "pending");
    assert.ok(wait_ms > 88 * MINUTE && wait_ms <= 90 * MINUTE, `${wait_ms}`);
  });

  Deno.test(`quiet hours in ${zone}: outside of them nothing waits`, async () => {
    const world = await open({
      quiet: [await clockAt(zone, 30), await clockAt(zone, -30)],
      timezone: zone,
    });
    assert.equal((await world.send("k1")).wait_ms, 0);
  });
}

Deno.test("quiet hours are the member's own, by their zone", async () => {
  const [{ id }] = await db.sql`select id from public.profiles limit 1`;
  await db.sql`update public.profiles set timezone = 'Asia/Tokyo' where id = ${id}`;
  const zone = "Asia/Tokyo";
  const world = await open({ quiet: [await clockAt(zone, -60), await clockAt(zone, 60)] });
  assert.ok((await world.send("k1", { recipient: id })).wait_ms > 0);
  assert.equal((await world.send("k2")).wait_ms, 0);
});

Deno.test("quiet hours are the organisation's where no profiles are mapped", async () => {
  await using core = await freshDatabase({ packs: "core" });
  const coreWorker = connect(core.workerUrl, { max: 1 });
  const quiet = [await clockAt("UTC", -60), await clockAt("UTC", 60)] as const;
  const org = await open({ quiet }, { sql: core.sql, worker: coreWorker });
  const sent = await org.send("a", { recipient: crypto.randomUUID() });
  await coreWorker.end();
  assert.ok(sent.wait_ms > 50 * MINUTE);
});

Deno.test("quiet hours hold back messages alone: mails and invitations were a person's decision", async () => {
  const world = await open({ quiet: [await clockAt("UTC", -60), await clockAt("UTC", 60)] });
  assert.equal((await world.send("k1", { channel: "mail" })).wait_ms, 0);
  assert.equal((await world.send("k2", { channel: "calendar" })).wait_ms, 0);
});

Deno.test("what was deferred goes once the hours are over, as a first attempt", async () => {
  const world = await open({ quiet: [await clockAt("UTC", -60), await clockAt("UTC", 60)] });
  const held = await world.send("k1");
  assert.ok(held.wait_ms > 0 && held.is_first);
  await db
    .sql`update public.fleet_org_settings set quiet_hours = null where org_id = ${world.orgId}`;
  const sent = await world.send("k1");
  assert.deepEqual([sent.wait_ms, sent.is_first, sent.id], [0, true, held.id]);
  assert.equal((await world.send("k1")).is_first, false);
});

Deno.test("a cap of three an hour holds against ten sends at once, and drops none", async () => {
  const world = await open({ cap: 3 });
  const opened = await Promise.all(Array.from({ length: 10 }, (_, at) => world.send(`k${at}`)));
  const waiting = opened.filter(({ wait_ms }) => wait_ms > 0);
  assert.equal(waiting.length, 7);
  assert.ok(waiting.every(({ wait_ms }) => wait_ms > 59 * MINUTE && wait_ms <= HOUR));
  // Others are not counted with them.
  assert.equal((await world.send("other", { recipient: "#legal" })).wait_ms, 0);
  // A repeat of one that went is not held back, nor counted again.
  const [went] = opened.map((one, at) => ({ ...one, at })).filter(({ wait_ms }) => wait_ms === 0);
  assert.equal((await world.send(`k${went.at}`)).wait_ms, 0);
  await db.sql`update public.fleet_deliveries set admitted_at = admitted_at - interval '61 minutes'
    where org_id = ${world.orgId}`;
  const again = await Promise.all(
    opened.flatMap(({ wait_ms }, at) => wait_ms > 0 ? [world.send(`k${at}`)] : []),
  );
  assert.equal(again.filter(({ wait_ms }) => wait_ms === 0).length, 3);
});

Deno.test("of attempts that open one delivery at once, one alone is the first", async () => {
  const world = await open({});
  for (let round = 0; round < 5; round++) {
    const opened = await Promise.all(Array.from({ length: 8 }, () => world.send(`r${round}`)));
    assert.equal(opened.filter(({ is_first }) => is_first).length, 1);
  }
});

for (
  const quiet of ['{"start":"25:00","end":"07:00"}', '{"start":"20:00"}', '{"start":"8","end":"9"}']
) {
  Deno.test(`quiet hours ${quiet} are refused when saved`, async () => {
    await assert.rejects(
      db.sql`insert into public.fleet_org_settings (org_id, quiet_hours)
        values (${crypto.randomUUID()}, ${quiet}::text::jsonb)`,
      { code: "23514" },
    );
  });
}

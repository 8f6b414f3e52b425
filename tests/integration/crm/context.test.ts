import assert from "node:assert/strict";
import { RetryableError } from "../../../supabase/functions/_shared/orchestrator/core/errors.ts";
import {
  type ContextPorts,
  loadContext,
} from "../../../supabase/functions/_shared/orchestrator/context.ts";
import type {
  FleetEvent,
  JsonObject,
} from "../../../supabase/functions/_shared/orchestrator/types.ts";
import type { CrmPort } from "../../../supabase/functions/_shared/ports/crm.ts";
import { CONTACT_EMAIL, createCrmWorld, type CrmWorld, emailOf, type OrgRows } from "./_world.ts";

const TIERS = ["tier1", "tier2"];

function eventOf(rows: OrgRows, payload: JsonObject): FleetEvent {
  const id = crypto.randomUUID();
  return {
    id,
    type: "meeting_ended",
    source: "test",
    org_id: rows.org,
    user_id: rows.user,
    payload,
    depth: 0,
    root_event_id: id,
    parent_job_id: null,
  };
}

Deno.test("loadContext() reads every part on the real schema, without a warning (fault 9)", async () => {
  await using world = await createCrmWorld();
  const { a } = world;
  const { context, warnings } = await loadContext(
    world.context(),
    eventOf(a, { meeting_id: a.meeting, contact_id: a.contact, deal_id: a.deal }),
    TIERS,
  );
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    [context.org?.id, context.user?.id, context.contact?.id, context.company?.id, context.deal?.id],
    [a.org, a.user, a.contact, a.company, a.deal],
  );
});

Deno.test("loadContext() finds contact and company by a deal alone, and a company by itself", async () => {
  await using world = await createCrmWorld();
  const { a, b } = world;
  const found = async (payload: JsonObject) => {
    const { context } = await loadContext(world.context(), eventOf(a, payload), TIERS);
    return [context.contact?.id, context.company?.id, context.deal?.id];
  };
  assert.deepEqual(await found({ deal_id: a.deal }), [a.contact, a.company, a.deal]);
  assert.deepEqual(await found({ company_id: a.company }), [undefined, a.company, undefined]);
  assert.deepEqual(await found({ company_id: b.company }), [undefined, undefined, undefined]);
});

Deno.test("loadContext() shows a run no row of another organisation, whatever its payload names (fault 6)", async () => {
  await using world = await createCrmWorld();
  const { a, b } = world;
  const { context } = await loadContext(
    world.context(),
    eventOf(a, { meeting_id: b.meeting, contact_id: b.contact, deal_id: b.deal }),
    TIERS,
  );
  const text = JSON.stringify(context);
  for (const id of [b.org, b.user, b.contact, b.company, b.deal, b.meeting, b.task]) {
    assert.ok(!text.includes(id), id);
  }
});

Deno.test("loadContext() answers a failing CRM with a warning per read and never throws (fault 39)", async () => {
  const broken = new Proxy({}, {
    get: () => () =>
      Promise.reject(new RetryableError("crm_unavailable", "The CRM did not answer")),
  }) as CrmPort;
  const rows = { org: crypto.randomUUID(), user: crypto.randomUUID() } as OrgRows;
  const { context, warnings } = await loadContext(
    { crm: broken, preferences: broken as unknown as ContextPorts["preferences"] },
    eventOf(rows, { meeting_id: crypto.randomUUID() }),
    TIERS,
  );
  assert.equal(context.org, null);
  assert.deepEqual(
    warnings.map((warning) => warning.includes("crm_unavailable")),
    warnings.map(() => true),
  );
  assert.ok(warnings.length >= 3);
});

Deno.test("loadContext() tells the organisation, what it sells and to whom, and what the member set", async () => {
  await using world = await createCrmWorld();
  const { a, sql } = world;
  await sql`update public.organizations set domain = 'a.example', industry = 'Software', size = '50-200'
    where id = ${a.org}`;
  await sql`insert into public.fleet_org_settings (org_id, enabled_sequences, quiet_hours, max_messages_per_hour)
    values (${a.org}, ${
    sql.json({ coaching_weekly: { enabled: true }, deal_risk_scan: { enabled: true } })
  },
      ${sql.json({ start: "22:00", end: "07:00" })}, 4)`;
  await sql`insert into public.fleet_user_preferences (user_id, org_id, event_type, is_enabled)
    values (${a.user}, ${a.org}, 'deal_risk_scan', false)`;
  await sql`insert into public.fleet_budgets (org_id, period, cap_usd) values (${a.org}, 'day', 2), (${a.org}, 'month', 50)`;
  await sql`insert into public.fleet_costs (org_id, job_id, step_id, attempt, provider, model, cost_usd)
    values (${a.org}, ${crypto.randomUUID()}, 's', 1, 'anthropic', 'm', 2.5)`;
  const { context, warnings } = await loadContext(world.context(), eventOf(a, {}), ["tier1"]);
  assert.deepEqual(warnings, []);
  assert.deepEqual(context.org, {
    id: a.org,
    name: a.name,
    domain: "a.example",
    industry: "Software",
    size: "50-200",
  });
  assert.deepEqual(
    [context.user?.quiet_hours, context.user?.max_messages_per_hour],
    [{ start: "22:00", end: "07:00" }, 4],
  );
  assert.deepEqual(context.features, { coaching_weekly: true, deal_risk_scan: false });
  assert.deepEqual(
    [context.icp?.description, context.products.map(({ name, price }) => [name, price])],
    [a.name, [[a.name, 12.5]]],
  );
  assert.deepEqual(context.cost_budget, {
    allowed: false,
    period: "day",
    cap_usd: 2,
    spent_usd: 2.5,
  });
});

Deno.test("loadContext() reads the company that the payload names, without a contact", async () => {
  await using world = await createCrmWorld();
  const { a } = world;
  const { context } = await loadContext(
    world.context(),
    eventOf(a, { company_id: a.company }),
    TIERS,
  );
  assert.deepEqual([context.company?.id, context.contact], [a.company, null]);
});

/** A meeting of the member without a contact or attendees. */
async function bareMeeting(world: CrmWorld): Promise<string> {
  const [{ id }] = await world.sql`
    insert into public.meetings (org_id, user_id, title, started_at)
    values (${world.a.org}, ${world.a.user}, 'Intro', '2027-03-01T10:00Z') returning id`;
  return id;
}

Deno.test("loadContext() names an outside attendee whom the CRM does not know", async () => {
  await using world = await createCrmWorld();
  const { a, sql } = world;
  const meeting = await bareMeeting(world);
  await sql`insert into public.meeting_attendees (org_id, meeting_id, position, name, email, is_external)
    values (${a.org}, ${meeting}, 1, 'Me', ${emailOf(a.user)}, false),
      (${a.org}, ${meeting}, 2, 'Nora New', 'nora@new.example', true)`;
  const { context } = await loadContext(
    world.context(),
    eventOf(a, { meeting_id: meeting }),
    TIERS,
  );
  assert.deepEqual([context.contact, context.counterpart], [
    null,
    { name: "Nora New", email: "nora@new.example", source: "attendee" },
  ]);
});

for (
  const [what, starts, known] of [
    ["finds the contact among the people of the calendar event at the same time", "10:10Z", true],
    ["passes by a calendar event that starts half an hour off", "10:30Z", false],
  ] as const
) {
  Deno.test(`loadContext() ${what}`, async () => {
    await using world = await createCrmWorld();
    const { a, sql } = world;
    const meeting = await bareMeeting(world);
    await sql`insert into public.calendar_events (org_id, user_id, title, starts_at, ends_at, organizer_email, attendees)
      values (${a.org}, ${a.user}, 'Intro', ${`2027-03-01T${starts}`}, '2027-03-01T11:00Z', 'boss@a.example',
        ${
      sql.json([
        { email: "boss@a.example", name: "Boss" },
        { email: emailOf(a.user), name: "Me" },
        { email: CONTACT_EMAIL, name: "Carol" },
      ])
    })`;
    const { context } = await loadContext(
      world.context(),
      eventOf(a, { meeting_id: meeting }),
      TIERS,
    );
    assert.deepEqual([context.contact?.id ?? null, context.counterpart], [
      known ? a.contact : null,
      null,
    ]);
  });
}

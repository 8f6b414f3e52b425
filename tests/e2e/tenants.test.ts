import assert from "node:assert/strict";
import { openRuns, ORG } from "../support/runs.ts";

const OTHER_ORG = "d0000000-0000-4000-8000-000000000002";
/** A contact of both organisations in seed.sql. */
const SHARED = "priya.raman@harborfoods.example";
const id = (tail: string) => `d0000000-0000-4000-8000-${tail.padStart(12, "0")}`;

Deno.test("a run reads no row of another organisation, though they share a contact's address", async () => {
  await using stack = await openRuns();
  const { sql } = stack;
  const [{ orgs }] = await sql`select count(distinct org_id)::int as orgs from public.contacts
    where email = ${SHARED}`;
  assert.equal(orgs, 2);
  // From here on, whoever meets a row of the other organisation behind the seam fails by it.
  await sql`create function fleet_crm.trip() returns boolean language plpgsql stable cost 1000000 as
    $$ begin raise exception 'row of another organisation'; end $$`;
  await sql`grant execute on function fleet_crm.trip() to public`;
  const views = await sql`
    select c.oid::regclass::text as name, rtrim(pg_get_viewdef(c.oid), ';') as body
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
    where c.relkind = 'v' and c.relnamespace = 'fleet_crm'::regnamespace`;
  assert.ok(views.length >= 10, `${views.length} views`);
  for (const { name, body } of views) {
    await sql.unsafe(`create or replace view ${name} as select v.* from (${body}) v
      where v.org_id <> '${OTHER_ORG}' or fleet_crm.trip()`);
  }
  await assert.rejects(sql`select * from fleet_crm.contacts`, /another organisation/);

  const events: readonly (readonly [string, Record<string, unknown>])[] = [
    ["pre_meeting_90min", {
      meeting_id: "calendar-9",
      title: "Harbor Foods",
      start_time: "2027-01-05T15:00:00Z",
      attendees: [{ email: SHARED }],
    }],
    ["email_received", { email_id: id("401") }],
    ["meeting_ended", { meeting_id: id("101"), title: "Harbor Foods discovery" }],
    ["proposal_generation", { deal_id: id("d01"), contact_id: id("e01") }],
    ["agent_run", { agent: "outreach", message: `Write to ${SHARED}` }],
  ];
  const enabled = Object.fromEntries(events.map(([type]) => [type, { enabled: true }]));
  await sql`insert into public.fleet_org_settings (org_id, enabled_sequences)
    values (${ORG}, ${sql.json(enabled)})
    on conflict (org_id) do update set enabled_sequences = excluded.enabled_sequences`;
  for (const [type, payload] of events) {
    const { job_id } = await stack.start(type, payload);
    const job = await stack.reach(job_id!, ["completed", "waiting_approval", "failed"]);
    assert.notEqual(job.status, "failed", `${type}: ${job.error_message}`);
    const failed = job.steps.filter(({ status }) => status === "failed");
    assert.deepEqual(failed.map(({ skill, error_message }) => [skill, error_message]), []);
    assert.deepEqual(job.warnings.filter((warning) => /another organisation/.test(warning)), []);
  }
  const [{ strays }] = await sql`
    select count(*)::int as strays from public.fleet_jobs where org_id = ${OTHER_ORG}`;
  assert.equal(strays, 0);
});

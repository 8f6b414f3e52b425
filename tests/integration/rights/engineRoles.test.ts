/** What the engine's login and the service role may, beyond what the catalogue says. */
import assert from "node:assert/strict";
import type { TestDatabase } from "../../support/database.ts";
import { as, closeWorld, connect, EVENT_TYPE, openWorld, ORGS, OWN } from "./_world.ts";

let db: TestDatabase;
Deno.test.beforeAll(async () => {
  db = await openWorld();
});
Deno.test.afterAll(closeWorld);

Deno.test("fleet_worker reads the configuration of every organisation and no run", async () => {
  const sql = connect(db.workerUrl);
  try {
    const rows = await sql`select org_id from public.fleet_event_routes
      where event_type = ${EVENT_TYPE} and org_id is not null`;
    assert.deepEqual(rows.map((r) => r.org_id).sort(), ORGS.map((o) => o.id).sort());
    await assert.rejects(sql`select 1 from public.fleet_jobs`, { code: "42501" });
  } finally {
    await sql.end();
  }
});

Deno.test("fleet_worker may become nobody else", async () => {
  const sql = connect(db.workerUrl);
  try {
    for (const role of ["postgres", "service_role", "authenticated"]) {
      await assert.rejects(sql.unsafe(`set role ${role}`), { code: "42501" });
    }
  } finally {
    await sql.end();
  }
});

/** What a team's own script writes with the service key; ids and times are left to the defaults. */
const SERVICE_WRITES: readonly string[] = [
  `insert into public.fleet_event_routes (org_id, event_type, sequence_key) values ('${OWN.id}', 'x', 'y')`,
  `insert into public.fleet_sequence_definitions (org_id, sequence_key, steps)
    values ('${OWN.id}', 'y', '[{"skill": "rights-test"}]')`,
  `insert into public.fleet_handoff_routes (org_id, key, source_sequence_key, source_step_skill, target_event_type)
    values ('${OWN.id}', 'k', 'y', 'rights-test', 'x')`,
  `insert into public.fleet_org_settings (org_id) values ('${crypto.randomUUID()}')`,
  `insert into public.fleet_webhook_endpoints (org_id, provider) values ('${OWN.id}', 'generic')`,
  `insert into public.fleet_triggers (org_id, trigger_event, agent_name)
    values ('${OWN.id}', 'deal_created', 'research')`,
  `insert into public.fleet_schedules (org_id, agent_name, cron_expression)
    values ('${OWN.id}', 'pipeline', '0 9 * * 1-5')`,
  `insert into public.deals (org_id, name) values ('${OWN.id}', 'd')`,
];

for (const statement of SERVICE_WRITES) {
  Deno.test(`service_role may ${statement.split(" (")[0]}`, async () => {
    const rows = await as(
      { role: "service_role" },
      (tx) => tx.unsafe(`${statement} returning org_id`),
    );
    assert.equal(rows.length, 1);
  });
}

Deno.test("service_role is told why a definition is refused", async () => {
  const steps = '[{"skill": "rights-test", "depends_on": ["nowhere"]}]';
  await assert.rejects(
    as(
      { role: "service_role" },
      (tx) =>
        tx`insert into public.fleet_sequence_definitions (org_id, sequence_key, steps)
        values (${OWN.id}, 'y', ${steps}::text::jsonb)`,
    ),
    { code: "ZF422", message: /^invalid_definition: .*"nowhere", which is no step/ },
  );
});

/** A schema of an attacker's in front of the search path (T12): no function of ours finds a name or a sign in it. */
import assert from "node:assert/strict";
import postgres from "postgres";
import type { TestDatabase } from "../../support/database.ts";
import { closeWorld, EVENT_TYPE, openWorld, OWN } from "./_world.ts";

let db: TestDatabase;
let sql: postgres.Sql;
Deno.test.beforeAll(async () => {
  db = await openWorld();
  sql = postgres(db.adminUrl, { max: 1, onnotice: () => {} });
  await sql.unsafe(`
    create schema evil;
    grant usage on schema evil to public;
    create function evil.raise_it() returns boolean language plpgsql as
      $$ begin raise exception using errcode = 'ZZEVL', message = 'hijacked'; end $$;
    create function evil.same(uuid, uuid) returns boolean language sql as 'select evil.raise_it()';
    create function evil.same(text, text) returns boolean language sql as 'select evil.raise_it()';
    create operator evil.= (leftarg = uuid, rightarg = uuid, procedure = evil.same);
    create operator evil.= (leftarg = text, rightarg = text, procedure = evil.same);
    create function evil.now() returns timestamptz language plpgsql as
      $$ begin perform evil.raise_it(); return null; end $$;
    create function evil.clock_timestamp() returns timestamptz language plpgsql as
      $$ begin perform evil.raise_it(); return null; end $$;
    create function evil.jsonb_build_object(variadic text[]) returns jsonb language plpgsql as
      $$ begin perform evil.raise_it(); return null; end $$;
    create view evil.organization_memberships as select null::uuid as user_id, null::uuid as org_id, 'owner' as role;
    create view evil.fleet_jobs as select 1 as id;`);
});
Deno.test.afterAll(async () => {
  await sql.end();
  await closeWorld();
});

/** Runs with the attacker's schema first, before pg_catalog itself. */
async function hijacked(role: "authenticated" | "fleet_worker", statement: string) {
  const undo = Symbol();
  let rows: readonly postgres.Row[] = [];
  await sql.begin(async (tx) => {
    if (role === "authenticated") {
      const claims = JSON.stringify({ sub: OWN.member, role });
      await tx`select set_config('request.jwt.claims', ${claims}, true)`;
    }
    await tx.unsafe(`set local role ${role}`);
    await tx.unsafe("set local search_path = evil, pg_catalog, public");
    rows = await tx.unsafe(statement);
    throw undo;
  }).catch((error) => {
    if (error !== undo) throw error;
  });
  return rows;
}

Deno.test("the trap itself works: a bare name or sign finds it", async () => {
  for (const trap of ["select now()", "select 'a'::text = 'b'::text"]) {
    await assert.rejects(hijacked("authenticated", trap), { code: "ZZEVL" });
  }
});

const CALLS: readonly (readonly ["authenticated" | "fleet_worker", string, number])[] = [
  ["authenticated", `select * from public.resolve_event_route('${OWN.id}', '${EVENT_TYPE}')`, 2],
  ["authenticated", `select * from public.get_sequence_definition('${OWN.id}', 'own')`, 1],
  ["authenticated", `select fleet.member_role('${OWN.owner}', '${OWN.id}')`, 1],
  ["authenticated", `select fleet.user_profile('${OWN.owner}')`, 1],
  ["authenticated", "select fleet.member_orgs()", 1],
  ["authenticated", "select id from public.fleet_jobs", 1],
  ["fleet_worker", `select fleet.list_jobs('${OWN.id}', null, null, 10)`, 1],
  ["fleet_worker", `select fleet.member_role('${OWN.owner}', '${OWN.id}')`, 1],
  ["fleet_worker", "select fleet.sweep(false)", 1],
  [
    "fleet_worker",
    `select fleet.read_start('${OWN.id}', '${OWN.member}', '${EVENT_TYPE}', null)`,
    1,
  ],
];

for (const [role, statement, count] of CALLS) {
  Deno.test(`${role} with an attacker's search path is answered as ever: ${statement.slice(7, 50)} (T12)`, async () => {
    assert.equal((await hijacked(role, statement)).length, count);
  });
}

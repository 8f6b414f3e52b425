/** What people of an organisation, strangers and nobody see and may not write: an allow and a deny per policy. */
import assert from "node:assert/strict";
import { relationsOf } from "./_declared.ts";
import {
  as,
  closeWorld,
  connect,
  EVENT_TYPE,
  FOREIGN,
  openWorld,
  ORGS,
  OWN,
  SCHEMAS,
  type Session,
} from "./_world.ts";

Deno.test.beforeAll(async () => void await openWorld());
Deno.test.afterAll(closeWorld);

const CONFIGURATION = relationsOf("configuration");
const MEMBERS_READ = relationsOf("members");
const ADMINS_READ = relationsOf("admins");

/** The organisations whose rows somebody sees in a table; null stands for the platform's. */
async function orgsSeen(session: Session, table: string): Promise<(string | null)[]> {
  if (table === "public.profiles") return await orgsOfPeopleSeen(session);
  const column = table === "public.organizations" ? "id as org_id" : "org_id";
  const rows = await as(
    session,
    (tx) => tx.unsafe(`select distinct ${column} from ${table} order by 1`),
  );
  return rows.map((row) => row.org_id);
}

async function orgsOfPeopleSeen(session: Session): Promise<string[]> {
  const rows = await as(session, (tx) => tx`select id from public.profiles`);
  const ids = new Set(rows.map((row) => row.id));
  return ORGS.filter((org) =>
    [org.owner, org.admin, org.member, org.readonly].some((p) => ids.has(p))
  ).map((org) => org.id);
}

for (const table of MEMBERS_READ) {
  Deno.test(`a member sees the organisation's own rows of ${table} and no other's`, async () => {
    for (const user of [OWN.owner, OWN.admin, OWN.member, OWN.readonly]) {
      assert.deepEqual(await orgsSeen({ user }, table), [OWN.id]);
    }
  });

  Deno.test(`somebody who left sees no row of ${table}`, async () => {
    const seen = await as({ user: OWN.member }, async (tx) => {
      await tx.unsafe("reset role");
      await tx`delete from public.organization_memberships where user_id = ${OWN.member}`;
      await tx.unsafe("set local role authenticated");
      return await tx.unsafe(`select 1 from ${table}`);
    });
    assert.equal(seen.length, 0);
  });
}

Deno.test("a notification is seen by whom it is for, and by nobody else of the organisation", async () => {
  assert.deepEqual(await orgsSeen({ user: OWN.member }, "public.notifications"), [OWN.id]);
  for (const user of [OWN.owner, OWN.admin, OWN.readonly, FOREIGN.member]) {
    const orgs = await orgsSeen({ user }, "public.notifications");
    assert.ok(!orgs.includes(OWN.id));
  }
});

for (const table of CONFIGURATION) {
  Deno.test(`a member sees the organisation's own and the platform's rows of ${table}`, async () => {
    assert.deepEqual(await orgsSeen({ user: OWN.member }, table), [OWN.id, null]);
  });
}

for (const table of ADMINS_READ) {
  for (
    const [role, seen] of [["owner", 1], ["admin", 1], ["member", 0], ["readonly", 0]] as const
  ) {
    Deno.test(`${role} sees ${seen === 1 ? "the own rows" : "nothing"} of ${table}`, async () => {
      assert.deepEqual(await orgsSeen({ user: OWN[role] }, table), seen === 1 ? [OWN.id] : []);
    });
  }
}

Deno.test("an admin of one organisation who is a member of another sees the letters of the first", async () => {
  const seen = await as({ user: OWN.admin }, async (tx) => {
    await tx.unsafe("reset role");
    await tx`insert into public.organization_memberships (org_id, user_id, role)
      values (${FOREIGN.id}, ${OWN.admin}, 'member')`;
    await tx.unsafe("set local role authenticated");
    return await tx`select distinct org_id from public.fleet_dead_letter_queue`;
  });
  assert.deepEqual(seen.map((row) => row.org_id), [OWN.id]);
});

for (const [name, user] of [["a stranger", crypto.randomUUID()], ["nobody", undefined]] as const) {
  Deno.test(`${name} with the role authenticated sees nothing of any organisation`, async () => {
    for (const table of [...MEMBERS_READ, ...ADMINS_READ]) {
      assert.deepEqual(await orgsSeen({ user }, table), [], table);
    }
    for (const table of CONFIGURATION) {
      assert.deepEqual(await orgsSeen({ user }, table), [null], table);
    }
  });
}

for (const table of relationsOf("service", "skills", "engine", "seam")) {
  Deno.test(`an owner may not read ${table}`, async () => {
    await assert.rejects(
      as({ user: OWN.owner }, (tx) => tx.unsafe(`select 1 from ${table}`)),
      { code: "42501" },
    );
  });
}

Deno.test("resolve_event_route() answers a member the own and the platform's routes", async () => {
  const rows = await as(
    { user: OWN.member },
    (tx) =>
      tx`select org_id, sequence_key from public.resolve_event_route(${OWN.id}, ${EVENT_TYPE})`,
  );
  assert.deepEqual(rows.map((r) => [r.org_id, r.sequence_key]), [[OWN.id, "own"], [
    null,
    "shared",
  ]]);
});

Deno.test("resolve_event_route() lets an inactive row hide the platform's of its sequence", async () => {
  const rows = await as({ role: "service_role" }, async (tx) => {
    await tx`insert into public.fleet_event_routes (org_id, event_type, sequence_key, is_active)
      values (${OWN.id}, ${EVENT_TYPE}, 'shared', false)`;
    return await tx`select org_id, is_active from public.resolve_event_route(${OWN.id}, ${EVENT_TYPE})
      where sequence_key = 'shared'`;
  });
  assert.deepEqual(rows.map((r) => [r.org_id, r.is_active]), [[OWN.id, false]]);
});

for (
  const call of [
    `public.resolve_event_route('${FOREIGN.id}', '${EVENT_TYPE}')`,
    `public.get_sequence_definition('${FOREIGN.id}', 'own')`,
    `public.get_handoff_routes('${FOREIGN.id}', 'own', null)`,
  ]
) {
  Deno.test(`${call.split("(")[0].slice(7)}() answers a member nothing of another organisation`, async () => {
    const foreign = await as(
      { user: OWN.member },
      (tx) => tx.unsafe(`select 1 from ${call} where org_id is not null`),
    );
    assert.equal(foreign.length, 0);
    const seenByItsOwn = await as(
      { user: FOREIGN.member },
      (tx) => tx.unsafe(`select 1 from ${call} where org_id is not null`),
    );
    assert.equal(seenByItsOwn.length, 1);
  });
}

Deno.test("user_profile() shows people of common organisations and no other", async () => {
  const shown = await as({ user: OWN.member }, (tx) =>
    tx`
    select fleet.user_profile(${OWN.admin}) is not null as own,
      fleet.user_profile(${FOREIGN.admin}) is not null as other`);
  assert.deepEqual({ ...shown[0] }, { own: true, other: false });
});

Deno.test("member_orgs() answers the caller's organisations, whatever the claims say of others", async () => {
  const rows = await as({ user: OWN.member }, (tx) => tx`select fleet.member_orgs() as id`);
  assert.deepEqual(rows.map((row) => row.id), [OWN.id]);
});

Deno.test("nobody without a subject learns a role or a person", async () => {
  const [row] = await as(
    {},
    (tx) =>
      tx`select fleet.member_role(${OWN.member}, ${OWN.id}) as role, fleet.user_profile(${OWN.member}) as profile`,
  );
  assert.deepEqual({ ...row }, { role: null, profile: null });
});

Deno.test("every policy that lets members in stands on a table declared for them", async () => {
  const sql = connect();
  const rows = await sql`
    select distinct p.polrelid::regclass::text as name from pg_catalog.pg_policy p
    join pg_catalog.pg_class c on c.oid = p.polrelid
    where c.relnamespace = any (${SCHEMAS}::regnamespace[])
      and 'authenticated'::regrole::oid = any (p.polroles)`;
  await sql.end();
  const declared = relationsOf("configuration", "members", "admins", "personal")
    .filter((name) => name !== "public.fleet_job_steps");
  assert.deepEqual(rows.map((row) => `public.${row.name}`).sort(), declared);
});

import assert from "node:assert/strict";
import { freshDatabase } from "../../support/database.ts";

const ATTRIBUTES = `rolcanlogin, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication,
  rolbypassrls`;

async function attributesOf(role: string): Promise<Record<string, boolean>> {
  await using database = await freshDatabase({ packs: "core" });
  const [row] = await database.sql.unsafe(
    `select ${ATTRIBUTES} from pg_catalog.pg_roles where rolname = '${role}'`,
  );
  return { ...row } as Record<string, boolean>;
}

Deno.test("postgres has exactly its hosted attributes and is no superuser", async () => {
  assert.deepEqual(await attributesOf("postgres"), {
    rolcanlogin: true,
    rolsuper: false,
    rolinherit: true,
    rolcreaterole: true,
    rolcreatedb: true,
    rolreplication: true,
    rolbypassrls: true,
  });
});

Deno.test("fleet_worker may log in and nothing more", async () => {
  assert.deepEqual(await attributesOf("fleet_worker"), {
    rolcanlogin: true,
    rolsuper: false,
    rolinherit: false,
    rolcreaterole: false,
    rolcreatedb: false,
    rolreplication: false,
    rolbypassrls: false,
  });
});

Deno.test("fleet_worker owns nothing and is a member of nothing", async () => {
  await using database = await freshDatabase();
  const [counts] = await database.sql`
    select
      (select count(*)::int from pg_catalog.pg_class where relowner = 'fleet_worker'::regrole)
        as relations,
      (select count(*)::int from pg_catalog.pg_proc where proowner = 'fleet_worker'::regrole)
        as functions,
      (select count(*)::int from pg_catalog.pg_auth_members where member = 'fleet_worker'::regrole)
        as memberships`;
  assert.deepEqual({ ...counts }, { relations: 0, functions: 0, memberships: 0 });
});

Deno.test("migrations are owned by postgres, as on Supabase", async () => {
  await using database = await freshDatabase();
  const rows = await database.sql`
    select distinct c.relowner::regrole::text as owner
    from pg_catalog.pg_class c
    where c.relnamespace in ('public'::regnamespace, 'fleet'::regnamespace, 'fleet_crm'::regnamespace)`;
  assert.deepEqual(rows.map((row) => row.owner), ["postgres"]);
});

Deno.test("auth.uid() and auth.role() read the request's claims", async () => {
  await using database = await freshDatabase({ packs: "core" });
  const id = "00000000-0000-4000-8000-000000000001";
  const [row] = await database.sql.begin(async (tx) => {
    await tx`select set_config('request.jwt.claims',
      ${JSON.stringify({ sub: id, role: "authenticated" })}, true)`;
    await tx`set local role authenticated`;
    return await tx`select auth.uid() as uid, auth.role() as role`;
  });
  assert.deepEqual({ ...row }, { uid: id, role: "authenticated" });
});

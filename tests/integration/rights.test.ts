/** What the catalogue grants to whom, by role. What each role then sees: the other files of rights/. */
import assert from "node:assert/strict";
import type postgres from "postgres";
import { relationsOf } from "./rights/_declared.ts";
import { closeWorld, connect, openWorld, SCHEMAS } from "./rights/_world.ts";

Deno.test.beforeAll(async () => void await openWorld());
Deno.test.afterAll(closeWorld);

const RESOLVERS = [
  "public.get_handoff_routes(uuid,text,text)",
  "public.get_sequence_definition(uuid,text)",
  "public.resolve_event_route(uuid,text)",
];
const MEMBERSHIP = [
  "fleet.member_orgs()",
  "fleet.member_role(uuid,uuid)",
  "fleet.user_profile(uuid)",
];
// The catalogue ----------------------------------------------------------------------------------

/** What a role may do with relations: `schema.name: PRIVILEGE, …`, by name. */
async function relationRights(role: string): Promise<Record<string, string>> {
  const sql = connect();
  const rows = await sql`
    select n.nspname || '.' || c.relname as name, string_agg(p.privilege, ', ') as privileges
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER',
      'MAINTAIN']) as p (privilege)
    where n.nspname = any (${SCHEMAS}) and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and has_table_privilege(${role}, c.oid, p.privilege)
    group by 1 order by 1`;
  await sql.end();
  return Object.fromEntries(rows.map((row) => [row.name, row.privileges]));
}

/** Functions a role may execute, schema-qualified with their types. */
async function functionRights(role: string): Promise<string[]> {
  const sql = connect();
  const rows = await sql`
    select n.nspname || '.' || p.proname || '(' || coalesce((
      select string_agg(format_type(t.type, null), ',' order by t.position)
      from unnest(p.proargtypes) with ordinality as t (type, position)), '') || ')' as name
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = any (${SCHEMAS}) and has_function_privilege(${role}, p.oid, 'EXECUTE')
    order by 1`;
  await sql.end();
  return rows.map((row) => row.name);
}

async function names(query: (sql: postgres.Sql) => PromiseLike<readonly postgres.Row[]>) {
  const sql = connect();
  const rows = await query(sql);
  await sql.end();
  return rows.map((row) => row.name as string);
}

const select = (tables: readonly string[]) =>
  Object.fromEntries(tables.toSorted().map((table) => [table, "SELECT"]));

Deno.test("anon has no right on any table, view or function of ours", async () => {
  assert.deepEqual(await relationRights("anon"), {});
  assert.deepEqual(await functionRights("anon"), []);
});

Deno.test("anon may not even look into the schemas fleet and fleet_crm", async () => {
  const allowed = await names((sql) =>
    sql`select n.nspname as name from pg_catalog.pg_namespace n
      where n.nspname in ('fleet', 'fleet_crm') and has_schema_privilege('anon', n.oid, 'USAGE')`
  );
  assert.deepEqual(allowed, []);
});

Deno.test("authenticated may select exactly what is declared for members, and nothing else at all", async () => {
  assert.deepEqual(
    await relationRights("authenticated"),
    select(relationsOf("configuration", "members", "admins", "personal")),
  );
});

Deno.test("authenticated may execute exactly the resolvers and the three questions of membership", async () => {
  assert.deepEqual(await functionRights("authenticated"), [...MEMBERSHIP, ...RESOLVERS].sort());
});

Deno.test("authenticated may not look into schema fleet_crm", async () => {
  const allowed = await names((sql) =>
    sql`select 'fleet_crm' as name where has_schema_privilege('authenticated', 'fleet_crm', 'USAGE')`
  );
  assert.deepEqual(allowed, []);
});

Deno.test("fleet_worker may select exactly the configuration, the skills and the CRM views", async () => {
  assert.deepEqual(
    await relationRights("fleet_worker"),
    select(relationsOf("configuration", "skills", "seam")),
  );
});

Deno.test("nothing of ours is granted to everybody", async () => {
  const open = await names((sql) =>
    sql`
    select c.oid::regclass::text as name
    from pg_catalog.pg_class c, aclexplode(c.relacl) a
    where c.relnamespace = any (${SCHEMAS}::regnamespace[]) and a.grantee = 0
    union all
    select p.oid::regprocedure::text
    from pg_catalog.pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    where p.pronamespace = any (${SCHEMAS}::regnamespace[]) and a.grantee = 0
    union all
    select c.oid::regclass::text || '.' || t.attname
    from pg_catalog.pg_attribute t join pg_catalog.pg_class c on c.oid = t.attrelid
    where c.relnamespace = any (${SCHEMAS}::regnamespace[]) and t.attacl is not null`
  );
  assert.deepEqual(open, []);
});

Deno.test("row security is on for every table of public, fleet and fleet_crm", async () => {
  const open = await names((sql) =>
    sql`select c.oid::regclass::text as name from pg_catalog.pg_class c
      where c.relnamespace = any (${SCHEMAS}::regnamespace[]) and c.relkind in ('r', 'p')
        and not c.relrowsecurity`
  );
  assert.deepEqual(open, []);
});

Deno.test("every view in public reads as its caller", async () => {
  const open = await names((sql) =>
    sql`select c.oid::regclass::text as name from pg_catalog.pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm')
        and not coalesce('security_invoker=true' = any (c.reloptions), false)`
  );
  assert.deepEqual(open, []);
});

Deno.test("every policy is for select and names whom it lets in", async () => {
  const others = await names((sql) =>
    sql`select p.polrelid::regclass::text || ': ' || p.polname as name from pg_catalog.pg_policy p
      join pg_catalog.pg_class c on c.oid = p.polrelid
      where c.relnamespace = any (${SCHEMAS}::regnamespace[])
        and (p.polcmd <> 'r' or p.polroles <> array[(case
          when p.polname = 'The engine can read all configuration' then 'fleet_worker'
          else 'authenticated' end)::regrole]::oid[])`
  );
  assert.deepEqual(others, []);
});

Deno.test("every definer looks names up nowhere but where they say", async () => {
  const open = await names((sql) =>
    sql`select p.oid::regprocedure::text as name from pg_catalog.pg_proc p
      where p.pronamespace = any (${SCHEMAS}::regnamespace[]) and p.prosecdef
        and not coalesce('search_path=""' = any (p.proconfig), false)`
  );
  assert.deepEqual(open, []);
});

Deno.test("the resolvers run with their caller's rights", async () => {
  const definers = await names((sql) =>
    sql`select p.oid::regprocedure::text as name from pg_catalog.pg_proc p
      where p.pronamespace = 'public'::regnamespace and p.prosecdef`
  );
  assert.deepEqual(definers, []);
});

import assert from "node:assert/strict";
import { freshDatabase } from "../../support/database.ts";

/** The page and the database, told in the same words. */
type Columns = Readonly<Record<string, readonly string[]>>;

const page = await Deno.readTextFile(new URL("../../../docs/crm-seam.md", import.meta.url));

/** Cells of the rows of the first table after a heading or of one that starts with a given head. */
function rowsOfTable(text: string, head: string): readonly (readonly string[])[] {
  const lines = text.split("\n");
  const start = lines.indexOf(head);
  assert.ok(start >= 0, `no table "${head}"`);
  const end = lines.findIndex((line, i) => i > start && !line.startsWith("|"));
  return lines.slice(start + 2, end < 0 ? undefined : end)
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("docs/crm-seam.md lists every fleet_crm view with its columns, in order, with types", async () => {
  const documented: Record<string, readonly string[]> = {};
  for (const section of page.split("\n### ").slice(1)) {
    const view = section.match(/^`fleet_crm\.(\w+)`/)![1];
    documented[view] = rowsOfTable(section, "| column | type | meaning |")
      .map(([column, type]) => `${column} ${type}`);
  }
  await using db = await freshDatabase({ seed: false });
  const rows = await db.sql`
    select c.relname as view, array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
      order by a.attnum) as columns
    from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relnamespace = 'fleet_crm'::regnamespace and c.relkind = 'v'
    group by c.relname`;
  const stored: Columns = Object.fromEntries(rows.map((row) => [row.view, row.columns]));
  assert.deepEqual(documented, stored);
});

Deno.test("docs/crm-seam.md lists every entity and column of apply_change, and they exist", async () => {
  const documented: Columns = Object.fromEntries(
    rowsOfTable(page, "| entity | columns |").map(([entity, columns]) => [
      entity,
      columns.split(", ").sort(),
    ]),
  );
  await using db = await freshDatabase({ seed: false });
  const [{ source }] = await db.sql`
    select p.prosrc as source from pg_catalog.pg_proc p
    where p.oid = 'fleet_crm.apply_change(uuid, text, uuid, jsonb, text)'::regprocedure`;
  // One line per entity: ('name', 'table', array['column', …]).
  const entities = [...source.matchAll(/\('(\w+)', '(\w+)', array\[([^\]]+)\]\)/g)];
  const accepted: Columns = Object.fromEntries(
    entities.map(([, entity, , list]) => [entity, list.match(/\w+/g)!.sort()]),
  );
  assert.deepEqual(documented, accepted);
  for (const [, entity, table] of entities) {
    const columns = await db.sql`
      select a.attname as name from pg_catalog.pg_attribute a
      where a.attrelid = ${`public.${table}`}::regclass and a.attnum > 0 and not a.attisdropped`;
    const missing = new Set(documented[entity]).difference(new Set(columns.map((c) => c.name)));
    assert.deepEqual([...missing], [], `columns of ${table}`);
  }
});

Deno.test("docs/crm-seam.md names the refusals of apply_change as it raises them", async () => {
  const documented = rowsOfTable(page, "| refusal | SQLSTATE | when |")
    .map(([code, state]) => `${state.slice(2)} ${code.replaceAll("`", "")}`);
  await using db = await freshDatabase({ seed: false });
  const [{ source }] = await db.sql`
    select p.prosrc as source from pg_catalog.pg_proc p
    where p.oid = 'fleet_crm.apply_change(uuid, text, uuid, jsonb, text)'::regprocedure`;
  const raised = [...source.matchAll(/fleet\.refuse\((\d+), '(\w+)'/g)].map((m) =>
    `${m[1]} ${m[2]}`
  );
  assert.deepEqual(documented.sort(), [...new Set(raised)].sort());
});

Deno.test("every fleet_crm view carries org_id, so that every reader can filter by it", async () => {
  await using db = await freshDatabase({ seed: false });
  const without = await db.sql`
    select c.relname from pg_catalog.pg_class c
    where c.relnamespace = 'fleet_crm'::regnamespace and c.relkind = 'v' and not exists (
      select 1 from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id')`;
  assert.deepEqual(without.map((row) => row.relname), []);
});

/** What core alone answers before anybody maps the seam. */
const SEAMS: readonly string[] = [
  "fleet.member_role(gen_random_uuid(), gen_random_uuid())",
  "fleet.member_orgs()",
  "fleet.user_profile(gen_random_uuid())",
  "fleet.acting_user(gen_random_uuid())",
  "fleet_crm.prune_content(now(), 180, '{}', 1)",
  "fleet_crm.apply_change(gen_random_uuid(), 'task', null, '{\"title\": \"t\"}', 'k')",
  "fleet_crm.store_meeting(gen_random_uuid(), gen_random_uuid(), 'd', '{\"title\": \"t\"}')",
  "fleet_crm.store_calendar_events(gen_random_uuid(), gen_random_uuid(), 'google', '[]')",
  "fleet_crm.store_email(gen_random_uuid(), gen_random_uuid(), 'd', '{\"subject\": \"s\"}')",
];

for (const call of SEAMS) {
  Deno.test(`${call.split("(")[0]}() says not_mapped in a project without a mapping`, async () => {
    await using db = await freshDatabase({ packs: "core", seed: false });
    await assert.rejects(db.sql.unsafe(`select * from ${call}`), {
      code: "ZF501",
      message: /^not_mapped: /,
    });
  });
}

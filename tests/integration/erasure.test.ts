/** An organisation that left leaves nothing but what its model calls cost (T34). */
import assert from "node:assert/strict";
import type postgres from "postgres";
import { freshDatabase } from "../support/database.ts";
import { closeWorld, connect, FOREIGN, openWorld, OWN } from "./rights/_world.ts";

Deno.test.beforeAll(async () => {
  await openWorld();
});
Deno.test.afterAll(() => closeWorld());

/** Rows that name the organisation anywhere in them, per table of ours. */
async function countMentions(
  sql: postgres.TransactionSql,
  orgId: string,
): Promise<Readonly<Record<string, number>>> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname in ('public', 'fleet', 'fleet_crm') order by 1`;
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [{ count }] = await sql.unsafe(
      `select count(*)::integer as count from ${name} t where t::text like '%' || $1 || '%'`,
      [orgId],
    );
    if (count > 0) counts[name] = count;
  }
  return counts;
}

/** Works on the shared database and takes everything back. */
async function undone(work: (sql: postgres.TransactionSql) => Promise<void>): Promise<void> {
  const sql = connect(), undo = new Error("undo");
  try {
    await sql.begin(async (tx) => {
      await work(tx);
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  } finally {
    await sql.end();
  }
}

async function erase(sql: postgres.TransactionSql, orgId: string, limit: number): Promise<number> {
  for (let calls = 1;; calls++) {
    const [{ answer }] = await sql`select fleet.erase_organization(${orgId}, ${limit}) as answer`;
    if (answer.done) return calls;
    assert.ok(calls < 500, "it never ends");
  }
}

Deno.test("erase_organization() leaves no row that names the organisation, but its costs (T34)", async () => {
  await undone(async (sql) => {
    const before = await countMentions(sql, OWN.id);
    assert.ok(Object.keys(before).length > 50, "there was something to erase");
    await erase(sql, OWN.id, 10_000);
    assert.deepEqual(Object.keys(await countMentions(sql, OWN.id)), ["public.fleet_costs"]);
    const people = await sql`select user_id from public.fleet_costs where org_id = ${OWN.id}`;
    assert.deepEqual(people.map(({ user_id }) => user_id), people.map(() => null));
  });
});

Deno.test("erase_organization() touches no row of another organisation, nor the platform's", async () => {
  await undone(async (sql) => {
    const platform = () =>
      sql`select count(*)::integer as n from public.fleet_event_routes where org_id is null`;
    const before = [await countMentions(sql, FOREIGN.id), await platform()];
    await erase(sql, OWN.id, 10_000);
    assert.deepEqual([await countMentions(sql, FOREIGN.id), await platform()], before);
  });
});

Deno.test("erase_organization() works in batches and says when it is done", async () => {
  await undone(async (sql) => {
    const calls = await erase(sql, OWN.id, 1);
    assert.ok(calls > 10, `${calls} calls`);
    assert.deepEqual(Object.keys(await countMentions(sql, OWN.id)), ["public.fleet_costs"]);
    assert.equal(await erase(sql, OWN.id, 1), 1);
  });
});

Deno.test("erase_organization() leaves the history append-only for everybody else", async () => {
  await undone(async (sql) => {
    await erase(sql, OWN.id, 10_000);
    await assert.rejects(
      sql`delete from public.fleet_job_history where org_id = ${FOREIGN.id}`,
      /append-only/,
    );
  });
});

Deno.test("erase_organization() says where business data is not mapped", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  const [{ answer }] = await db
    .sql`select fleet.erase_organization(${crypto.randomUUID()}) as answer`;
  assert.deepEqual(answer, { done: true, erased: {}, crm: "not_mapped" });
});

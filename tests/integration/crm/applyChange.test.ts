import assert from "node:assert/strict";
import type { CrmChange } from "../../../supabase/functions/_shared/ports/crm.ts";
import { createCrmWorld, type CrmWorld } from "./_world.ts";

/** A new task of organisation a, unless told otherwise. */
function change(world: CrmWorld, overrides: Partial<CrmChange> = {}): CrmChange {
  return {
    orgId: world.a.org,
    entity: "task",
    id: null,
    change: { title: "Call Carol", contact_id: world.a.contact },
    effectKey: `${world.a.org}:k1`,
    ...overrides,
  };
}

const tasks = async (world: CrmWorld) =>
  (await world.sql`
    select id, org_id, title from public.tasks
    where org_id in (${world.a.org}, ${world.b.org}) and id not in (${world.a.task}, ${world.b.task})
    order by created_at`).map((row) => ({ ...row }));

Deno.test("apply_change() inserts a row of the organisation and answers its id", async () => {
  await using world = await createCrmWorld();
  const { id, repeated } = await world.crm().applyChange(change(world));
  assert.equal(repeated, false);
  assert.deepEqual(await tasks(world), [{ id, org_id: world.a.org, title: "Call Carol" }]);
});

Deno.test("apply_change() updates only the columns it is given", async () => {
  await using world = await createCrmWorld();
  const { a, sql } = world;
  await world.crm().applyChange(
    change(world, { entity: "deal", id: a.deal, change: { notes: "n", value: null } }),
  );
  const [row] = await sql`select name, notes, value from public.deals where id = ${a.deal}`;
  assert.deepEqual({ ...row }, { name: "a", notes: "n", value: null });
});

Deno.test("apply_change() stores lists and objects as the column's type", async () => {
  await using world = await createCrmWorld();
  const { a, sql } = world;
  const crm = world.crm();
  await crm.applyChange(
    change(world, { entity: "deal", id: a.deal, change: { tags: ["x", "y"] } }),
  );
  await crm.applyChange(
    change(world, { id: a.task, change: { metadata: { n: [1] } }, effectKey: `${a.org}:k2` }),
  );
  const [deal] = await sql`select tags from public.deals where id = ${a.deal}`;
  const [task] = await sql`select metadata from public.tasks where id = ${a.task}`;
  assert.deepEqual([deal.tags, task.metadata], [["x", "y"], { n: [1] }]);
});

Deno.test("apply_change() answers a repeated key with the first result and changes nothing", async () => {
  await using world = await createCrmWorld();
  const crm = world.crm();
  const first = await crm.applyChange(change(world));
  const second = await crm.applyChange(change(world, { change: { title: "Another" } }));
  assert.deepEqual(second, { id: first.id, repeated: true });
  assert.deepEqual((await tasks(world)).map((t) => t.title), ["Call Carol"]);
});

Deno.test("apply_change() does not undo a later change when an earlier key is repeated", async () => {
  await using world = await createCrmWorld();
  const crm = world.crm();
  const { a, sql } = world;
  const named = (title: string, effectKey: string) =>
    change(world, { id: a.task, change: { title }, effectKey });
  for (const [title, key] of [["one", "k1"], ["two", "k2"], ["one", "k1"]]) {
    await crm.applyChange(named(title, `${a.org}:${key}`));
  }
  const [row] = await sql`select title from public.tasks where id = ${a.task}`;
  assert.equal(row.title, "two");
});

const OTHERS: readonly (readonly [string, (world: CrmWorld) => Partial<CrmChange>])[] = [
  ["another organisation", (world) => ({ orgId: world.b.org, change: { title: "t" } })],
  ["another entity", () => ({ entity: "company", change: { name: "n" } })],
];

for (const [name, overrides] of OTHERS) {
  Deno.test(`apply_change() refuses a key that ${name}'s change has used`, async () => {
    await using world = await createCrmWorld();
    const crm = world.crm();
    await crm.applyChange(change(world));
    await assert.rejects(crm.applyChange(change(world, overrides(world))), {
      kind: "conflict",
      code: "effect_key_reused",
    });
  });
}

/** What is wrong, the change, the code. */
const REFUSED: readonly (readonly [string, (world: CrmWorld) => Partial<CrmChange>, string])[] = [
  ["an unknown entity", () => ({ entity: "invoice" as CrmChange["entity"] }), "unknown_entity"],
  ["a table's own name", () => ({ entity: "profiles" as CrmChange["entity"] }), "unknown_entity"],
  ["an unknown column", () => ({ change: { title: "t", nope: 1 } }), "unknown_column"],
  ["org_id", (w) => ({ change: { title: "t", org_id: w.b.org } }), "unknown_column"],
  ["id", () => ({ change: { title: "t", id: crypto.randomUUID() } }), "unknown_column"],
  ["a column that is SQL", () => ({
    change: { "title = 'x'; drop table public.tasks; --": 1 },
  }), "unknown_column"],
  [
    "a column of another entity",
    () => ({ change: { title: "t", stage_id: null } }),
    "unknown_column",
  ],
  ["no column", () => ({ change: {} }), "empty_change"],
  ["no column of a row", (w) => ({ id: w.a.task, change: {} }), "empty_change"],
  ["a list", () => ({ change: ["title"] as never }), "empty_change"],
  ["a row of another organisation", (w) => ({
    id: w.b.task,
    change: { title: "taken" },
  }), "row_not_found"],
  ["a row that is not there", () => ({ id: crypto.randomUUID() }), "row_not_found"],
  ["a row of another entity", (w) => ({ id: w.a.deal }), "row_not_found"],
  ["another organisation's contact", (w) => ({
    change: { title: "t", contact_id: w.b.contact },
  }), "row_not_found"],
  ["another organisation's deal", (w) => ({
    change: { title: "t", deal_id: w.b.deal },
  }), "row_not_found"],
  ["another organisation's meeting", (w) => ({
    change: { title: "t", meeting_id: w.b.meeting },
  }), "row_not_found"],
  ["another organisation's company", (w) => ({
    entity: "contact",
    id: w.a.contact,
    change: { company_id: w.b.company },
  }), "row_not_found"],
  ["another organisation's stage", (w) => ({
    entity: "deal",
    id: w.a.deal,
    change: { stage_id: w.b.stage },
  }), "row_not_found"],
];

for (const [name, overrides, code] of REFUSED) {
  Deno.test(`apply_change() refuses ${name} as ${code}, changes nothing and gives the key back`, async () => {
    await using world = await createCrmWorld();
    const { a, b, sql } = world;
    const rows = () =>
      sql`select to_jsonb(t) from public.tasks t where t.org_id in (${a.org}, ${b.org})
        union all select to_jsonb(d) from public.deals d where d.org_id in (${a.org}, ${b.org})
        union all select to_jsonb(c) from public.contacts c where c.org_id in (${a.org}, ${b.org})
        order by 1`;
    const before = await rows();
    await assert.rejects(world.crm().applyChange(change(world, overrides(world))), { code });
    assert.deepEqual(await rows(), before);
    assert.equal(
      (await sql`select 1 from fleet_crm.applied_changes where org_id = ${a.org}`).length,
      0,
    );
  });
}

Deno.test("apply_change() may take a reference away", async () => {
  await using world = await createCrmWorld();
  const { a, sql } = world;
  await world.crm().applyChange(
    change(world, { entity: "deal", id: a.deal, change: { contact_id: null } }),
  );
  const [row] = await sql`select contact_id from public.deals where id = ${a.deal}`;
  assert.equal(row.contact_id, null);
});

Deno.test("apply_change() changes one row for two calls of one key at once", async () => {
  await using world = await createCrmWorld();
  const answers = await Promise.all(
    [world.crm(), world.crm()].map((crm) => crm.applyChange(change(world))),
  );
  assert.deepEqual(answers.map((a) => a.repeated).sort(), [false, true]);
  assert.equal(answers[0].id, answers[1].id);
  assert.equal((await tasks(world)).length, 1);
});

for (const ends of ["commits", "rolls back"] as const) {
  Deno.test(`apply_change() waits for a call of its key under way, which then ${ends}`, async () => {
    await using world = await createCrmWorld();
    const rollback = new Error("rolled back by the test");
    let second: ReturnType<ReturnType<CrmWorld["crm"]>["applyChange"]> | undefined;
    const first = world.sql.begin(async (tx) => {
      await tx`select fleet_crm.apply_change(${world.a.org}, 'task', null,
        ${tx.json({ title: "first" })}, ${change(world).effectKey})`;
      second = world.crm().applyChange(change(world, { change: { title: "second" } }));
      await someoneWaits(world);
      if (ends === "rolls back") throw rollback;
    });
    await first.catch((error) => assert.equal(error, rollback));
    assert.equal((await second!).repeated, ends === "commits");
    assert.deepEqual((await tasks(world)).map((t) => t.title), [
      ends === "commits" ? "first" : "second",
    ]);
  });
}

/** Resolves when a statement of this database waits for a lock. */
async function someoneWaits(world: CrmWorld): Promise<void> {
  const waiting = () =>
    world.sql`select 1 from pg_catalog.pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await waiting()).length === 0);
}

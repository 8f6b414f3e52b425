/**
 * Supabase's database linter over every migration (T12): nothing is found that docs/security.md does not justify by
 * name, and nothing is justified there that is not found.
 */
import assert from "node:assert/strict";
import postgres from "postgres";
import { freshDatabase, type TestDatabase } from "../../support/database.ts";
import { RULES } from "./_linterRules.ts";

const SECURITY = await Deno.readTextFile(
  new URL("../../../docs/security.md", import.meta.url),
);

/** Rows of the table under "Linter": rule → what stays. */
const JUSTIFIED = readJustified();

function readJustified(): ReadonlyMap<string, readonly string[]> {
  const section = /## Linter\n([\s\S]*?)(?=\n## )/.exec(SECURITY)?.[1] ?? "";
  const rows = section.split("\n").filter((line) => /^\| `/.test(line)).map((line) => {
    const [, rule, objects] = line.split("|");
    return [unquote(rule)[0], unquote(objects)] as const;
  });
  return new Map(rows);
}

function unquote(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]).sort();
}

let db: TestDatabase;
let sql: postgres.Sql;
Deno.test.beforeAll(async () => {
  db = await freshDatabase({ seed: false });
  await db.sql`select fleet.enable_realtime()`;
  sql = postgres(db.adminUrl, { max: 1, onnotice: () => {} });
});
Deno.test.afterAll(async () => {
  await sql.end();
  await db.drop();
});

const find = async (tx: postgres.Sql | postgres.TransactionSql, query: string) =>
  [...new Set((await tx.unsafe(query)).map((row) => row.object as string))].sort();

for (const { name, sql: query, plant } of RULES) {
  Deno.test(`linter ${name} finds what docs/security.md justifies, and nothing else`, async () => {
    assert.deepEqual(await find(sql, query), JUSTIFIED.get(name) ?? []);
  });

  Deno.test(`linter ${name} finds a planted violation`, async () => {
    const undo = Symbol();
    let found: readonly string[] = [];
    const before = await find(sql, query);
    await sql.begin(async (tx) => {
      await tx.unsafe(plant);
      found = await find(tx, query);
      throw undo;
    }).catch((error) => {
      if (error !== undo) throw error;
    });
    assert.equal(found.length, before.length + 1);
  });
}

Deno.test("docs/security.md justifies rules that exist", () => {
  const known = new Set(RULES.map(({ name }) => name));
  assert.deepEqual([...JUSTIFIED.keys()].filter((name) => !known.has(name)), []);
});

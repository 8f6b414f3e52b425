/**
 * The tenant matrix (T10, T12, T29): roles × tables, views and functions × operations × own and foreign. Every
 * cell is a real statement under `set local role`, or a privilege of the catalogue for functions; what is expected
 * follows from the kind declared in _declared.ts.
 */
import assert from "node:assert/strict";
import postgres from "postgres";
import type { TestDatabase } from "../../support/database.ts";
import {
  FUNCTION_KINDS,
  type FunctionKind,
  RELATION_KINDS,
  type RelationKind,
} from "./_declared.ts";
import { closeWorld, EVENT_TYPE, FOREIGN, openWorld, OWN, SCHEMAS } from "./_world.ts";

const EX_MEMBER = crypto.randomUUID(), OUTSIDER = crypto.randomUUID();

const ROLES = {
  anon: { role: "anon", sub: null },
  member: { role: "authenticated", sub: OWN.member },
  admin: { role: "authenticated", sub: OWN.admin },
  readonly: { role: "authenticated", sub: OWN.readonly },
  exMember: { role: "authenticated", sub: EX_MEMBER },
  outsider: { role: "authenticated", sub: OUTSIDER },
  fleet_worker: { role: "fleet_worker", sub: null },
  service_role: { role: "service_role", sub: null },
} as const;
type Role = keyof typeof ROLES;
const PEOPLE: readonly Role[] = ["member", "admin", "readonly"];

const OPERATIONS = ["select", "insert", "update", "delete"] as const;
type Operation = typeof OPERATIONS[number];
const SIDES = { own: OWN.id, foreign: FOREIGN.id };
type Side = keyof typeof SIDES;

/** `rows`: it reached rows of that organisation. `none`: allowed, and there was nothing. */
type Outcome = "rows" | "none" | "refused";

let db: TestDatabase;
let sql: postgres.Sql;
Deno.test.beforeAll(async () => {
  db = await openWorld();
  sql = postgres(db.adminUrl, { max: 1, onnotice: () => {} });
  await insertStrangers();
  await createProbe();
});
Deno.test.afterAll(async () => {
  await sql.end();
  await closeWorld();
});

/** One who was a member and left, one who never was; both are people with profiles. */
async function insertStrangers(): Promise<void> {
  for (const id of [EX_MEMBER, OUTSIDER]) {
    await sql`insert into public.profiles (id, email) values (${id}, ${`${id}@example.com`})`;
  }
  await sql`insert into public.organization_memberships (org_id, user_id, role)
    values (${OWN.id}, ${EX_MEMBER}, 'admin')`;
  await sql`delete from public.organization_memberships where user_id = ${EX_MEMBER}`;
}

/** Runs statements as its caller, each undone, and answers what came of it. */
async function createProbe(): Promise<void> {
  await sql.unsafe(`
    create schema probe;
    grant usage on schema probe to public;
    create function probe.try_all(p_statements text[]) returns text[] language plpgsql as $$
    declare
      v_statement text;
      v_count bigint;
      v_results text[] := '{}';
    begin
      foreach v_statement in array p_statements loop
        begin
          execute v_statement;
          get diagnostics v_count = row_count;
          raise exception using errcode = 'ZZ000', message = v_count::text;
        exception
          when sqlstate 'ZZ000' then v_results := v_results || sqlerrm;
          when others then v_results := v_results || ('!' || sqlstate);
        end;
      end loop;
      return v_results;
    end $$;
    grant execute on function probe.try_all(text[]) to public;`);
}

async function tryAll(role: Role, statements: readonly string[]): Promise<readonly string[]> {
  const { role: name, sub } = ROLES[role];
  const [row] = await sql.begin(async (tx) => {
    // The engine's login brings no claims.
    const claims = name === "fleet_worker"
      ? ""
      : JSON.stringify({ sub: sub ?? undefined, role: name });
    await tx`select set_config('request.jwt.claims', ${claims}, true)`;
    await tx.unsafe(`set local role ${name}`);
    return await tx`select probe.try_all(${statements as string[]}) as results`;
  });
  return row.results;
}

// Relations ---------------------------------------------------------------------------------------

interface Relation {
  readonly name: string;
  readonly isView: boolean;
  readonly columns: readonly string[];
}

async function listRelations(): Promise<readonly Relation[]> {
  const rows = await sql`
    select n.nspname || '.' || c.relname as name, c.relkind = 'v' as is_view,
      (select array_agg(a.attname::text order by a.attnum) from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any (${SCHEMAS}) and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1`;
  return rows.map((row) => ({ name: row.name, isView: row.is_view, columns: row.columns }));
}

/** The rows of an organisation; a table without one has the same rows for both. */
function condition({ name, columns }: Relation, org: typeof OWN): string {
  if (name === "public.organizations") return `id = '${org.id}'`;
  if (name === "public.profiles") return `id = '${org.member}'`;
  return columns.includes("org_id") ? `org_id = '${org.id}'` : "true";
}

function statementOf(relation: Relation, operation: Operation, side: Side): string {
  const { name, columns } = relation;
  const where = condition(relation, side === "own" ? OWN : FOREIGN);
  switch (operation) {
    case "select":
      return `select 1 from ${name} where ${where}`;
    // Whether it may at all: constraints are not this test's question.
    case "insert":
      return `insert into ${name} (${columns[0]}) select ${
        columns[0]
      } from ${name} where ${where} and false`;
    case "update":
      return `update ${name} set ${columns[0]} = ${columns[0]} where ${where} and false`;
    case "delete":
      return `delete from ${name} where ${where} and false`;
  }
}

function outcomeOf(result: string): Outcome {
  // Views of joins answer that they cannot be written (55000) before anybody asks for rights.
  if (result === "!42501" || result === "!55000") return "refused";
  if (result.startsWith("!")) throw new Error(`The probe failed with ${result}`);
  return result === "0" ? "none" : "rows";
}

/** Tables that ship without rows of the platform, so that a reader finds nothing in them. */
const reads = (may: boolean): Outcome => may ? "rows" : "none";

function expectedOf(
  { name, isView }: Relation,
  kind: RelationKind,
  { role, operation, side }: {
    readonly role: Role;
    readonly operation: Operation;
    readonly side: Side;
  },
): Outcome {
  const isPublic = name.startsWith("public.");
  if (role === "anon") return "refused";
  if (role === "service_role") {
    if (!isPublic) return "refused";
    if (operation === "select") return "rows";
    return isView ? "refused" : "none";
  }
  if (operation !== "select") return "refused";
  if (role === "fleet_worker") {
    return ["configuration", "skills", "seam"].includes(kind) ? "rows" : "refused";
  }
  const isInside = side === "own" && PEOPLE.includes(role);
  switch (kind) {
    case "configuration":
    case "members":
      return reads(isInside);
    case "admins":
      return reads(isInside && role === "admin");
    case "personal":
      return reads(isInside && role === "member");
    default:
      return "refused";
  }
}

let cellCount = 0;

for (const role of Object.keys(ROLES) as Role[]) {
  Deno.test(`${role} reaches exactly the declared rows of every table and view`, async () => {
    const relations = await listRelations();
    const cells = relations.flatMap((relation) =>
      OPERATIONS.flatMap((operation) =>
        (Object.keys(SIDES) as Side[]).map((side) => ({ relation, operation, side }))
      )
    );
    const results = await tryAll(
      role,
      cells.map((cell) => statementOf(cell.relation, cell.operation, cell.side)),
    );
    const wrong = cells.flatMap(({ relation, operation, side }, i) => {
      const kind = RELATION_KINDS.get(relation.name);
      if (kind === undefined) return [`${relation.name} is declared nowhere`];
      const expected = expectedOf(relation, kind, { role, operation, side });
      const found = outcomeOf(results[i]);
      return found === expected
        ? []
        : [`${operation} ${side} ${relation.name}: ${found}, expected ${expected}`];
    });
    assert.deepEqual(wrong, []);
    cellCount += cells.length;
  });
}

Deno.test("every declared table and view exists", async () => {
  const known = new Set((await listRelations()).map((relation) => relation.name));
  assert.deepEqual([...RELATION_KINDS.keys()].filter((name) => !known.has(name)), []);
});

// Functions -----------------------------------------------------------------------------------------

const EXECUTES: Readonly<Record<FunctionKind, readonly Role[]>> = {
  worker: ["fleet_worker"],
  inside: [],
  service: ["service_role"],
  clock: ["service_role", "fleet_worker"],
  everyone: ["member", "admin", "readonly", "exMember", "outsider", "service_role", "fleet_worker"],
};

async function listFunctions() {
  const roles = [...new Set(Object.values(ROLES).map(({ role }) => role))];
  return await sql<{ name: string; signature: string; allowed: string[] }[]>`
    select n.nspname || '.' || p.proname as name, p.oid::regprocedure::text as signature,
      array(select r.name from unnest(${roles}::text[]) as r (name)
        where has_function_privilege(r.name, p.oid, 'EXECUTE')) as allowed
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = any (${SCHEMAS}) order by 2`;
}

Deno.test("every role executes exactly the functions declared for it", async () => {
  const wrong: string[] = [];
  for (const { name, signature, allowed } of await listFunctions()) {
    const kind = FUNCTION_KINDS.get(name);
    if (kind === undefined) wrong.push(`${signature} is declared nowhere`);
    for (const role of Object.keys(ROLES) as Role[]) {
      const may = allowed.includes(ROLES[role].role);
      cellCount++;
      if (kind !== undefined && may !== EXECUTES[kind].includes(role)) {
        wrong.push(`${role} ${may ? "may" : "may not"} execute ${signature}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("every declared function exists", async () => {
  const known = new Set((await listFunctions()).map(({ name }) => name));
  assert.deepEqual([...FUNCTION_KINDS.keys()].filter((name) => !known.has(name)), []);
});

/** What members may call, asked about an organisation and somebody in it. */
const QUESTIONS: readonly ((org: typeof OWN) => string)[] = [
  (org) =>
    `select 1 from public.resolve_event_route('${org.id}', '${EVENT_TYPE}') where org_id is not null`,
  (org) =>
    `select 1 from public.get_sequence_definition('${org.id}', 'own') where org_id is not null`,
  (org) =>
    `select 1 from public.get_handoff_routes('${org.id}', 'own', null) where org_id is not null`,
  (org) => `select 1 where fleet.member_role('${org.owner}', '${org.id}') is not null`,
  (org) => `select 1 where fleet.user_profile('${org.owner}') is not null`,
  (org) => `select 1 from fleet.member_orgs() as o (id) where o.id = '${org.id}'`,
];
/** member_orgs() answers for whoever asks: the engine and the service role are nobody. */
const ASKER_ONLY = 5;

for (const role of Object.keys(ROLES) as Role[]) {
  Deno.test(`${role} is answered about its own organisation by the functions of members`, async () => {
    for (const side of Object.keys(SIDES) as Side[]) {
      const org = side === "own" ? OWN : FOREIGN;
      const found = (await tryAll(role, QUESTIONS.map((ask) => ask(org)))).map(outcomeOf);
      const isTrusted = role === "fleet_worker" || role === "service_role";
      const expected = QUESTIONS.map((_, i): Outcome => {
        if (role === "anon") return "refused";
        if (isTrusted) return i === ASKER_ONLY ? "none" : "rows";
        return side === "own" && PEOPLE.includes(role) ? "rows" : "none";
      });
      assert.deepEqual({ side, found }, { side, found: expected });
      cellCount += QUESTIONS.length;
    }
  });
}

Deno.test("the matrix holds at least 2,000 cells", async (t) => {
  // A step is printed, so that the figure stands in every report.
  await t.step(`${cellCount} cells`, () => assert.ok(cellCount >= 2000));
});

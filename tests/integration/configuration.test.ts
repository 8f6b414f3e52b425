/** What the configuration tables refuse when a row is saved, so that no run ever meets it (T25). */
import assert from "node:assert/strict";
import { parseDefinition } from "../../supabase/functions/_shared/orchestrator/core/definition.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";

const ORG = "d0000000-0000-4000-8000-000000000001";

type Step = Readonly<Record<string, unknown>>;

const SKILL = "extract-action-items";
const many = (count: number): Step[] =>
  Array.from({ length: count }, (_, index) => ({ id: `s${index}`, skill: SKILL }));

const BAD_STEPS: readonly (readonly [name: string, steps: readonly Step[], message: RegExp])[] = [
  ["no step", [], /at least one step/],
  ["201 steps", many(201), /at most 200 steps/],
  ["a step without a skill", [{ id: "a" }], /an object with a skill/],
  ["an unknown skill", [{ skill: "no-such-skill" }], /no-such-skill.*does not exist/],
  ["one step twice", [{ skill: SKILL }, { skill: SKILL }], /used twice/],
  ["a dependency on no step", [{ skill: SKILL, depends_on: ["b"] }], /"b", which is no step/],
  ["a dependency on itself", [{ id: "a", skill: SKILL, depends_on: ["a"] }], /depends on itself/],
  [
    "a cycle, naming it and nothing else",
    [
      { id: "a", skill: SKILL, depends_on: ["c"] },
      { id: "b", skill: SKILL, depends_on: ["a"] },
      { id: "c", skill: SKILL, depends_on: ["b"] },
      { id: "d", skill: SKILL, depends_on: ["c"] },
    ],
    /depend on each other: a → c → b → a$/,
  ],
  ["an unknown key", [{ skill: SKILL, retries: 1 }], /unknown key retries/],
  ["an id with spaces", [{ skill: SKILL, id: "a b" }], /id is letters/],
  ["an id that is a number", [{ skill: SKILL, id: 7 }], /id is letters/],
  ["a dependency that is no list", [{ skill: SKILL, depends_on: "a" }], /depends_on is a list/],
  ["an approval flag in words", [{ skill: SKILL, requires_approval: "yes" }], /true or false/],
  ["half a millisecond", [{ skill: SKILL, timeout_ms: 1.5 }], /timeout_ms/],
  ["a timeout in words", [{ skill: SKILL, timeout_ms: "abc" }], /timeout_ms/],
  ["a million retries", [{ skill: SKILL, retry: { max_retries: 1e6 } }], /max_retries/],
  ["an unknown retry key", [{ skill: SKILL, retry: { times: 1 } }], /retry holds/],
  ["a factor in words", [{ skill: SKILL, retry: { factor: "2" } }], /factor/],
  ["an unknown on_expire", [{ skill: SKILL, approval: { on_expire: "banana" } }], /on_expire is/],
  ["an approval that expires before it is asked", [
    { skill: SKILL, approval: { expires_minutes: -5 } },
  ], /expires_minutes/],
  ["an assignee by name", [{ skill: SKILL, approval: { assignee: "Ann" } }], /user id/],
  ["an approver by name", [{ skill: SKILL, approval: { approvers: ["Ann"] } }], /approvers is/],
  ["nobody as approvers", [{ skill: SKILL, approval: { approvers: [] } }], /approvers is/],
  ["an unknown role", [{ skill: SKILL, approval: { approvers: "readonly" } }], /approvers is/],
  ["forbids_self in words", [{ skill: SKILL, approval: { forbids_self: "yes" } }], /forbids_self/],
  ["an escalation to everybody", [
    { skill: SKILL, approval: { escalate: { after_minutes: 5, to: "all" } } },
  ], /escalate holds/],
  ["an escalation at once", [
    { skill: SKILL, approval: { escalate: { after_minutes: 0, to: "admins" } } },
  ], /escalate holds/],
  ["an escalation without a time", [
    { skill: SKILL, approval: { escalate: { to: "admins" } } },
  ], /escalate holds/],
  ["an input that is no mapping", [{ skill: SKILL, input: ["a"] }], /input is a mapping/],
  ["a negative timeout", [{ skill: SKILL, timeout_ms: -1 }], /timeout_ms/],
  ["an unknown criticality", [{ skill: SKILL, criticality: "vital" }], /criticality/],
  ["a when of 2001 characters", [{ skill: SKILL, when: "x".repeat(2001) }], /2000 characters/],
  [
    "an external effect that approves itself in time",
    [{ skill: "present-time-options", approval: { on_expire: "approve" } }],
    /acts outside/,
  ],
];

/** What only the database can know: which skills there are and what they do. */
const NEEDS_ROWS = new Set(["an unknown skill", "an external effect that approves itself in time"]);

for (const [name, steps, message] of BAD_STEPS) {
  if (!NEEDS_ROWS.has(name)) {
    Deno.test(`parseDefinition() refuses ${name}, as the table does`, () => {
      assert.throws(() => parseDefinition(steps), { code: "invalid_definition" });
    });
  }

  Deno.test(`fleet_sequence_definitions refuses ${name} (fault 36)`, async () => {
    await using db = await freshDatabase();
    await assert.rejects(
      db.sql`insert into fleet_sequence_definitions (sequence_key, org_id, version, steps)
        values ('mine', ${ORG}, 1, ${db.sql.json(steps as never)})`,
      message,
    );
    assert.equal(
      (await db.sql`select from fleet_sequence_definitions where org_id = ${ORG}`).length,
      0,
    );
  });
}

Deno.test("fleet_sequence_definitions never changes the steps of a version", async () => {
  await using db = await freshDatabase();
  await db.sql`insert into fleet_sequence_definitions (sequence_key, org_id, version, steps)
    values ('mine', ${ORG}, 1, ${db.sql.json([{ skill: SKILL }])})`;
  await assert.rejects(
    db.sql`update fleet_sequence_definitions set steps = ${
      db.sql.json([{ skill: "notify-slack-summary" }])
    } where org_id = ${ORG}`,
    /never changes/,
  );
});

interface Route {
  readonly sequence: string;
  readonly priority?: number;
  readonly fanOut?: boolean;
  readonly active?: boolean;
  readonly conditions?: unknown;
}

const addRoute = (db: TestDatabase, route: Route) =>
  db.sql`insert into fleet_event_routes
      (org_id, event_type, sequence_key, priority, fan_out, is_active, conditions)
    values (${ORG}, 'meeting_ended', ${route.sequence}, ${route.priority ?? 0},
      ${route.fanOut ?? false}, ${route.active ?? true},
      ${db.sql.json((route.conditions ?? null) as never)})`;

Deno.test("fleet_event_routes refuses a second exclusive route of one priority (fault 2)", async () => {
  await using db = await freshDatabase();
  await addRoute(db, { sequence: "first" });
  await assert.rejects(addRoute(db, { sequence: "second" }), /same priority as → first/);
  assert.equal((await db.sql`select from fleet_event_routes where org_id = ${ORG}`).length, 1);
});

const FITTING: readonly (readonly [name: string, route: Route])[] = [
  ["another priority", { sequence: "second", priority: 30 }],
  ["fan_out", { sequence: "second", fanOut: true }],
  ["is_active = false", { sequence: "second", active: false }],
];

for (const [name, route] of FITTING) {
  Deno.test(`fleet_event_routes takes a second route with ${name}`, async () => {
    await using db = await freshDatabase();
    await addRoute(db, { sequence: "first" });
    await addRoute(db, route);
    assert.equal((await db.sql`select from fleet_event_routes where org_id = ${ORG}`).length, 2);
  });
}

Deno.test("fleet_event_routes refuses to switch on a route that would tie (fault 2)", async () => {
  await using db = await freshDatabase();
  await addRoute(db, { sequence: "first" });
  await addRoute(db, { sequence: "second", active: false });
  await assert.rejects(
    db.sql`update fleet_event_routes set is_active = true where sequence_key = 'second'`,
    /same priority as → first/,
  );
});

Deno.test("fleet_event_routes refuses conditions that are no object", async () => {
  await using db = await freshDatabase();
  await assert.rejects(addRoute(db, { sequence: "first", conditions: ["x"] }), /are an object/);
});

for (
  const table of [
    "fleet_event_routes",
    "fleet_sequence_definitions",
    "fleet_handoff_routes",
    "fleet_skills",
    "fleet_org_settings",
    "fleet_user_preferences",
    "fleet_budgets",
  ]
) {
  Deno.test(`read_stamp() moves with every change of ${table}, so that nothing kept outlives it`, async () => {
    await using db = await freshDatabase();
    const stamp = async () => (await db.sql`select fleet.read_stamp() as stamp`)[0].stamp;
    const before = await stamp();
    await db.sql`update ${db.sql(table)} set created_at = created_at`;
    assert.notEqual(await stamp(), before);
  });
}

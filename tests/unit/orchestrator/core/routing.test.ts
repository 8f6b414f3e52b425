import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDefinition } from "../../../../supabase/functions/_shared/orchestrator/core/definition.ts";
import {
  byPrecedence,
  planRouting,
  type RoutingRules,
} from "../../../../supabase/functions/_shared/orchestrator/core/routing.ts";
import type {
  DbEventRouteRow,
  DbSequenceDefinitionRow,
  FleetEvent,
  StartConfig,
} from "../../../../supabase/functions/_shared/orchestrator/types.ts";
import { step } from "../../../support/steps.ts";

const ORG = "0a000000-0000-4000-8000-000000000001";
const USER = "0a000000-0000-4000-8000-00000000000a";

const EVENT: FleetEvent = {
  id: "e1",
  type: "meeting_ended",
  source: "test",
  org_id: ORG,
  user_id: USER,
  payload: { amount: 12 },
  depth: 0,
  root_event_id: "e1",
  parent_job_id: null,
};

const OPEN: StartConfig["facts"] = {
  stamp: 1,
  org_enabled: null,
  sequence_enabled: true,
  preference: null,
  route_internal_meetings: false,
  has_budget: false,
  budget: null,
  parent: null,
  sweep_age_ms: 0,
};

/** Code knows `meeting_ended` as the sequence `code-sequence`. */
const RULES: RoutingRules = {
  codeSequenceOf: (type) =>
    type === "meeting_ended"
      ? { sequenceKey: "code-sequence", scope: "user", steps: [step("from-code")] }
      : null,
  isUngated: () => false,
  enabledByDefault: () => null,
  isUpkeep: () => false,
  parseDefinition,
  isAvailable: (s) => s.available,
};

function route(sequence_key: string, overrides: Partial<DbEventRouteRow> = {}): DbEventRouteRow {
  return {
    id: `route-${sequence_key}`,
    org_id: null,
    event_type: "meeting_ended",
    sequence_key,
    is_active: true,
    priority: 0,
    conditions: null,
    fan_out: false,
    scope: "user",
    ...overrides,
  };
}

function definition(
  sequence_key: string,
  overrides: Partial<DbSequenceDefinitionRow> = {},
): DbSequenceDefinitionRow {
  return {
    id: `definition-${sequence_key}`,
    org_id: null,
    sequence_key,
    version: 1,
    steps: [{ skill: `of-${sequence_key}` }],
    is_active: true,
    ...overrides,
  };
}

/** What the resolvers answer: the given routes, and one definition per key unless given. */
function config(
  routes: readonly DbEventRouteRow[] | null,
  definitions: readonly DbSequenceDefinitionRow[] | null =
    routes?.map((r) => definition(r.sequence_key)) ?? null,
  facts: Partial<StartConfig["facts"]> = {},
): StartConfig {
  return {
    facts: { ...OPEN, ...facts },
    routes,
    definitions: definitions === null
      ? null
      : new Map(Map.groupBy(definitions, (d) => d.sequence_key)),
  };
}

const keys = (decision: ReturnType<typeof planRouting>) =>
  decision.sequences.map((s) => s.sequenceKey);

Deno.test("planRouting() runs the one route there is, with its definition", () => {
  const decision = planRouting(EVENT, config([route("a")]), RULES);
  assert.deepEqual([decision.status, decision.refused], ["queued", []]);
  assert.deepEqual(
    decision.sequences.map((s) => [s.sequenceKey, s.source, s.version, s.steps[0].skill]),
    [["a", "platform", 1, "of-a"]],
  );
});

Deno.test("planRouting() runs the route of the highest priority whose condition holds", () => {
  const rows = [
    route("low", { priority: 1 }),
    route("high", { priority: 9, conditions: { cel: "event.payload.amount > 100" } }),
    route("middle", { priority: 5, conditions: { cel: "event.payload.amount > 10" } }),
  ];
  assert.deepEqual(keys(planRouting(EVENT, config(rows), RULES)), ["middle"]);
});

Deno.test("planRouting() prefers the organisation's route at equal priority", () => {
  const rows = [route("a"), route("z", { org_id: ORG })];
  assert.deepEqual(keys(planRouting(EVENT, config(rows), RULES)), ["z"]);
});

Deno.test("planRouting() names every route that another one shadows", () => {
  const rows = [route("a", { priority: 2 }), route("b"), route("c", { priority: 1 })];
  assert.deepEqual(planRouting(EVENT, config(rows), RULES).refused, [
    { sequence_key: "c", status: "shadowed" },
    { sequence_key: "b", status: "shadowed" },
  ]);
});

Deno.test("planRouting() names no route whose condition is false", () => {
  const rows = [route("a"), route("b", { conditions: { classification: "urgent" } })];
  assert.deepEqual(planRouting(EVENT, config(rows), RULES).refused, []);
});

Deno.test("planRouting() runs fan-out routes besides the winner, the winner first", () => {
  const rows = [
    route("f2", { fan_out: true, priority: 1 }),
    route("f1", { fan_out: true, priority: 9 }),
    route("winner"),
  ];
  assert.deepEqual(keys(planRouting(EVENT, config(rows), RULES)), ["winner", "f1", "f2"]);
});

Deno.test("planRouting() runs fan-out routes although no exclusive route holds", () => {
  const rows = [route("f", { fan_out: true }), route("a", { conditions: { cel: "false" } })];
  assert.deepEqual(keys(planRouting(EVENT, config(rows), RULES)), ["f"]);
});

Deno.test("planRouting() runs what it can and names a fan-out route it cannot", () => {
  const rows = [route("a"), route("f", { fan_out: true })];
  const decision = planRouting(EVENT, config(rows, [definition("a")]), RULES);
  assert.deepEqual([decision.status, keys(decision)], ["queued", ["a"]]);
  assert.deepEqual(decision.refused, [{ sequence_key: "f", status: "invalid_definition" }]);
});

Deno.test("planRouting() leaves an event unrouted when no condition holds", () => {
  const rows = [route("a", { conditions: { cel: "event.payload.amount > 100" } })];
  const decision = planRouting(EVENT, config(rows), RULES);
  assert.deepEqual([decision.status, keys(decision)], ["unrouted", []]);
});

Deno.test("planRouting() counts a condition that errors as false and says which and why", () => {
  const rows = [route("a", { conditions: { cel: "event.payload.x > 1" } })];
  const decision = planRouting(EVENT, config(rows), RULES);
  assert.equal(decision.status, "unrouted");
  assert.deepEqual(decision.refused, [{ sequence_key: "a", status: "condition_error" }]);
  assert.match(decision.message!, /"a" failed: No such key: x/);
});

Deno.test("planRouting() runs the next route after one whose condition errors, naming it", () => {
  const rows = [route("a", { priority: 1, conditions: { cel: "event.x" } }), route("b")];
  const decision = planRouting(EVENT, config(rows), RULES);
  assert.deepEqual([decision.status, keys(decision)], ["queued", ["b"]]);
  assert.deepEqual(decision.refused, [{ sequence_key: "a", status: "condition_error" }]);
});

Deno.test("planRouting() shows a route's condition the event and nothing of its bookkeeping", () => {
  const sees = (name: string) =>
    planRouting(EVENT, config([route("a", { conditions: { cel: `has(event.${name})` } })]), RULES)
      .status === "queued";
  assert.deepEqual(
    ["type", "source", "org_id", "user_id", "payload", "depth", "parent_job_id"].map(sees),
    [true, true, true, true, true, false, false],
  );
});

Deno.test("planRouting() refuses when every route is switched off, and does not fall back", () => {
  const rows = [route("code-sequence", { org_id: ORG, is_active: false })];
  const decision = planRouting(EVENT, config(rows), RULES);
  assert.deepEqual([decision.status, keys(decision)], ["sequence_disabled", []]);
});

Deno.test("planRouting() passes an inactive route over for an active one", () => {
  const rows = [route("a", { priority: 9, is_active: false }), route("b")];
  const decision = planRouting(EVENT, config(rows), RULES);
  assert.deepEqual([keys(decision), decision.refused], [["b"], []]);
});

for (const [name, routes] of [["the table is missing", null], ["no row is there", []]] as const) {
  Deno.test(`planRouting() falls back to the code's sequence when ${name}`, () => {
    const decision = planRouting(EVENT, config(routes, null), RULES);
    assert.deepEqual(
      decision.sequences.map((s) => [s.sequenceKey, s.source, s.version, s.steps[0].skill]),
      [["code-sequence", "fallback", null, "from-code"]],
    );
  });

  Deno.test(`planRouting() knows no route of a type only code could know when ${name}`, () => {
    const decision = planRouting({ ...EVENT, type: "other" }, config(routes, null), RULES);
    assert.equal(decision.status, "no_route");
  });
}

Deno.test("planRouting() calls a code route with a stored definition a fallback, with its version", () => {
  const decision = planRouting(
    EVENT,
    config([], [definition("code-sequence", { version: 3 })]),
    RULES,
  );
  assert.deepEqual(
    decision.sequences.map((s) => [s.source, s.version, s.steps[0].skill]),
    [["fallback", 3, "of-code-sequence"]],
  );
});

Deno.test("planRouting() calls a stored route to the code's definition a fallback", () => {
  const decision = planRouting(EVENT, config([route("code-sequence")], []), RULES);
  assert.deepEqual(decision.sequences.map((s) => [s.source, s.version]), [["fallback", null]]);
});

Deno.test("planRouting() takes the organisation's highest active version before the platform's", () => {
  const rows = [
    definition("a", { version: 7 }),
    definition("a", { version: 1, org_id: ORG }),
    definition("a", { version: 2, org_id: ORG }),
    definition("a", { version: 3, org_id: ORG, is_active: false }),
  ];
  const decision = planRouting(EVENT, config([route("a")], rows), RULES);
  assert.deepEqual(decision.sequences.map((s) => [s.source, s.version]), [["org", 2]]);
});

Deno.test("planRouting() takes the platform's version where the organisation's are switched off", () => {
  const rows = [definition("a"), definition("a", { version: 5, org_id: ORG, is_active: false })];
  const decision = planRouting(EVENT, config([route("a")], rows), RULES);
  assert.deepEqual(decision.sequences.map((s) => [s.source, s.version]), [["platform", 1]]);
});

Deno.test("planRouting() refuses when every version is switched off, and does not fall back", () => {
  const rows = [definition("code-sequence", { is_active: false })];
  for (const routes of [[route("code-sequence")], []]) {
    assert.equal(planRouting(EVENT, config(routes, rows), RULES).status, "sequence_disabled");
  }
});

const INVALID: readonly (readonly [string, unknown])[] = [
  ["a cycle", [{ skill: "a", depends_on: ["b"] }, { skill: "b", depends_on: ["a"] }]],
  ["no steps", []],
  ["no list", "steps"],
];

for (const [name, steps] of INVALID) {
  Deno.test(`planRouting() refuses a definition with ${name}, and does not fall back`, () => {
    const rows = [definition("code-sequence", { steps })];
    const decision = planRouting(EVENT, config([route("code-sequence")], rows), RULES);
    assert.deepEqual([decision.status, keys(decision)], ["invalid_definition", []]);
    assert.match(decision.message!, /^Sequence "code-sequence": /);
  });
}

Deno.test("planRouting() runs no shadowed route in place of an invalid winner", () => {
  const rows = [route("a", { priority: 1 }), route("b")];
  const decision = planRouting(EVENT, config(rows, [definition("b")]), RULES);
  assert.deepEqual([decision.status, keys(decision)], ["invalid_definition", []]);
});

Deno.test("planRouting() skips a sequence without an available step", () => {
  const rows = [definition("a", { steps: [{ skill: "x", available: false }] })];
  assert.equal(planRouting(EVENT, config([route("a")], rows), RULES).status, "skipped");
});

Deno.test("planRouting() wants a user where the route's scope is user", () => {
  const event = { ...EVENT, user_id: null };
  const statuses = (["user", "org"] as const).map((scope) =>
    planRouting(event, config([route("a", { scope })]), RULES).status
  );
  assert.deepEqual(statuses, ["unrouted", "queued"]);
});

const BUDGET = { period: "day", cap_usd: 5, spent_usd: 6, resume_ms: 1000 };

/** What closes the gate, the status, what the message names. */
const GATES: readonly (readonly [Partial<StartConfig["facts"]>, string, RegExp])[] = [
  [
    { org_enabled: false },
    "feature_disabled",
    /fleet_org_settings.*fleet org enable .*docs\/operations\.md/,
  ],
  [
    { sequence_enabled: false },
    "sequence_disabled",
    /fleet org enable .* --sequence meeting_ended, or as docs\/operations\.md/,
  ],
  [{ preference: false }, "user_opted_out", /fleet_user_preferences/],
  [{ budget: BUDGET }, "budget_exceeded", /fleet_budgets: 6 of 5 dollars/],
  [{ org_enabled: false, preference: false, budget: BUDGET }, "feature_disabled", /is_enabled/],
];

Deno.test("planRouting() keeps a meeting of members only, under its own reason, until the organisation routes such", () => {
  const internal = { ...EVENT, payload: { ...EVENT.payload, internal_only: true } };
  const kept = planRouting(internal, config([route("a")]), RULES);
  assert.deepEqual([kept.status, kept.reason, keys(kept)], ["unrouted", "internal_meeting", []]);
  assert.match(kept.message!, /route_internal_meetings/);
  const routed = planRouting(
    internal,
    config([route("a")], undefined, { route_internal_meetings: true }),
    RULES,
  );
  assert.deepEqual([routed.status, keys(routed)], ["queued", ["a"]]);
});

for (const [facts, status, message] of GATES) {
  Deno.test(`planRouting() answers ${status} for ${JSON.stringify(facts)} and what opens it`, () => {
    const decision = planRouting(EVENT, config([route("a")], undefined, facts), RULES);
    assert.deepEqual([decision.status, keys(decision)], [status, []]);
    assert.match(decision.message!, message);
  });
}

Deno.test("planRouting() lets upkeep go on where the budget is spent, and no other gate", () => {
  const rules = { ...RULES, isUpkeep: () => true };
  const decide = (facts: Partial<StartConfig["facts"]>) =>
    planRouting(EVENT, config([route("a")], undefined, facts), rules).status;
  assert.equal(decide({ budget: BUDGET }), "queued");
  assert.equal(decide({ budget: BUDGET, org_enabled: false }), "feature_disabled");
});

Deno.test("planRouting() says when a budget opens again", () => {
  const decision = planRouting(EVENT, config([route("a")], undefined, { budget: BUDGET }), RULES);
  assert.equal(decision.resumeMs, 1000);
});

/** The organisation's word, the default, whether the gate is open. */
const SWITCHES: readonly (readonly [boolean | null, boolean | null, boolean])[] = [
  [null, null, true],
  [null, true, true],
  [null, false, false],
  [true, false, true],
  [false, true, false],
];

for (const [word, byDefault, isOpen] of SWITCHES) {
  Deno.test(`planRouting() lets ${word} over a default of ${byDefault} ${isOpen ? "pass" : "stop"}`, () => {
    const decision = planRouting(
      EVENT,
      config([route("a")], undefined, { sequence_enabled: word }),
      { ...RULES, enabledByDefault: () => byDefault },
    );
    assert.equal(decision.status === "queued", isOpen);
  });
}

Deno.test("planRouting() decides the same whatever order the rows come in", () => {
  const rows = fc.uniqueArray(
    fc.record({
      key: fc.constantFrom("a", "b", "c", "d", "e"),
      priority: fc.integer({ min: 0, max: 2 }),
      isOrgs: fc.boolean(),
      fan_out: fc.boolean(),
      is_active: fc.boolean(),
    }),
    { selector: (r) => r.key, maxLength: 5 },
  ).map((list) =>
    list.map(({ key, isOrgs, ...rest }) => route(key, { ...rest, org_id: isOrgs ? ORG : null }))
  );
  const shuffled = rows.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))
  );
  fc.assert(fc.property(shuffled, ([some, others]) => {
    assert.deepEqual(
      planRouting(EVENT, config(some), RULES),
      planRouting(EVENT, config(others), RULES),
    );
  }));
});

Deno.test("byPrecedence() orders by priority, then organisation, then name", () => {
  const rows = [
    route("b"),
    route("a"),
    route("z", { org_id: ORG }),
    route("y", { priority: 1 }),
  ];
  assert.deepEqual(rows.toSorted(byPrecedence).map((r) => r.sequence_key), ["y", "z", "a", "b"]);
});
